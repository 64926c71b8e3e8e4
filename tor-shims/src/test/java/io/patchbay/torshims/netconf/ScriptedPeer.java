package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A NETCONF server that says what a test tells it to, over pipes. Its hello goes out at once; each
 * operation is answered by a function from its XML to the reply's content, empty for none.
 */
final class ScriptedPeer implements Wire {
  static final String OK = "<ok/>";
  static final String NOTHING = "";
  static final List<String> FULL =
      List.of(
          Operations.BASE_1_0,
          Operations.BASE_1_1,
          "urn:ietf:params:netconf:capability:candidate:1.0",
          "urn:ietf:params:netconf:capability:validate:1.1",
          "urn:ietf:params:netconf:capability:confirmed-commit:1.1");

  final List<String> heard = new CopyOnWriteArrayList<>();
  private final Pipe toClient;
  private final Pipe toServer;
  private final InputStream clientIn;
  private final OutputStream clientOut;
  private final OutputStream serverOut;
  private final Framing framing;
  private final Function<String, String> answers;

  ScriptedPeer(List<String> capabilities, Function<String, String> answers) {
    this(hello(capabilities), capabilities.contains(Operations.BASE_1_1), answers);
  }

  ScriptedPeer(String hello, boolean chunked, Function<String, String> answers) {
    try {
      this.toClient = Pipe.open();
      this.toServer = Pipe.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.clientIn = Channels.newInputStream(toClient.source());
    this.clientOut = Channels.newOutputStream(toServer.sink());
    this.serverOut = Channels.newOutputStream(toClient.sink());
    this.framing = chunked ? Framing.CHUNKED : Framing.END_OF_MESSAGE;
    this.answers = answers;
    Thread.ofVirtual().start(() -> serve(hello));
  }

  static String hello(List<String> capabilities) {
    StringBuilder hello =
        new StringBuilder("<hello xmlns=\"" + Operations.BASE + "\"><capabilities>");
    capabilities.forEach(uri -> hello.append("<capability>").append(uri).append("</capability>"));
    return hello + "</capabilities><session-id>4</session-id></hello>";
  }

  private void serve(String hello) {
    try (InputStream in = Channels.newInputStream(toServer.source());
        OutputStream out = serverOut) {
      if (!hello.isEmpty()) {
        Framing.END_OF_MESSAGE.write(out, hello.getBytes(StandardCharsets.UTF_8));
      }
      heard.add(text(Framing.END_OF_MESSAGE.read(in, 1 << 20)));
      while (true) {
        String rpc = text(framing.read(in, 1 << 20));
        heard.add(rpc.replaceFirst("<rpc [^>]*>", "").replace("</rpc>", ""));
        String id = rpc.replaceFirst("(?s).*message-id=\"(\\d+)\".*", "$1");
        String answer = answers.apply(heard.getLast());
        if (!answer.isEmpty()) {
          String whole =
              answer.startsWith("<?")
                  ? answer
                  : "<rpc-reply xmlns=\"%s\" message-id=\"%s\">%s</rpc-reply>"
                      .formatted(Operations.BASE, id, answer);
          tell(whole);
        }
      }
    } catch (IOException | Failure e) {
      heard.add("end");
    }
  }

  /** Says something that nobody may have asked for; only after the hellos. */
  synchronized void tell(String message) throws IOException {
    framing.write(serverOut, message.getBytes(StandardCharsets.UTF_8));
  }

  /** Says something that is not framed as both sides have agreed on; only where that is chunks. */
  synchronized void tellOutOfFrame(String message) throws IOException {
    Framing.END_OF_MESSAGE.write(serverOut, message.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public InputStream in() {
    return clientIn;
  }

  @Override
  public OutputStream out() {
    return clientOut;
  }

  @Override
  public void close() {
    try {
      clientOut.close();
      clientIn.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.patchbay.hwsim.netconf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.PublicKeyEntry;

/** A NETCONF client for tests: one session, one rpc at a time, replies as text. */
public final class NetconfClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SshClient ssh;
  private final ClientSession session;
  private final InputStream in;
  private final OutputStream out;
  private final Framing framing;
  private final String hello;
  private int lastId;

  private NetconfClient(SshClient ssh, ClientSession session, String base) throws IOException {
    this.ssh = ssh;
    this.session = session;
    ChannelSubsystem channel = session.createSubsystemChannel("netconf");
    channel.open().verify(PATIENCE);
    in = channel.getInvertedOut();
    out = channel.getInvertedIn();
    framing = base.equals("1.1") ? Framing.CHUNKED : Framing.END_OF_MESSAGE;
    Framing.END_OF_MESSAGE.write(
        out,
        ("<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><capabilities><capability>"
                + "urn:ietf:params:netconf:base:"
                + base
                + "</capability></capabilities></hello>")
            .getBytes(StandardCharsets.UTF_8));
    hello = read(Framing.END_OF_MESSAGE);
  }

  /** Connects, checks the host key and exchanges hellos that offer a base version. */
  public static NetconfClient connect(InetSocketAddress server, String hostKey, String base)
      throws IOException {
    SshClient ssh = SshClient.setUpDefaultClient();
    ssh.setServerKeyVerifier(
        (client, address, key) -> PublicKeyEntry.toString(key).equals(hostKey));
    ssh.start();
    try {
      ClientSession session = ssh.connect("admin", server).verify(PATIENCE).getSession();
      session.addPasswordIdentity("secret");
      session.auth().verify(PATIENCE);
      return new NetconfClient(ssh, session, base);
    } catch (IOException | RuntimeException e) {
      ssh.close();
      throw e;
    }
  }

  /** The server's hello. */
  public String hello() {
    return hello;
  }

  /** Sends an operation and gives the whole reply. */
  public String rpc(String operation) throws IOException {
    String id = Integer.toString(++lastId);
    send(
        "<rpc xmlns='urn:ietf:params:xml:ns:netconf:base:1.0' message-id='"
            + id
            + "'>"
            + operation
            + "</rpc>");
    return read(framing);
  }

  /** Sends a message as it is. */
  public void send(String message) throws IOException {
    framing.write(out, message.getBytes(StandardCharsets.UTF_8));
  }

  /** The next message; throws when the session has ended. */
  public String read() throws IOException {
    return read(framing);
  }

  /** The id the server gave this session. */
  public String id() {
    return hello.replaceAll("(?s).*<session-id>(\\d+)</session-id>.*", "$1");
  }

  /** Cuts the connection without a word. */
  public void cut() {
    session.close(true);
  }

  @Override
  public void close() throws IOException {
    ssh.stop();
    ssh.close();
  }

  private String read(Framing how) throws IOException {
    return new String(
        how.read(in).orElseThrow(() -> new IOException("the session has ended")),
        StandardCharsets.UTF_8);
  }
}

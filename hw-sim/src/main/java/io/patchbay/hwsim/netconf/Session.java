package io.patchbay.hwsim.netconf;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.RpcError.Layer;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;

/**
 * One client's session on a pair of streams: the hellos, then one reply per rpc, in order. One
 * thread calls {@link #run} and stays until the session ends.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final String BASE = "urn:ietf:params:netconf:base:";

  private final long id;
  private final Device device;
  private final Operations operations;
  private final EventStream events;
  private final InputStream in;
  private final OutputStream out;
  private Optional<EventStream.Subscription> subscription = Optional.empty();

  Session(
      long id,
      Device device,
      Operations operations,
      EventStream events,
      InputStream in,
      OutputStream out) {
    this.id = id;
    this.device = device;
    this.operations = operations;
    this.events = events;
    this.in = new BufferedInputStream(in);
    this.out = new BufferedOutputStream(out);
  }

  /**
   * Serves until the client closes, is lost, or breaks the protocol, which is logged.
   *
   * @throws IOException when the streams break
   * @throws InterruptedException when the server stops
   */
  void run() throws IOException, InterruptedException {
    try {
      write(Framing.END_OF_MESSAGE, hello());
      Optional<byte[]> hello = Framing.END_OF_MESSAGE.read(in);
      if (hello.isPresent()) {
        serve(framing(Xml.parse(hello.get())));
      }
    } catch (Failure e) {
      LOG.info("session {} ends: {}", id, e.getMessage());
    } finally {
      subscription.ifPresent(EventStream.Subscription::close);
    }
  }

  private void serve(Framing framing) throws IOException, InterruptedException {
    boolean open = true;
    while (open) {
      Optional<byte[]> message = framing.read(in);
      open = message.isPresent() && answer(framing, message.get());
    }
  }

  /** Whether the session goes on. A message that is no rpc ends it, with an error under 1.1. */
  private boolean answer(Framing framing, byte[] message) throws IOException, InterruptedException {
    Element rpc;
    try {
      rpc = rpc(message);
    } catch (Failure e) {
      if (framing == Framing.CHUNKED) {
        write(framing, reply("", errors(malformed(e).errors())));
      }
      throw e;
    }
    List<Element> operation = Xml.children(rpc);
    write(framing, reply(attributes(rpc), content(framing, rpc, operation)));
    subscription.ifPresent(EventStream.Subscription::begin);
    return operation.isEmpty() || !"close-session".equals(operation.getFirst().getLocalName());
  }

  private String content(Framing framing, Element rpc, List<Element> operation)
      throws InterruptedException {
    try {
      if (rpc.getAttribute("message-id").isEmpty()) {
        throw RpcError.of(Layer.RPC, Tag.MISSING_ATTRIBUTE, "an rpc without message-id")
            .with("bad-attribute", "message-id")
            .with("bad-element", "rpc")
            .refusal();
      }
      if (operation.size() != 1) {
        throw RpcError.of(Layer.RPC, Tag.MISSING_ELEMENT, "an rpc holds one operation")
            .with("bad-element", "rpc")
            .refusal();
      }
      return run(framing, operation.getFirst());
    } catch (RpcError.Refusal e) {
      return errors(e.errors());
    }
  }

  private String run(Framing framing, Element operation) throws InterruptedException {
    boolean subscribes = EventStream.isAskedFor(operation);
    boolean only = !device.capabilities().contains(Capability.INTERLEAVE);
    if (subscription.isPresent()
        && (subscribes || (only && !"close-session".equals(operation.getLocalName())))) {
      throw RpcError.of(
              Layer.PROTOCOL, Tag.OPERATION_FAILED, "this session has a subscription already")
          .refusal();
    }
    if (!subscribes) {
      return operations.run(id, operation);
    }
    subscription = Optional.of(events.subscribe(operation, news -> write(framing, news)));
    return Operations.OK;
  }

  private static Element rpc(byte[] message) {
    Element root = Xml.parse(message);
    if (!"rpc".equals(root.getLocalName()) || !isBase(root)) {
      throw new Failure(Failure.Kind.INVALID, "a message that is no rpc: " + root.getNodeName());
    }
    return root;
  }

  private String hello() {
    XmlText hello = new XmlText();
    hello.open("hello", XmlText.attribute("xmlns", YangModule.NETCONF.namespace()));
    hello.open("capabilities");
    hello.leaf("capability", BASE + "1.0");
    device.capabilities().forEach(capability -> hello.leaf("capability", capability.uri()));
    device.modules().forEach(module -> hello.leaf("capability", module.capability()));
    hello.close("capabilities");
    hello.leaf("session-id", Long.toString(id));
    return hello.close("hello").toString();
  }

  /** How messages are framed after a client's hello. */
  private Framing framing(Element hello) {
    List<String> capabilities =
        Xml.children(hello).stream()
            .filter(child -> "capabilities".equals(child.getLocalName()))
            .flatMap(child -> Xml.children(child).stream())
            .map(Xml::text)
            .toList();
    boolean sound =
        "hello".equals(hello.getLocalName())
            && isBase(hello)
            && Xml.children(hello).stream().noneMatch(c -> "session-id".equals(c.getLocalName()));
    boolean ours = device.capabilities().contains(Capability.BASE_1_1);
    if (sound && ours && capabilities.contains(BASE + "1.1")) {
      return Framing.CHUNKED;
    }
    if (sound && capabilities.contains(BASE + "1.0")) {
      return Framing.END_OF_MESSAGE;
    }
    throw new Failure(
        Failure.Kind.INVALID,
        "the client's hello must list base 1.0 or 1.1 and no session-id, it lists " + capabilities);
  }

  private static String reply(String attributes, String content) {
    String base = XmlText.attribute("xmlns", YangModule.NETCONF.namespace());
    return "<rpc-reply" + base + attributes + ">\n" + content + "</rpc-reply>\n";
  }

  /** All attributes of an rpc come back in its reply. */
  private static String attributes(Element rpc) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rpc.getAttributes().getLength(); i++) {
      Attr attribute = (Attr) rpc.getAttributes().item(i);
      if (!attribute.getName().equals("xmlns")) {
        text.append(XmlText.attribute(attribute.getName(), attribute.getValue()));
      }
    }
    return text.toString();
  }

  private static String errors(List<RpcError> errors) {
    XmlText text = new XmlText();
    errors.forEach(text::error);
    return text.toString();
  }

  private static RpcError.Refusal malformed(Failure cause) {
    return RpcError.of(Layer.RPC, Tag.MALFORMED_MESSAGE, Failure.text(cause)).refusal();
  }

  private static boolean isBase(Element element) {
    return YangModule.NETCONF.namespace().equals(Xml.namespace(element));
  }

  /** Replies and notifications come from two threads. */
  private synchronized void write(Framing framing, String message) throws IOException {
    framing.write(out, message.getBytes(StandardCharsets.UTF_8));
  }
}

package io.patchbay.hwsim.netconf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.RpcError.Layer;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Element;

/**
 * The stream {@code NETCONF} of a device (RFC 5277), of which it knows one event:
 * netconf-config-change (RFC 6470), whoever changed what is running and by whatever protocol, and
 * who saved it. Safe for all threads.
 */
final class EventStream {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final String NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0";
  private static final String EVENTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications";
  private static final String CONFIG_CHANGE = "netconf-config-change";
  private static final int WAITING_MAX = 1024;

  /** Who has changed something without a session, in place of a name. */
  private static final String NO_SESSION = "other";

  private final Device device;
  private final Datastores stores;
  private final String user;
  private final Time time;

  /**
   * @param user whose the sessions are
   */
  EventStream(Device device, Datastores stores, String user, Time time) {
    this.device = device;
    this.stores = stores;
    this.user = user;
    this.time = time;
  }

  /** Where a session's messages are written, one at a time. */
  @FunctionalInterface
  interface Out {
    void write(String message) throws IOException;
  }

  /** Whether an operation asks for it. */
  static boolean isAskedFor(Element operation) {
    return Xml.is(operation, NOTIFICATION, "create-subscription");
  }

  /**
   * A subscription of a session: what happens from now on is told once it has been begun. Throws
   * {@link RpcError.Refusal}.
   *
   * @param operation whose filter may name events, and nothing inside them
   */
  Subscription subscribe(Element operation, Out out) {
    if (!device.capabilities().contains(Capability.NOTIFICATION)) {
      throw refusal(Tag.OPERATION_NOT_SUPPORTED, "needs " + Capability.NOTIFICATION.uri());
    }
    boolean passes = true;
    for (Element parameter : Xml.children(operation)) {
      switch (parameter.getLocalName()) {
        case "stream" -> {
          if (!Xml.text(parameter).equals("NETCONF")) {
            throw refusal(Tag.INVALID_VALUE, "there is no stream " + Xml.text(parameter));
          }
        }
        case "filter" -> passes = passes(parameter);
        default -> throw refusal(Tag.UNKNOWN_ELEMENT, "unknown " + parameter.getLocalName());
      }
    }
    return new Subscription(out, passes);
  }

  private static boolean passes(Element filter) {
    String type = filter.getAttribute("type");
    List<Element> events = Xml.children(filter);
    if (!(type.isEmpty() || type.equals("subtree"))
        || events.stream().anyMatch(event -> !Xml.children(event).isEmpty())) {
      throw refusal(Tag.OPERATION_NOT_SUPPORTED, "only filters by event are known");
    }
    return events.stream().anyMatch(event -> Xml.is(event, EVENTS, CONFIG_CHANGE));
  }

  private static RpcError.Refusal refusal(Tag tag, String why) {
    return RpcError.of(Layer.PROTOCOL, tag, "create-subscription: " + why).refusal();
  }

  private String text(ConfigChange change, List<ConfigChange.Edit> edits) {
    XmlText text = new XmlText();
    text.open("notification", XmlText.attribute("xmlns", NOTIFICATION));
    text.leaf("eventTime", time.now().toString());
    text.open(CONFIG_CHANGE, XmlText.attribute("xmlns", EVENTS));
    text.open("changed-by");
    change
        .session()
        .ifPresentOrElse(
            session ->
                text.leaf("username", session == 0 ? NO_SESSION : user)
                    .leaf("session-id", Long.toString(session)),
            () -> text.leaf("server", ""));
    text.close("changed-by");
    text.leaf("datastore", change.store().name().toLowerCase(Locale.ROOT));
    for (ConfigChange.Edit edit : edits) {
      text.open("edit").path("target", edit.target()).leaf("operation", edit.operation());
      text.close("edit");
    }
    return text.close(CONFIG_CHANGE).close("notification").toString();
  }

  /** What one session is told. */
  final class Subscription implements AutoCloseable {
    private final Out out;
    private final boolean passes;
    private final BlockingQueue<String> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread teller;
    private final Runnable end;

    @GuardedBy("this")
    private boolean begun;

    private Subscription(Out out, boolean passes) {
      this.out = out;
      this.passes = passes;
      this.teller = Thread.ofPlatform().daemon().name("netconf-events").unstarted(this::tell);
      this.end = stores.watchAll(this::changed);
    }

    /** Its session has been told that it is there; again it does nothing. */
    synchronized void begin() {
      if (!begun) {
        begun = true;
        teller.start();
      }
    }

    /** Whoever changes something does not wait for whoever reads of it. */
    private void changed(ConfigChange change) {
      List<ConfigChange.Edit> edits = change.edits();
      if (passes && !edits.isEmpty() && !waiting.offer(text(change, edits))) {
        LOG.warn("a session does not read its notifications: one is lost");
      }
    }

    private void tell() {
      try {
        while (true) {
          out.write(waiting.take());
        }
      } catch (IOException e) {
        LOG.debug("a session is told nothing more: {}", e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the session has ended
      }
    }

    @Override
    public synchronized void close() {
      end.run();
      teller.interrupt();
    }
  }
}

package io.patchbay.torshims.netconf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Element;

/**
 * One NETCONF session: hello, then one operation at a time, each with a deadline. Once anything
 * breaks the order of messages (a lost stream, a missed deadline, a wrong reply) the session is
 * over, and every call says why. One virtual thread reads; any thread may call, one at a time.
 * Notifications may come between all others: they are handed on as they are read, none is kept.
 */
final class NetconfSession implements AutoCloseable {
  /** Far above what some ports' configuration needs. */
  static final int MESSAGE_BYTES_MAX = 16 << 20;

  /** The XML namespace of notifications and of what asks for them (RFC 5277). */
  static final String NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0";

  private static final Logger log = LoggerFactory.getLogger(NetconfSession.class);
  private static final int REPLIES_MAX = 4;

  private final String who;
  private final Wire wire;
  private final Time time;
  private final Duration deadline;
  private final AtomicReference<@Nullable Failure> end = new AtomicReference<>();
  // an empty one wakes the caller when the session has ended
  private final BlockingQueue<Optional<Element>> replies = new ArrayBlockingQueue<>(REPLIES_MAX);
  private final Capabilities capabilities;
  private final String id;
  private final Framing framing;
  private volatile Runnable watcher = () -> {};
  private volatile Runnable permission = () -> {};
  private volatile Consumer<Element> listener = notification -> {};

  @GuardedBy("this")
  private long messages;

  /** Whether we have begun to take our leave. */
  private volatile boolean leaving;

  private volatile boolean broken;

  /**
   * Says hello on a fresh stream and reads the switch's. Throws {@link Failure}: TIMEOUT after the
   * deadline, UNSUPPORTED when both sides share no version, UNAVAILABLE or INTERNAL when the stream
   * fails.
   *
   * @param who how messages call the switch
   * @param deadline how long each answer may take
   */
  NetconfSession(String who, Wire wire, Time time, Duration deadline) {
    this.who = who;
    this.wire = wire;
    this.time = time;
    this.deadline = deadline;
    Time.Timer timer = timer("hello");
    try {
      Framing.END_OF_MESSAGE.write(wire.out(), bytes(Operations.HELLO));
      Element hello = read(Framing.END_OF_MESSAGE);
      this.capabilities = capabilities(hello);
      this.id = Xml.child(hello, Operations.BASE, "session-id").map(Xml::text).orElse("unknown");
      this.framing = capabilities.base11() ? Framing.CHUNKED : Framing.END_OF_MESSAGE;
    } catch (IOException | Failure e) {
      throw over(broken(e));
    } finally {
      timer.cancel();
    }
    Thread.ofVirtual().name("netconf " + who).start(this::listen);
  }

  private Capabilities capabilities(Element hello) {
    if (!Xml.is(hello, Operations.BASE, "hello")) {
      throw new Failure(
          Failure.Kind.INTERNAL, "a first message that is no hello: " + hello.getTagName());
    }
    Capabilities said = Capabilities.of(hello);
    if (!said.base11() && !said.uris().contains(Operations.BASE_1_0)) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED, "neither NETCONF 1.0 nor 1.1 in its hello: " + said.uris());
    }
    return said;
  }

  Capabilities capabilities() {
    return capabilities;
  }

  /** By what the switch tells it from others. */
  String id() {
    return id;
  }

  /** Whether it is over, and a new session is needed. */
  boolean ended() {
    return end.get() != null;
  }

  /**
   * Whether it has ended because the switch has ended the stream, or sent what cannot be read or
   * handed on: not by a missed deadline, nor by {@link #close}.
   */
  boolean isBroken() {
    return broken;
  }

  /**
   * Has a task run once the session is over, at once if it is; on any thread, perhaps twice. The
   * task must be quick.
   */
  void whenOver(Runnable task) {
    watcher = task;
    if (ended()) {
      task.run();
    }
  }

  /** Has a task run before each operation; if it throws, the session is over without it. */
  void asksFor(Runnable permission) {
    this.permission = permission;
  }

  /**
   * Has somebody handed each notification from now on, also while nobody asks for anything, on the
   * thread that reads: as long as he takes, no answer is read.
   */
  void onNotification(Consumer<Element> listener) {
    this.listener = listener;
  }

  /**
   * Asks for one operation and waits for the answer, which may be a refusal. Throws {@link Failure}
   * when there is none: TIMEOUT, UNAVAILABLE when the stream broke, INTERNAL when the switch breaks
   * the protocol.
   */
  synchronized Reply call(String operation) {
    throwIfEnded();
    try {
      permission.run();
    } catch (Failure e) {
      throw over(e);
    }
    String asked = operation.substring(1).split("[\\s/>]", 2)[0];
    Time.Timer timer = timer(asked);
    try {
      framing.write(wire.out(), bytes(Operations.rpc(++messages, operation)));
      Optional<Element> answer = replies.take();
      throwIfEnded();
      return Reply.of(asked, checked(answer.orElseThrow()));
    } catch (IOException e) {
      throw over(broken(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw over(new Failure(Failure.Kind.UNAVAILABLE, who + ": interrupted in " + asked, e));
    } finally {
      timer.cancel();
    }
  }

  @GuardedBy("this")
  private Element checked(Element answer) {
    String id = answer.getAttribute("message-id");
    if (!id.equals(String.valueOf(messages))) {
      throw over(
          new Failure(
              Failure.Kind.INTERNAL,
              who + " answered message '" + id + "' where " + messages + " was asked"));
    }
    return answer;
  }

  private Time.Timer timer(String asked) {
    return time.schedule(
        deadline,
        () ->
            over(
                new Failure(
                    Failure.Kind.TIMEOUT,
                    who
                        + " gave no answer to "
                        + asked
                        + " within "
                        + deadline.toMillis()
                        + " ms")));
  }

  private Element read(Framing framing) throws IOException {
    return parsed(framing.read(wire.in(), MESSAGE_BYTES_MAX));
  }

  private static Element parsed(byte[] message) {
    try {
      return Xml.parse(message);
    } catch (Failure e) {
      throw new Failure(Failure.Kind.INTERNAL, "not NETCONF: " + Failure.text(e), e);
    }
  }

  private void listen() {
    try {
      while (!ended()) {
        Element message = read(framing);
        if (Xml.is(message, NOTIFICATION, "notification")) {
          listener.accept(message);
        } else if (!Xml.is(message, Operations.BASE, "rpc-reply")) {
          log.debug("{} sent {}, which nobody asked for", who, message.getTagName());
        } else if (!replies.offer(Optional.of(message))) {
          throw new Failure(Failure.Kind.INTERNAL, "more answers than questions");
        }
      }
    } catch (IOException | RuntimeException e) {
      // what cannot be read may be no answer at all: it says nothing of what was asked
      Failure why = broken(e);
      broken = !ended() && !leaving;
      over(new Failure(Failure.Kind.UNAVAILABLE, Failure.text(why), why));
    }
  }

  /** What a broken stream means, in words that name the switch. */
  private Failure broken(Exception e) {
    Failure.Kind kind = e instanceof Failure failure ? failure.kind() : Failure.Kind.UNAVAILABLE;
    return new Failure(kind, who + ": the NETCONF session broke: " + Failure.text(e), e);
  }

  /** Ends the session for this reason, unless it has ended; returns the reason that counts. */
  private Failure over(Failure reason) {
    boolean now = end.compareAndSet(null, reason);
    wire.close();
    replies.clear();
    replies.offer(Optional.empty());
    if (now) {
      watcher.run();
    }
    Failure first = end.get();
    return first == null ? reason : first;
  }

  private void throwIfEnded() {
    Failure reason = end.get();
    if (reason != null) {
      throw new Failure(reason.kind(), Failure.text(reason), reason);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Says goodbye where that is still possible, and closes the stream. */
  @Override
  public void close() {
    leaving = true;
    try {
      if (!ended()) {
        call(Operations.CLOSE);
      }
    } catch (Failure e) {
      log.debug("{}: no goodbye: {}", who, Failure.text(e));
    } finally {
      over(new Failure(Failure.Kind.UNAVAILABLE, who + ": the session was closed"));
    }
  }
}

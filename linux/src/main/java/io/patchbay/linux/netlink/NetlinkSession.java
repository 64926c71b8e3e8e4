package io.patchbay.linux.netlink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Requests and their answers over one endpoint, one at a time. Safe for all threads, virtual ones
 * too. Every exchange has the session's deadline; what answers a request that was given up is
 * dropped by its number. Owns the endpoint.
 */
public final class NetlinkSession implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int DUMP_ATTEMPTS = 4;

  private final NetlinkEndpoint endpoint;
  private final Time time;
  private final Duration deadline;
  private final Blocking.Lane lane;
  private final ReentrantLock turn = new ReentrantLock();

  @GuardedBy("turn")
  private int sequence;

  /** A session whose exchanges may take ten seconds each. */
  public NetlinkSession(NetlinkEndpoint endpoint) {
    this(endpoint, Blocking.SHARED);
  }

  /**
   * The same over an endpoint that may hang alone.
   *
   * @param lane where its exchanges wait
   */
  public NetlinkSession(NetlinkEndpoint endpoint, Blocking.Lane lane) {
    this(endpoint, lane, Time.system(), DEADLINE);
  }

  NetlinkSession(NetlinkEndpoint endpoint, Time time, Duration deadline) {
    this(endpoint, Blocking.SHARED, time, deadline);
  }

  private NetlinkSession(
      NetlinkEndpoint endpoint, Blocking.Lane lane, Time time, Duration deadline) {
    this.endpoint = endpoint;
    this.lane = lane;
    this.time = time;
    this.deadline = deadline;
  }

  /**
   * Sends a request that wants an acknowledgement, and returns what came before it.
   *
   * @param attempt what this is about, the start of a failure's message
   * @throws Failure with an {@link Errno} behind it if the other side refuses
   */
  public List<NetlinkMessage> exchange(String attempt, MessageWriter request) {
    return lane.call(
        attempt, deadline, () -> inTurn(attempt, request, Nlmsg.REQUEST | Nlmsg.ACK).messages);
  }

  /** Asks for all of a table; asks again if it changed meanwhile. */
  public List<NetlinkMessage> dump(String attempt, MessageWriter request) {
    for (int i = 0; i < DUMP_ATTEMPTS; i++) {
      Answer answer =
          lane.call(attempt, deadline, () -> inTurn(attempt, request, Nlmsg.REQUEST | Nlmsg.DUMP));
      if (!answer.interrupted) {
        return answer.messages;
      }
    }
    throw new Failure(
        Failure.Kind.UNAVAILABLE,
        attempt + ": the table changed during each of " + DUMP_ATTEMPTS + " readings");
  }

  private Answer inTurn(String attempt, MessageWriter request, int flags)
      throws InterruptedException {
    long end = time.nanos() + deadline.toNanos();
    if (!turn.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, attempt + ": another request to " + endpoint + " does not end");
    }
    try {
      int number = ++sequence;
      endpoint.send(request.encode(number, flags));
      Answer answer = new Answer(attempt, number);
      while (!answer.complete) {
        answer.take(NetlinkMessage.decode(endpoint.receive(Duration.ofNanos(end - time.nanos()))));
      }
      return answer;
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void close() {
    endpoint.close();
  }

  @Override
  public String toString() {
    return endpoint.toString();
  }

  /** What has come in answer to one request. */
  private static final class Answer {
    final List<NetlinkMessage> messages = new ArrayList<>();
    private final String attempt;
    private final int number;
    boolean complete;
    boolean interrupted;

    Answer(String attempt, int number) {
      this.attempt = attempt;
      this.number = number;
    }

    void take(List<NetlinkMessage> received) {
      for (NetlinkMessage message : received) {
        if (message.sequence() == number) {
          take(message);
        }
      }
    }

    private void take(NetlinkMessage message) {
      interrupted |= message.has(Nlmsg.DUMP_INTERRUPTED) && message.has(Nlmsg.MULTI);
      switch (message.type()) {
        case Nlmsg.ERROR, Nlmsg.DONE -> {
          NetlinkReplies.check(attempt, message);
          complete = true;
        }
        case Nlmsg.NOOP -> {}
        default -> messages.add(message);
      }
    }
  }
}

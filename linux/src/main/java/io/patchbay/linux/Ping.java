package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ICMP echo (RFC 792, RFC 4443) from inside a namespace, through the kernel's own stack. One run
 * uses one thread of its own.
 */
public final class Ping {
  /**
   * What to send.
   *
   * @param from the source address; without one the kernel chooses
   * @param count how many requests, 1..65535
   * @param interval between two requests
   * @param timeout how long to wait for answers after the last one
   */
  public record Plan(
      Optional<InetAddress> from, InetAddress to, int count, Duration interval, Duration timeout) {
    public Plan {
      if (count < 1 || count > 0xffff) {
        throw new Failure(Failure.Kind.INVALID, count + " pings: not 1..65535");
      }
    }

    /** So many requests, 100 ms apart, with two seconds for the last answer. */
    public static Plan to(InetAddress to, int count) {
      return new Plan(Optional.empty(), to, count, Duration.ofMillis(100), Duration.ofSeconds(2));
    }
  }

  /** What came back; the round trip times are in the order of arrival, without duplicates. */
  public record Result(int sent, int received, List<Duration> roundTrips) {
    public Result {
      roundTrips = List.copyOf(roundTrips);
    }
  }

  private static final int IPPROTO_ICMP = 1; // linux/in.h
  private static final int IPPROTO_ICMPV6 = 58; // linux/in6.h

  private final Plan plan;
  private final Time time;
  private final SystemSocket socket;
  private final EchoPacket echo;
  private final Map<Integer, Long> sentAt = new HashMap<>();
  private final List<Duration> roundTrips = new ArrayList<>();
  private int sent;

  private Ping(Plan plan, Time time, SystemSocket socket) {
    this.plan = plan;
    this.time = time;
    this.socket = socket;
    echo = EchoPacket.any(plan.to instanceof Inet6Address);
  }

  /** Sends as planned from the namespace, and waits for the answers. */
  public static Result run(NetworkNamespace namespace, Plan plan) {
    return Blocking.alone(
        "ping " + plan.to,
        () -> {
          try (SystemSocket socket = namespace.call(() -> socket(plan))) {
            return new Ping(plan, Time.system(), socket).run();
          }
        });
  }

  private static SystemSocket socket(Plan plan) {
    boolean six = plan.to instanceof Inet6Address;
    SystemSocket socket =
        SystemSocket.open(
            six ? SocketAddress.INET6 : SocketAddress.INET,
            SystemSocket.RAW,
            six ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
            "ping " + plan.to.getHostAddress());
    plan.from.ifPresent(from -> socket.bind(SocketAddress.ip(from)));
    return socket.connect(SocketAddress.ip(plan.to));
  }

  private Result run() {
    for (int sequence = 1; sequence <= plan.count; sequence++) {
      send(sequence);
      boolean last = sequence == plan.count;
      collect(last ? plan.timeout : plan.interval, last);
    }
    return new Result(sent, roundTrips.size(), roundTrips);
  }

  private void send(int sequence) {
    byte[] request = echo.request(sequence);
    sentAt.put(sequence, time.nanos());
    sent++;
    heeding(() -> socket.send(request, request.length));
  }

  /** Takes answers until the time is over, or until all are there and nothing more is to send. */
  private void collect(Duration duration, boolean untilAll) {
    long end = time.nanos() + duration.toNanos();
    while (!(untilAll && sentAt.isEmpty())) {
      Readiness readiness = socket.await(Duration.ofNanos(Math.max(0, end - time.nanos())));
      if (readiness == Readiness.READABLE) {
        heeding(() -> echo.answered(socket.receive()).ifPresent(this::answered));
      }
      if (time.nanos() >= end) {
        return;
      }
    }
  }

  private void answered(int sequence) {
    Optional.ofNullable(sentAt.remove(sequence))
        .ifPresent(start -> roundTrips.add(Duration.ofNanos(time.nanos() - start)));
  }

  /** What the network reports about an earlier request is a lost answer, not a failure. */
  private static void heeding(Runnable step) {
    try {
      step.run();
    } catch (Failure e) {
      if (e.kind() != Failure.Kind.UNAVAILABLE || Errno.behind(e).isEmpty()) {
        throw e;
      }
    }
  }
}

package io.patchbay.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The descriptors that travel on one unix connection, beside its bytes (contracts/nsm.md section
 * 3.1). What arrives is kept by (device, inode) until it has been received as often as it came, as
 * several requests may name one inode and each brings it; what nobody asks for is kept for a while.
 * Not longer, because a kept descriptor keeps a network namespace alive. Everything is closed with
 * the connection. Safe for all threads.
 */
public final class FdPort {
  /**
   * At most this many descriptors wait in each direction: two for each of the streams that a
   * connection may have. Beyond, the oldest arrival goes.
   */
  static final int CAPACITY = 2000;

  /**
   * How long an arrival is kept after it was last of use: longer than the 15 s for which upstream's
   * clients wait for an answer (contracts/nsm.md 6.4), since a request may wait for its turn.
   */
  static final Duration KEPT = Duration.ofSeconds(20);

  /** All peers together may have this many arrivals wait here; a quarter of a usual ulimit -n. */
  private static final int TOGETHER = 16_000;

  /** What every peer may have wait here, however many others have: one full write of upstream's. */
  private static final int FAIR = 64;

  private static final AtomicInteger ARRIVALS = new AtomicInteger();

  private static final Logger log = LoggerFactory.getLogger(FdPort.class);

  /**
   * @param shows how often it came and was not received yet
   * @param nanos when it was last of use
   */
  private record Arrival(int descriptor, int shows, long nanos) {}

  private static final class Wait {
    boolean over;
  }

  private final Time time;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** In the order of last use. */
  @GuardedBy("lock")
  private final Map<Identity, Arrival> arrivals = new LinkedHashMap<>();

  /** How many wait for each. */
  @GuardedBy("lock")
  private final Map<Identity, Integer> waiting = new HashMap<>();

  @GuardedBy("lock")
  private final Queue<Integer> outgoing = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean sweeping;

  @GuardedBy("lock")
  private boolean flooded;

  @GuardedBy("lock")
  private boolean closed;

  FdPort(Time time) {
    this.time = time;
  }

  /**
   * Queues a copy of the descriptor; it leaves with the next bytes written on the connection, so
   * before whatever the caller writes next. The caller keeps its own. Throws {@link Failure}:
   * UNAVAILABLE when the connection is gone, EXHAUSTED when {@value #CAPACITY} already wait.
   */
  public void send(int descriptor) {
    int copy = Descriptor.duplicate(descriptor);
    try {
      enqueue(copy);
    } catch (Failure e) {
      Descriptor.close(copy);
      throw e;
    }
  }

  private void enqueue(int copy) {
    lock.lock();
    try {
      refuseIfClosed();
      if (outgoing.size() >= CAPACITY) {
        throw new Failure(
            Failure.Kind.EXHAUSTED, CAPACITY + " descriptors already wait to be sent to the peer");
      }
      outgoing.add(copy);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the peer has sent a descriptor of this device and inode, and gives it to the
   * caller, who closes it. All who wait when it comes get one; later another must come. Throws
   * {@link Failure}: TIMEOUT, or UNAVAILABLE when the connection goes or the thread is interrupted.
   */
  public int receive(long device, long inode, Duration timeout) {
    Identity identity = new Identity(device, inode);
    Wait wait = new Wait();
    Time.Timer timer = time.schedule(timeout, () -> end(wait));
    lock.lock();
    try {
      await(identity, wait, timeout);
      return take(identity);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + identity, e);
    } finally {
      lock.unlock();
      timer.cancel();
    }
  }

  @GuardedBy("lock")
  private void await(Identity identity, Wait wait, Duration timeout) throws InterruptedException {
    waiting.merge(identity, 1, Integer::sum);
    try {
      while (!arrivals.containsKey(identity)) {
        refuseIfClosed();
        if (wait.over) {
          throw new Failure(
              Failure.Kind.TIMEOUT,
              "the peer sent no descriptor for "
                  + identity
                  + " within "
                  + timeout.toMillis()
                  + " ms");
        }
        changed.await();
      }
    } finally {
      waiting.computeIfPresent(identity, (unused, count) -> count == 1 ? null : count - 1);
    }
  }

  /** Once it has come: a copy if it came for others too, or others wait for it. */
  @GuardedBy("lock")
  private int take(Identity identity) {
    Arrival arrival = Objects.requireNonNull(arrivals.remove(identity));
    if (arrival.shows() > 1 || waiting.containsKey(identity)) {
      keep(identity, arrival.descriptor(), Math.max(0, arrival.shows() - 1));
      return Descriptor.duplicate(arrival.descriptor());
    }
    ARRIVALS.decrementAndGet();
    return arrival.descriptor();
  }

  /** A copy of what has come already, which stays; empty if it has not. The caller closes it. */
  public OptionalInt look(long device, long inode) {
    lock.lock();
    try {
      Identity identity = new Identity(device, inode);
      Arrival arrival = arrivals.remove(identity);
      if (arrival == null) {
        return OptionalInt.empty();
      }
      keep(identity, arrival.descriptor(), arrival.shows());
      return OptionalInt.of(Descriptor.duplicate(arrival.descriptor()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes over a descriptor that came with bytes; called by the reader before it passes them on.
   */
  void arrived(int descriptor) {
    lock.lock();
    try {
      Identity identity = Descriptor.identify(descriptor);
      Arrival known = arrivals.remove(identity);
      if (closed) {
        Descriptor.close(descriptor);
        return;
      }
      if (known != null) {
        Descriptor.close(descriptor);
      } else {
        makeRoom();
        ARRIVALS.incrementAndGet();
      }
      keep(
          identity,
          known == null ? descriptor : known.descriptor(),
          known == null ? 1 : known.shows() + 1);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The newest is what the next request names; a flood's older ones are not missed. */
  @GuardedBy("lock")
  private void makeRoom() {
    int most = ARRIVALS.get() >= TOGETHER ? FAIR : CAPACITY;
    if (arrivals.size() >= most && !flooded) {
      flooded = true;
      log.warn("a peer sends descriptors that nobody asks for; of more than {}, oldest go", most);
    }
    while (arrivals.size() >= most) {
      dropOldest();
    }
  }

  /** The descriptor that should leave next; it stays queued until {@link #sent}. */
  OptionalInt next() {
    lock.lock();
    try {
      Integer first = outgoing.peek();
      return first == null ? OptionalInt.empty() : OptionalInt.of(first);
    } finally {
      lock.unlock();
    }
  }

  /** The descriptor that {@link #next} gave has left, or never can. */
  void sent() {
    lock.lock();
    try {
      Integer first = outgoing.poll();
      if (first != null) {
        Descriptor.close(first);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes every descriptor, and ends every wait; the connection is gone. */
  void close() {
    lock.lock();
    try {
      closed = true;
      outgoing.forEach(Descriptor::close);
      outgoing.clear();
      while (!arrivals.isEmpty()) {
        dropOldest();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void keep(Identity identity, int descriptor, int shows) {
    arrivals.put(identity, new Arrival(descriptor, shows, time.nanos()));
    if (!sweeping) {
      sweeping = true;
      time.schedule(KEPT, this::sweep);
    }
  }

  private void sweep() {
    lock.lock();
    try {
      long now = time.nanos();
      while (!arrivals.isEmpty() && now - oldest().next().nanos() >= KEPT.toNanos()) {
        dropOldest();
      }
      sweeping = !arrivals.isEmpty();
      if (sweeping) {
        Duration age = Duration.ofNanos(now - oldest().next().nanos());
        time.schedule(KEPT.minus(age), this::sweep);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void dropOldest() {
    Iterator<Arrival> oldest = oldest();
    Descriptor.close(oldest.next().descriptor());
    oldest.remove();
    ARRIVALS.decrementAndGet();
  }

  @GuardedBy("lock")
  private Iterator<Arrival> oldest() {
    return arrivals.values().iterator();
  }

  @GuardedBy("lock")
  private void refuseIfClosed() {
    if (closed) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "the connection to the peer is closed");
    }
  }

  private void end(Wait wait) {
    lock.lock();
    try {
      wait.over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

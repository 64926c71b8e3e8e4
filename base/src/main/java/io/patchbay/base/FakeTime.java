package io.patchbay.base;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Time that stands still until a test moves it. Timers run in order of their due time on the thread
 * that calls {@link #advance}; sleepers wake when their time has come.
 */
public final class FakeTime implements Time {
  private record Entry(Instant due, long order, Runnable task) {}

  private final PriorityQueue<Entry> timers =
      new PriorityQueue<>(Comparator.comparing(Entry::due).thenComparing(Entry::order));
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private long order;
  private int sleeping;

  @Override
  public synchronized Instant now() {
    return now;
  }

  @Override
  public synchronized long nanos() {
    return Duration.between(Instant.EPOCH, now).toNanos();
  }

  @Override
  public synchronized void sleep(Duration duration) throws InterruptedException {
    Instant until = now.plus(duration);
    sleeping++;
    try {
      while (now.isBefore(until)) {
        wait();
      }
    } finally {
      sleeping--;
    }
  }

  @Override
  public synchronized Timer schedule(Duration delay, Runnable task) {
    Entry entry = new Entry(now.plus(delay.isNegative() ? Duration.ZERO : delay), order++, task);
    timers.add(entry);
    return () -> {
      synchronized (this) {
        timers.remove(entry);
      }
    };
  }

  /** Moves time forward and runs every timer that falls due on the way. */
  public void advance(Duration duration) {
    Instant until = now().plus(duration);
    for (Entry due = next(until); due != null; due = next(until)) {
      due.task().run();
    }
  }

  /** How many threads sleep. */
  public synchronized int sleeping() {
    return sleeping;
  }

  /** How many timers wait. */
  public synchronized int pending() {
    return timers.size();
  }

  private synchronized @org.jspecify.annotations.Nullable Entry next(Instant until) {
    Entry first = timers.peek();
    if (first == null || first.due().isAfter(until)) {
      now = until;
      notifyAll();
      return null;
    }
    timers.poll();
    now = first.due().isAfter(now) ? first.due() : now;
    notifyAll();
    return first;
  }
}

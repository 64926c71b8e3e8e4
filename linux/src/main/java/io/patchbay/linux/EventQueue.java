package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Events that nobody has taken yet. When it is full, all of it gives way to one that says so. One
 * thread puts in, any may take.
 */
final class EventQueue<E> {
  private static final int QUEUED = 4096;

  private final BlockingQueue<E> queue = new ArrayBlockingQueue<>(QUEUED);
  private final E lost;

  /**
   * @param lost stands for events that could not be kept
   */
  EventQueue(E lost) {
    this.lost = lost;
  }

  void keep(E event) {
    if (!queue.offer(event)) {
      lose();
    }
  }

  void lose() {
    queue.clear();
    queue.add(lost);
  }

  /** The next event, if one comes within the time. */
  Optional<E> next(Duration timeout) {
    try {
      return Optional.ofNullable(queue.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for events", e);
    }
  }
}

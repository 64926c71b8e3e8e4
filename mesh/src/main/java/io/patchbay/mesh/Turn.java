package io.patchbay.mesh;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Lets one thread at a time into a session, in order of arrival; who is in may enter again. */
final class Turn {
  /** How long a timer or a close waits before it tries again or gives up. */
  private static final Duration USUAL = Duration.ofMinutes(2);

  private final String id;
  private final ReentrantLock lock = new ReentrantLock(true);

  /**
   * @param id of the session
   */
  Turn(String id) {
    this.id = id;
  }

  /** Does something in a turn. Throws as {@link #enter} does. */
  void inside(Duration patience, Runnable task) {
    enter(patience);
    try {
      task.run();
    } finally {
      leave();
    }
  }

  /** The same with the usual patience. */
  void inside(Runnable task) {
    inside(USUAL, task);
  }

  /**
   * Waits for a turn, which {@link #leave} ends. Throws Failure TIMEOUT when none comes in time.
   */
  void enter(Duration patience) {
    if (!tryEnter(patience)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "another request for connection " + id + " is still running");
    }
  }

  /** Waits for a turn as long as usual; false if none has come. */
  boolean tryEnter() {
    return tryEnter(USUAL);
  }

  private boolean tryEnter(Duration patience) {
    try {
      return lock.tryLock(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + id, e);
    }
  }

  void leave() {
    lock.unlock();
  }

  /** Throws IllegalStateException if this thread is not in. */
  void require() {
    if (!lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("session " + id + " used from outside its turn");
    }
  }

  /** The session's id. */
  @Override
  public String toString() {
    return id;
  }
}

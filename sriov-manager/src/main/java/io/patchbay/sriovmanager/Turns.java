package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets tasks about one thing take turns, while those about different things never wait for each
 * other. Whoever has a turn may take it again. It keeps a lock for each thing there ever was.
 *
 * @param <K> what names a thing
 */
final class Turns<K extends Comparable<K>> {
  private final Map<K, ReentrantLock> locks = new ConcurrentHashMap<>();

  private ReentrantLock lock(K thing) {
    return locks.computeIfAbsent(thing, unused -> new ReentrantLock());
  }

  /** Runs with the turn of one thing. */
  <T> T of(K thing, Supplier<T> task) {
    ReentrantLock lock = lock(thing);
    lock.lock();
    try {
      return task.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs with the turns of all these, taken in their order, so that no two can block each other.
   */
  <T> T ofAll(Collection<K> things, Supplier<T> task) {
    Deque<ReentrantLock> taken = new ArrayDeque<>();
    try {
      for (K thing : new TreeSet<>(things)) {
        ReentrantLock lock = lock(thing);
        lock.lock();
        taken.push(lock);
      }
      return task.get();
    } finally {
      taken.forEach(ReentrantLock::unlock);
    }
  }

  /**
   * Runs with the turn of one thing, if that comes in time: else {@link Failure} of kind
   * UNAVAILABLE.
   */
  <T> T within(Duration patience, K thing, Supplier<T> task) {
    ReentrantLock lock = lock(thing);
    try {
      if (!lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE,
            thing + " is busy with something else for " + patience.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + thing, e);
    }
    try {
      return task.get();
    } finally {
      lock.unlock();
    }
  }

  /** Runs if nobody else is at this thing now; says whether it did. */
  boolean ifFree(K thing, Runnable task) {
    ReentrantLock lock = lock(thing);
    if (!lock.tryLock()) {
      return false;
    }
    try {
      task.run();
      return true;
    } finally {
      lock.unlock();
    }
  }
}

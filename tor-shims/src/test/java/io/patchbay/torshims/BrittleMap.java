package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A map that outlives the writers of a test, and that can be away, or lose its answers. */
final class BrittleMap implements DurableMap {
  private final Map<String, String> entries = new ConcurrentSkipListMap<>();
  private final AtomicInteger writes = new AtomicInteger();
  private volatile CountDownLatch answers = new CountDownLatch(0);
  private final AtomicInteger begun = new AtomicInteger();
  private volatile boolean away;
  private volatile boolean losesReplies;

  /** Whether it can be written to. */
  void away(boolean now) {
    away = now;
  }

  /** Whether what is written is there, and nobody hears of it. */
  void losesReplies(boolean now) {
    losesReplies = now;
  }

  private void answer() {
    if (losesReplies) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "ConfigMap tor-1: no answer");
    }
  }

  /** Writes wait from now on, until that is down. */
  void answersAfter(CountDownLatch latch) {
    answers = latch;
  }

  /** How many have begun. */
  int begun() {
    return begun.get();
  }

  /** How often it was. */
  int writes() {
    return writes.get();
  }

  private void write() {
    if (away) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "ConfigMap tor-1: nobody answers");
    }
    begun.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    writes.incrementAndGet();
  }

  @Override
  public Map<String, String> entries() {
    return Map.copyOf(entries);
  }

  @Override
  public void putAll(Map<String, String> values) {
    if (!entries.entrySet().containsAll(values.entrySet())) {
      write();
      entries.putAll(values);
      answer();
    }
  }

  @Override
  public void removeAll(Collection<String> keys) {
    if (keys.stream().anyMatch(entries::containsKey)) {
      write();
      entries.keySet().removeAll(keys);
      answer();
    }
  }
}

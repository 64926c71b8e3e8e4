package io.patchbay.bench;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** How long one thing took, each time that it was done. Safe for all threads. */
final class Samples {
  private static final double NANOS = 1_000_000.0;

  private final Time time;

  @GuardedBy("this")
  private final List<Long> nanos = new ArrayList<>();

  Samples(Time time) {
    this.time = time;
  }

  /** Does it, and keeps how long it took. */
  <T> T time(Supplier<T> task) {
    long start = time.nanos();
    T result = task.get();
    add(time.nanos() - start);
    return result;
  }

  /** Does it, and keeps how long it took. */
  void time(Runnable task) {
    long start = time.nanos();
    task.run();
    add(time.nanos() - start);
  }

  synchronized void add(long took) {
    nanos.add(took);
  }

  /** Forgets all: what came before was to warm up. */
  synchronized void clear() {
    nanos.clear();
  }

  /** The same with what was measured beside it each time added. */
  Samples plus(Samples beside) {
    List<Long> mine = all();
    List<Long> theirs = beside.all();
    if (mine.size() != theirs.size()) {
      throw new Failure(
          Failure.Kind.INTERNAL, mine.size() + " times here, " + theirs.size() + " beside it");
    }
    Samples sums = new Samples(time);
    for (int i = 0; i < mine.size(); i++) {
      sums.add(mine.get(i) + theirs.get(i));
    }
    return sums;
  }

  private synchronized List<Long> all() {
    return List.copyOf(nanos);
  }

  /** The median, in milliseconds. */
  double p50() {
    return percentile(50);
  }

  /** What 99 of 100 did not exceed, in milliseconds. */
  double p99() {
    return percentile(99);
  }

  /** The longest, in milliseconds. */
  double most() {
    return percentile(100);
  }

  /** By nearest rank: a value that really occurred. */
  private synchronized double percentile(int percent) {
    if (nanos.isEmpty()) {
      throw new Failure(Failure.Kind.INTERNAL, "nothing was measured");
    }
    List<Long> sorted = nanos.stream().sorted().toList();
    int rank = (sorted.size() * percent + 99) / 100;
    return sorted.get(Math.max(0, rank - 1)) / NANOS;
  }
}

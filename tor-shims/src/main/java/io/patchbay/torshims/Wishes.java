package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Change.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/** The changes of one switch that wait for its writer's turn. Safe for all threads. */
final class Wishes implements AutoCloseable {
  /** So many may wait. Who leaves is not turned away, and can be no more than have come. */
  private static final int MOST = 4096;

  private static final int GROUP_MOST = 512;

  private final String name;
  private final Turns turns;
  private final BlockingQueue<Change> queue = new LinkedBlockingQueue<>();

  /**
   * @param name the switch's
   */
  Wishes(String name, Turns turns) {
    this.name = name;
    this.turns = turns;
  }

  /** Has a change wait. Throws {@link Failure} of kind UNAVAILABLE where it cannot. */
  void submit(Change change) {
    boolean full = change.verb() != Verb.LEAVE && queue.size() >= MOST;
    if (turns.closed() || full) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "switch "
              + name
              + (turns.closed() ? ": the shim is stopping" : " has too many changes waiting"));
    }
    queue.add(change);
    turns.wake();
  }

  /** Those whose turn it is, in the order in which they came. */
  List<Change> next() {
    List<Change> batch = new ArrayList<>();
    queue.drainTo(batch, GROUP_MOST);
    return batch;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }

  Stream<Change> stream() {
    return queue.stream();
  }

  /** What waits is refused. */
  @Override
  public void close() {
    Failure stopping = new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + ": the shim stops");
    for (Change change = queue.poll(); change != null; change = queue.poll()) {
      change.failed(stopping);
    }
  }
}

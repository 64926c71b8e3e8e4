package io.patchbay.torshims.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One {@link IntentRecord} as its writer has it. Whoever takes it over changes its version and puts
 * another name on it, so that the writer before can change nothing of it any more: not by an answer
 * that was on its way either. Safe for all threads.
 */
final class IntentShelf {
  /** Each but the first says that somebody has written in between. */
  private static final int TRIES = 5;

  private final IntentStore store;
  private final Runnable held;

  /** Changed by one thread at a time; nobody who looks waits for a write. */
  private volatile IntentRecord last;

  /** Whether something else may be there: nobody has heard what became of a write. */
  @GuardedBy("this")
  private boolean unsure;

  private IntentShelf(IntentStore store, Runnable held, IntentRecord last) {
    this.store = store;
    this.held = held;
    this.last = last;
  }

  /**
   * Makes a record that writer's, whoever had it. Throws {@link Failure}: what {@code held} says,
   * or UNAVAILABLE.
   *
   * @param held throws unless the lease is surely held. It is asked after the record was read: what
   *     is read under the lease and has still its version when it is written has no later holder
   */
  static IntentShelf takeOver(IntentStore store, String place, String writer, Runnable held) {
    for (int i = 0; i < TRIES; i++) {
      Optional<IntentRecord> found = store.read(place);
      held.run();
      IntentRecord mine =
          found
              .map(each -> each.takenBy(writer))
              .orElseGet(() -> new IntentRecord(place, "", writer, Map.of()));
      Optional<IntentRecord> written = store.write(mine);
      if (written.isPresent()) {
        return new IntentShelf(store, held, written.get());
      }
    }
    throw disturbed();
  }

  private static Failure disturbed() {
    return new Failure(
        Failure.Kind.UNAVAILABLE, "others go on changing what the writer keeps beside its lease");
  }

  /** What it says as far as is known; waits for nothing. */
  Map<String, String> entries() {
    return last.entries();
  }

  /**
   * Changes what the record says; free where that is nothing, unless a write before has failed.
   * Throws {@link Failure}, and then goes on by what it said: UNAVAILABLE, also when another has
   * taken it over, or EXHAUSTED.
   */
  synchronized void change(Consumer<Map<String, String>> what) {
    Map<String, String> changed = new TreeMap<>(last.entries());
    what.accept(changed);
    IntentRecord next = last.with(changed);
    if (next.equals(last) && !unsure) {
      return;
    }
    unsure = true;
    for (int i = 0; i < TRIES; i++) {
      Optional<IntentRecord> written = store.write(next);
      if (written.isPresent()) {
        last = written.get();
        unsure = false;
        return;
      }
      next = next.at(version());
    }
    throw disturbed();
  }

  /**
   * Of what is there in place of what was written last: the same, where an answer was lost or
   * somebody has written a note on it, or nothing, where somebody has removed it.
   */
  private String version() {
    Optional<IntentRecord> found = store.read(last.place());
    held.run();
    if (found.isPresent() && !found.get().writer().equals(last.writer())) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "this replica is not the writer any more, ask again");
    }
    return found.map(IntentRecord::version).orElse("");
  }
}

package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the two changes of a pair meet, each at a switch of its own, that are to be made together
 * or not at all. It is decided once, by what comes first: that both are ready, that one of them
 * needs no other, or that one is refused. Knows no time. Safe for all threads.
 */
final class Pairing {
  private enum Decision {
    OPEN,
    BOTH,
    NEITHER
  }

  /** Of a change that has no twin: it is made by itself. */
  static final End NONE = decided();

  private final End first = new End();
  private final End second = new End();

  @GuardedBy("this")
  private final Set<End> ready = new HashSet<>();

  @GuardedBy("this")
  private Decision decision = Decision.OPEN;

  @GuardedBy("this")
  private Optional<Failure> refusal = Optional.empty();

  @GuardedBy("this")
  private final List<Runnable> waiting = new ArrayList<>();

  private static End decided() {
    End end = new Pairing().first();
    end.goOn();
    return end;
  }

  End first() {
    return first;
  }

  End second() {
    return second;
  }

  private void decide(Decision how, Optional<Failure> why) {
    List<Runnable> told;
    synchronized (this) {
      if (decision != Decision.OPEN) {
        return;
      }
      decision = how;
      refusal = why;
      told = List.copyOf(waiting);
      waiting.clear();
    }
    told.forEach(Runnable::run);
  }

  /** What one of the two says, and hears of the other. */
  final class End {
    private End() {}

    /** Only its confirmation is left to do, unless its group has to be made anew for another. */
    void ready() {
      boolean both;
      synchronized (Pairing.this) {
        ready.add(this);
        both = ready.size() == 2;
      }
      if (both) {
        decide(Decision.BOTH, Optional.empty());
      }
    }

    /** It does not wait for the other, nor need the other wait for it: it is made, or will be. */
    void goOn() {
      decide(Decision.BOTH, Optional.empty());
    }

    /** It is not made, so the other is not to be, unless that was decided before. */
    void refuse(Failure why) {
      decide(Decision.NEITHER, Optional.of(why));
    }

    /** Whether it is still to be decided. */
    boolean isOpen() {
      synchronized (Pairing.this) {
        return decision == Decision.OPEN;
      }
    }

    /** Why neither is to be made, if that is decided. */
    Optional<Failure> refusal() {
      synchronized (Pairing.this) {
        return refusal;
      }
    }

    /** Runs a task once it is decided, at once if it is: quick, and on any thread. */
    void whenDecided(Runnable task) {
      synchronized (Pairing.this) {
        if (decision == Decision.OPEN) {
          waiting.add(task);
          return;
        }
      }
      task.run();
    }
  }
}

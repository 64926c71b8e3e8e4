package io.patchbay.torshims.lease;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The right to write to the switches, which one of a shim's replicas has at a time. Each call ends
 * within seconds. {@link LeaseKeeper} asks for it and renews it in its rhythm. Safe for all
 * threads.
 */
public interface Lease extends AutoCloseable {
  /**
   * How long it lasts.
   *
   * @param sure nobody else has it before that time has passed since {@link #take} was called; by
   *     the monotonic clock
   * @param margin nor within this time after that: what its holder has begun by then must have
   *     ended
   * @param pace the time between two calls of {@link #take}
   */
  record Terms(Duration sure, Duration margin, Duration pace) {
    /** For a right that nobody takes from a process that lives. */
    static final Duration FOR_LIFE = Duration.ofDays(365);
  }

  Terms terms();

  /**
   * Takes it if nobody has it, and renews it if this process has. Whether it is this process's now.
   * Throws {@link Failure} when that cannot be told: UNAVAILABLE when asking again may help, as it
   * may with all the others, too.
   */
  boolean take();

  /** Who has it, or had it last, as far as is known since {@link #take}: for people. */
  String holder();

  /** What the writer before has left; empty if there was none. Only while it is held. */
  Optional<Handover> handover();

  /**
   * Leaves that for the next one; durable when it returns. Only while it is held. Throws {@link
   * Failure} of kind UNAVAILABLE, also when the lease is held no more.
   */
  void handOver(Handover handover);

  /**
   * What its holder keeps of switches in common with those after it, taken over from the one
   * before, who can change nothing of it any more. Empty where the replicas share a state folder by
   * what the lease is. Only while it is held. Throws {@link Failure}: UNAVAILABLE, also when the
   * lease is held no more, or what the store refuses.
   *
   * @param switches all that are written to
   * @param placeOf the one of them that a key is about, for what is about one; empty for others
   * @param held throws unless the lease is surely held
   */
  default Optional<DurableMap> intents(
      Set<String> switches, UnaryOperator<String> placeOf, Runnable held) {
    return Optional.empty();
  }

  /**
   * Gives it back if it is held, so that another may have it at once; it is not to be used after
   * that. One that nobody closes is another's some time after its process has ended.
   */
  @Override
  void close();
}

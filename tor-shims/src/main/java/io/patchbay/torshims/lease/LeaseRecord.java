package io.patchbay.torshims.lease;

import java.time.Duration;
import java.util.Optional;

/**
 * A lease as the replicas keep it in common.
 *
 * @param version another one after each change; empty for one that nobody has written yet
 * @param holder empty when nobody has it
 * @param duration how long its holder has it after each renewal
 * @param transitions how often another replica than the one before has taken it
 */
record LeaseRecord(
    String version,
    String holder,
    Duration duration,
    int transitions,
    Optional<Handover> handover) {

  /** That replica's from now on. */
  LeaseRecord takenBy(String replica, Duration lasting) {
    return new LeaseRecord(
        version, replica, lasting, transitions + (holder.equals(replica) ? 0 : 1), handover);
  }

  /** Nobody's. */
  LeaseRecord free() {
    return new LeaseRecord(version, "", duration, transitions, handover);
  }

  /** As it was when it was last there. */
  LeaseRecord deleted() {
    return new LeaseRecord("", holder, duration, transitions, handover);
  }

  /** The same with what was known of it before, if what is there now was made anew without that. */
  LeaseRecord after(LeaseRecord before) {
    boolean anew = transitions < before.transitions();
    return anew
        ? new LeaseRecord(
            version,
            holder.isEmpty() ? before.holder() : holder,
            duration,
            before.transitions(),
            handover.or(before::handover))
        : this;
  }

  /** With that for the next holder. */
  LeaseRecord handing(Handover next) {
    return new LeaseRecord(version, holder, duration, transitions, Optional.of(next));
  }
}

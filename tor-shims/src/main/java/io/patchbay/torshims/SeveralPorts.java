package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Has ports of several switches carry the same. One that refuses is an end of it; one whose switch
 * does not answer is set when that is back, but not all of them. Safe for all threads.
 */
final class SeveralPorts {
  /** So that whoever asks still hears that one switch has not answered. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /** For a switch that did not answer when it was last asked. */
  private static final Duration BRIEFLY = Duration.ofSeconds(1);

  private final Map<String, SwitchWriter> writers;
  private final Time time;

  /**
   * @param writers by the name of their switch
   */
  SeveralPorts(Map<String, SwitchWriter> writers, Time time) {
    this.writers = Map.copyOf(writers);
    this.time = time;
  }

  /** Throws {@link Failure} of kind NOT_FOUND for a switch that is in the file no more. */
  SwitchWriter writer(PortClaim claim) {
    SwitchWriter writer = writers.get(claim.switchName());
    if (writer == null) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "a connection has "
              + claim
              + ", but the switches file no longer lists that switch; put it back");
    }
    return writer;
  }

  /**
   * Begins one of them; it is undone by {@link SwitchWriter#leave}.
   *
   * @param who claims it
   * @param deadline of the caller
   */
  SwitchWriter.Taking begin(String who, PortClaim claim, Instant deadline) {
    return begin(who, claim, deadline, Pairing.NONE);
  }

  /**
   * Begins both ports of a pair, to be made together or not at all, as far as their switches can
   * and answer; each is undone as by {@link #begin}. One pair after the other: all writers get them
   * in the same order, so that of two that exclude each other the same one is first everywhere, and
   * none waits for a twin behind one that waits for it.
   */
  synchronized List<SwitchWriter.Taking> beginBoth(
      String who, PortClaim one, PortClaim other, Instant deadline) {
    if (writer(one).isAway() || writer(other).isAway()) {
      return List.of(begin(who, one, deadline), begin(who, other, deadline));
    }
    Pairing pairing = new Pairing();
    SwitchWriter.Taking first = begin(who, one, deadline, pairing.first());
    try {
      return List.of(first, begin(who, other, deadline, pairing.second()));
    } catch (Failure e) {
      pairing.second().refuse(e);
      throw e;
    }
  }

  private SwitchWriter.Taking begin(
      String who, PortClaim claim, Instant deadline, Pairing.End pairing) {
    SwitchWriter writer = writer(claim);
    Duration left = Duration.between(time.now(), deadline).minus(ANSWER);
    Duration patience = writer.isAway() || left.compareTo(BRIEFLY) < 0 ? BRIEFLY : left;
    return writer.begin(who, claim, patience, pairing);
  }

  /**
   * Waits for all that were begun. Throws {@link Failure}: what a switch refused with, or why none
   * of them has answered.
   *
   * @param all how many ports are to carry it, with those that do already
   * @param putOff is told why a switch has not, where another one has
   */
  static void await(List<SwitchWriter.Taking> begun, int all, Consumer<Failure> putOff) {
    List<Failure> away = begun.stream().flatMap(taking -> taking.await().stream()).toList();
    if (away.size() == all) {
      throw away.getFirst();
    }
    away.forEach(putOff);
  }
}

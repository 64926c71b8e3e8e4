package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of all that can befall 64 VFs under four names; see {@link ModelRun.Step}. The
 * same seeds each time: {@code -Dmodel.seed} names another first one, {@code -Dmodel.steps} says
 * how many steps there are in all.
 *
 * <p>What happens: a pod gets a VF or loses a race for it, asks for a connection, refreshes it,
 * closes it, is killed; time passes; a VF vanishes and comes back; a PF is reset, pulled out, put
 * back; its link goes and comes; an older owner is done late; an operator releases; the kubelet
 * starts anew, device-plugin does, the manager is killed between any two of its acts, in the middle
 * of a line of its ledger as well. What is not possible as things are is no step.
 *
 * <p>What holds after each step: a VF has one owner, and is in nobody else's pod; one that is told
 * to be well is there and has carrier; one that is claimed is told so, under the name it was
 * granted as alone; one that serves nobody is as it was made; a living pod keeps its VF. From time
 * to time, and at the end: the ledger replayed is the one in memory. At the end, with all released:
 * all is as at first.
 *
 * <p>The million steps that are taken by default keep two cores busy for most of a minute.
 */
class ModelTest {
  private static final int SEQUENCE = 1000;

  /** How many shorter sequences are tried to explain a failure. */
  private static final int TRIES = 500;

  /** The same each time: a change is to be judged by what it does and not by its luck. */
  private static final long FIRST = Long.getLong("model.seed", 1);

  private final LongAdder agreed = new LongAdder();

  @Test
  void whateverHappensEachFunctionHasOneOwnerAndComesHome() {
    int sequences = Integer.getInteger("model.steps", 1_000_000) / SEQUENCE;
    LongStream.range(FIRST, FIRST + sequences)
        .parallel()
        .filter(seed -> failure(sequence(seed), new ArrayList<>()).isPresent())
        .findAny()
        .ifPresent(this::explain);
    assertTrue(agreed.sum() > 10L * sequences, agreed + " requests of " + sequences + " sequences");
  }

  private static List<Long> sequence(long seed) {
    return new Random(seed).longs(SEQUENCE).boxed().toList();
  }

  /**
   * What goes wrong in a sequence.
   *
   * @param told is given the steps in words, to the one that fails
   */
  private Optional<Throwable> failure(List<Long> sequence, List<String> told) {
    ModelRun run = new ModelRun();
    try {
      sequence.forEach(run::step);
      run.end();
      return Optional.empty();
    } catch (AssertionError | RuntimeException e) {
      return Optional.of(e);
    } finally {
      agreed.add(run.agreed());
      run.close();
      told.addAll(run.told());
    }
  }

  private void explain(long seed) {
    List<String> told = new ArrayList<>();
    Optional<Throwable> failure = failure(shortened(sequence(seed)), told);
    String again = "-Dmodel.seed=" + seed + " -Dmodel.steps=" + SEQUENCE;
    fail(again + ", shortened:\n" + String.join("\n", told), failure.orElse(null));
  }

  /** Leaves out ever smaller parts, as long as the rest still fails. */
  private List<Long> shortened(List<Long> sequence) {
    List<Long> shortest = sequence;
    int tries = TRIES;
    for (int part = sequence.size() / 2; part > 0; part /= 2) {
      for (int from = 0; from + part <= shortest.size() && tries > 0; tries--) {
        List<Long> rest = new ArrayList<>(shortest);
        rest.subList(from, from + part).clear();
        List<String> told = new ArrayList<>();
        if (failure(rest, told).isPresent()) {
          shortest = rest.subList(0, Math.min(rest.size(), told.size()));
        } else {
          from += part;
        }
      }
    }
    return shortest;
  }
}

package io.patchbay.torshims;

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
 * Random sequences of all that can befall a fabric of eight switches; see {@link ModelRun.Step}.
 * The same seeds each time, for a change is to be judged by what it does and not by its luck:
 * {@code -Dmodel.seed} names another first one, {@code -Dmodel.seeds} says how many.
 */
class FabricModelTest {
  private static final int STEPS = 200;

  /** How many shorter sequences are tried to explain a failure. */
  private static final int TRIES = 150;

  private static final long FIRST = Long.getLong("model.seed", 1);

  private final LongAdder agreed = new LongAdder();
  private final LongAdder cancels = new LongAdder();

  @Test
  void whateverHappensTheSwitchesComeToBeWhatTheLivingAskFor() {
    int seeds = Integer.getInteger("model.seeds", 200);
    LongStream.range(FIRST, FIRST + seeds)
        .parallel()
        .filter(seed -> failure(sequence(seed), new ArrayList<>()).isPresent())
        .findAny()
        .ifPresent(this::explain);
    assertTrue(agreed.sum() > 20L * seeds, agreed + " requests of " + seeds + " sequences");
    assertTrue(cancels.sum() >= seeds / 10, cancels + " pairs that did not agree");
  }

  private static List<Long> sequence(long seed) {
    return new Random(seed).longs(STEPS).boxed().toList();
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
      cancels.add(run.cancels());
      told.addAll(run.told());
    }
  }

  private void explain(long seed) {
    List<String> told = new ArrayList<>();
    Optional<Throwable> failure = failure(shortened(sequence(seed)), told);
    fail(
        "-Dmodel.seed=" + seed + " -Dmodel.seeds=1, shortened:\n" + String.join("\n", told),
        failure.orElse(null));
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

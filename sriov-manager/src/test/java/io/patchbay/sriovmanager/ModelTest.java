package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of all that can befall 64 VFs under four names. Another seed each time, unless
 * {@code -Dmodel.seed} names one; {@code -Dmodel.steps} asks for more steps.
 */
class ModelTest {
  private static final int SEQUENCE = 1000;

  /** How many shorter sequences are tried to explain a failure. */
  private static final int TRIES = 30;

  @Test
  void whateverHappensEachFunctionHasOneOwnerAndComesHome() {
    long seed = Long.getLong("model.seed", new Random().nextLong());
    int steps = Integer.getInteger("model.steps", 10_000);
    RandomGenerator random = new Random(seed);
    for (int i = 0; i < steps; i += SEQUENCE) {
      List<Long> sequence = random.longs(SEQUENCE).boxed().toList();
      Optional<Throwable> failure = failure(sequence, new ArrayList<>());
      if (failure.isPresent()) {
        fail(
            "-Dmodel.seed="
                + seed
                + ", in the sequence from step "
                + i
                + ": "
                + failure.get().getMessage()
                + shortened(sequence),
            failure.get());
      }
    }
  }

  private static Optional<Throwable> failure(List<Long> sequence, List<String> told) {
    ModelRun run = new ModelRun(sequence.size());
    try {
      sequence.forEach(run::step);
      run.end();
      return Optional.empty();
    } catch (AssertionError | RuntimeException e) {
      return Optional.of(e);
    } finally {
      told.addAll(run.told());
    }
  }

  /** Leaves out ever smaller parts, as long as the rest still fails. */
  private static String shortened(List<Long> sequence) {
    List<Long> shortest = sequence;
    int tries = TRIES;
    for (int part = sequence.size() / 2; part > 0; part /= 2) {
      for (int from = 0; from + part <= shortest.size() && tries > 0; tries--) {
        List<Long> rest = new ArrayList<>(shortest);
        rest.subList(from, from + part).clear();
        boolean fails = failure(rest, new ArrayList<>()).isPresent();
        shortest = fails ? rest : shortest;
        from += fails ? 0 : part;
      }
    }
    List<String> told = new ArrayList<>();
    String why = failure(shortest, told).map(Throwable::getMessage).orElse("");
    return "\nshortened to " + shortest + ":\n" + String.join("\n", told) + "\n" + why;
  }
}

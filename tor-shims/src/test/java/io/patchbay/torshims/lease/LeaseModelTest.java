package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Three replicas and their lease in virtual time: a way to the API server that fails, loses answers
 * or is cut, processes that are cut off or stopped, others who write on the lease.
 */
class LeaseModelTest {
  private static final int SEEDS = 200;
  private static final int STEPS = 300;
  private static final int REPLICAS = 3;
  private static final Duration LASTING = Duration.ofSeconds(30);

  private static final class Run {
    private final Random random;
    private final FakeTime time = new FakeTime();
    private final FakeStore store = new FakeStore();
    private final List<Replica> replicas = new ArrayList<>();
    private int names;
    private int terms;

    Run(long seed) {
      random = new Random(seed);
      for (int i = 0; i < REPLICAS; i++) {
        replicas.add(new Replica());
      }
    }

    /** One process after the other. */
    private final class Replica implements LeaseKeeper.Holder {
      private FakeStore.Way way = store.way(random);
      private LeaseKeeper keeper = begun();
      private boolean over;

      private LeaseKeeper begun() {
        names++;
        way = store.way(random);
        over = false;
        SharedLease lease = new SharedLease(way, "replica-" + names, LASTING, time);
        LeaseKeeper fresh = new LeaseKeeper(lease, this, time);
        keeper = fresh;
        fresh.start();
        return fresh;
      }

      @Override
      public void begin() {
        terms++;
      }

      @Override
      public void lost(Failure why) {
        over = true;
      }
    }

    void step() {
      Replica one = replicas.get(random.nextInt(REPLICAS));
      switch (random.nextInt(12)) {
        case 0 -> one.way.cut = true;
        case 1, 2 -> one.way.cut = false;
        case 3 -> one.way.troubles = random.nextInt(90);
        case 4 -> one.way.troubles = 0;
        case 5 -> {
          one.keeper.close();
          var unused = one.begun();
        }
        case 6 -> {
          if (one.over) {
            one.keeper.close();
            var unused = one.begun();
          }
        }
        case 7, 8 -> store.touch();
        default -> time.advance(Duration.ofMillis(random.nextInt(8000)));
      }
    }

    long writers() {
      return replicas.stream().filter(replica -> replica.keeper.holds()).count();
    }
  }

  @Test
  void neverTwoWritersAndNeverNoneForGood() {
    long terms = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Run run = new Run(seed);
      for (int i = 0; i < STEPS; i++) {
        run.step();
        assertTrue(run.writers() <= 1, "two writers with seed " + seed + ", step " + i);
      }
      run.replicas.forEach(replica -> {
        replica.way.cut = false;
        replica.way.troubles = 0;
        if (replica.over) {
          var unused = replica.begun();
        }
      });
      run.time.advance(LASTING.multipliedBy(2));
      assertTrue(run.writers() == 1, "no writer with seed " + seed);
      terms += run.terms;
    }
    assertTrue(terms > SEEDS * 2, "the lease seldom goes to another: " + terms);
  }
}

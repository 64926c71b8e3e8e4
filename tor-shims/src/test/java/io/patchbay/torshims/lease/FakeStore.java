package io.patchbay.torshims.lease;

import io.patchbay.base.Failure;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What an API server does for a lease, with the faults of the way there. One thread. */
final class FakeStore {
  private @Nullable LeaseRecord there;
  private int versions;

  /** What is kept beside it. */
  final FakeIntents intents = new FakeIntents();

  /** What is there. */
  Optional<LeaseRecord> there() {
    return Optional.ofNullable(there);
  }

  /** Somebody has removed it. */
  void delete() {
    there = null;
  }

  /** Somebody else writes something on it. */
  void touch() {
    if (there != null) {
      put(there);
    }
  }

  private LeaseRecord put(LeaseRecord lease) {
    versions++;
    there =
        new LeaseRecord(
            "v" + versions,
            lease.holder(),
            lease.duration(),
            lease.transitions(),
            lease.handover());
    return there;
  }

  private Optional<LeaseRecord> write(LeaseRecord lease) {
    String version = there().map(LeaseRecord::version).orElse("");
    return version.equals(lease.version()) ? Optional.of(put(lease)) : Optional.empty();
  }

  /** How one replica gets there. */
  final class Way implements LeaseStore {
    private final Random random;

    /** Nothing arrives. */
    boolean cut;

    /** What is asked for is done, and the answer does not arrive. */
    boolean losesReplies;

    /** Either, as is drawn, so often of a hundred times. */
    int troubles;

    Way(Random random) {
      this.random = random;
    }

    private <T> T call(java.util.function.Supplier<T> what) {
      int drawn = random.nextInt(100);
      if (cut || drawn < troubles / 2) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "the API server is away");
      }
      T answer = what.get();
      if (losesReplies || drawn < troubles) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "no answer of the API server");
      }
      return answer;
    }

    @Override
    public Optional<LeaseRecord> read() {
      return call(FakeStore.this::there);
    }

    @Override
    public Optional<LeaseRecord> write(LeaseRecord lease) {
      return call(() -> FakeStore.this.write(lease));
    }

    @Override
    public IntentStore intents() {
      return new FakeIntents.Way(intents, this::call);
    }

    @Override
    public void close() {}
  }

  Way way(Random random) {
    return new Way(random);
  }
}

package io.patchbay.torshims.lease;

import io.patchbay.base.Failure;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What an API server does for the records beside a lease. */
public final class FakeIntents implements IntentStore {
  private final Map<String, IntentRecord> there = new HashMap<>();
  private String refused = "";
  private int writes;

  /** How often anything was written. */
  synchronized int writes() {
    return writes;
  }

  /** From now on it takes no record with that key; all again if it is empty. */
  public synchronized void refuses(String key) {
    refused = key;
  }

  /** Somebody has removed a record. */
  public synchronized void delete(String place) {
    there.remove(place);
  }

  /** Somebody else writes a note on a record. */
  synchronized void touch(String place) {
    put(there.get(place));
  }

  @Override
  public synchronized Optional<IntentRecord> read(String place) {
    return Optional.ofNullable(there.get(place));
  }

  private IntentRecord put(IntentRecord intents) {
    writes++;
    IntentRecord written = intents.at("v" + writes);
    there.put(written.place(), written);
    return written;
  }

  @Override
  public synchronized Optional<IntentRecord> write(IntentRecord intents) {
    if (intents.entries().containsKey(refused)) {
      throw new Failure(Failure.Kind.UNAVAILABLE, refused + " is refused");
    }
    String version = read(intents.place()).map(IntentRecord::version).orElse("");
    return version.equals(intents.version()) ? Optional.of(put(intents)) : Optional.empty();
  }

  /** Has calls go well, or not. */
  interface Road {
    <T> T call(Supplier<T> what);
  }

  /** How one replica gets there. */
  record Way(FakeIntents store, Road road) implements IntentStore {
    @Override
    public Optional<IntentRecord> read(String place) {
      return road.call(() -> store.read(place));
    }

    @Override
    public Optional<IntentRecord> write(IntentRecord intents) {
      return road.call(() -> store.write(intents));
    }
  }
}

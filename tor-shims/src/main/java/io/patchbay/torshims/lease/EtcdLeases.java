package io.patchbay.torshims.lease;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.Optional;

/**
 * A lease as JSON under the key {@code PREFIX/SHIM/lease} of an etcd. It does not end with a lease
 * of etcd's own: then a clock of etcd's would decide when a writer's time is over, which knows
 * nothing of when that writer has last asked. As it is, a writer ends by its own clock before
 * another begins by that one's.
 */
final class EtcdLeases implements LeaseStore {
  /** A replica that runs goes by what it has seen of the lease, and its folder by the handover. */
  private static final String BEGIN_ANEW =
      "stop all replicas, write {} there, and start them with empty state folders";

  private final EtcdKeys keys;
  private final String folder;
  private final String key;
  private final Time time;

  /**
   * As it is written; what a newer build has written besides is passed over, and lost.
   *
   * @param renewed for people only
   * @param folder of the handover, or empty
   * @param token of the handover, or empty
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Text(
      String holder, long seconds, int transitions, String renewed, String folder, String token) {
    Text {
      holder = requireNonNullElse(holder, "");
      folder = requireNonNullElse(folder, "");
      token = requireNonNullElse(token, "");
    }

    LeaseRecord record(String version) {
      return new LeaseRecord(
          version,
          holder,
          Duration.ofSeconds(seconds),
          transitions,
          folder.isEmpty() || token.isEmpty()
              ? Optional.empty()
              : Optional.of(new Handover(folder, token)));
    }
  }

  /**
   * @param keys it is closed with this
   * @param folder what all keys of the shim begin with
   */
  EtcdLeases(EtcdKeys keys, String folder, Time time) {
    this.keys = keys;
    this.folder = folder;
    this.key = folder + "/lease";
    this.time = time;
  }

  @Override
  public Optional<LeaseRecord> read() {
    return keys.read(key)
        .map(entry ->
            StoredText.read(entry.text(), Text.class, EtcdKeys.words(key), BEGIN_ANEW)
                .record(entry.version()));
  }

  @Override
  public Optional<LeaseRecord> write(LeaseRecord lease) {
    Text text =
        new Text(
            lease.holder(),
            lease.duration().toSeconds(),
            lease.transitions(),
            time.now().toString(),
            lease.handover().map(Handover::folder).orElse(""),
            lease.handover().map(Handover::token).orElse(""));
    return keys.write(key, lease.version(), StoredText.of(text, EtcdKeys.words(key)))
        .map(entry -> text.record(entry.version()));
  }

  @Override
  public IntentStore intents() {
    return new EtcdIntents(keys, folder);
  }

  @Override
  public void close() {
    keys.close();
  }
}

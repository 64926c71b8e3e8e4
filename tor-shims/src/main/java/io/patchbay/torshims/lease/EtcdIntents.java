package io.patchbay.torshims.lease;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Map;
import java.util.Optional;

/**
 * Records as JSON under keys of an etcd beside the lease: {@code PREFIX/SHIM/intent}, and {@code
 * PREFIX/SHIM/intent/SWITCH} for each switch, whatever is in its name.
 */
final class EtcdIntents implements IntentStore {
  private final EtcdKeys keys;
  private final String folder;

  /** As it is written; what a newer build has written besides is passed over, and lost. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Text(String writer, Map<String, String> entries) {
    Text {
      writer = requireNonNullElse(writer, "");
      entries = requireNonNullElse(entries, Map.of());
    }
  }

  /**
   * @param keys stays the caller's to close
   * @param folder what all keys of the shim begin with
   */
  EtcdIntents(EtcdKeys keys, String folder) {
    this.keys = keys;
    this.folder = folder;
  }

  private String key(String place) {
    return folder + "/intent" + (place.isEmpty() ? "" : "/" + place);
  }

  @Override
  public Optional<IntentRecord> read(String place) {
    return keys.read(key(place)).map(entry -> record(place, entry));
  }

  private IntentRecord record(String place, EtcdKeys.Entry entry) {
    String words = EtcdKeys.words(key(place));
    Text text = StoredText.read(entry.text(), Text.class, words, StoredText.RESTORE_OR_REMOVE);
    return new IntentRecord(place, entry.version(), text.writer(), text.entries());
  }

  @Override
  public Optional<IntentRecord> write(IntentRecord intents) {
    String key = key(intents.place());
    Text text = new Text(intents.writer(), intents.sorted());
    return keys.write(key, intents.version(), StoredText.of(text, EtcdKeys.words(key)))
        .map(entry -> intents.at(entry.version()));
  }
}

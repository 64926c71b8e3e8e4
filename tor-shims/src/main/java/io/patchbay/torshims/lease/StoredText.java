package io.patchbay.torshims.lease;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What is kept in common as text: JSON, which people can read, and not too much of it. */
final class StoredText {
  /**
   * The API server takes 1 MiB as a ConfigMap's data, with the key; etcd takes 1.5 MiB as a request
   * if nobody has told it otherwise.
   */
  static final int BYTES_MOST = (1 << 20) - 1024;

  /** What to do about a record without which the writer does, as after the loss of its disk. */
  static final String RESTORE_OR_REMOVE = "restore it, or remove it";

  private StoredText() {}

  /**
   * As it is written. Throws {@link Failure} of kind EXHAUSTED for what is too large.
   *
   * @param place what it is written to, for people
   */
  static String of(Object value, String place) {
    String text = Json.write(value);
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > BYTES_MOST) {
      throw new Failure(
          Failure.Kind.EXHAUSTED,
          "%s would have %d bytes, and %d is the most: what is kept there does not fit"
              .formatted(place, bytes, BYTES_MOST));
    }
    return text;
  }

  /**
   * What was written. Throws {@link Failure} of kind INTERNAL where it is something else.
   *
   * @param place where it was read, for people
   * @param advice what they are to do where it is damaged
   */
  static <T> T read(String text, Class<T> type, String place, String advice) {
    try {
      return Optional.ofNullable(Json.read(text, type))
          .orElseThrow(() -> new Failure(Failure.Kind.INTERNAL, "it says null"));
    } catch (Failure e) {
      throw new Failure(Failure.Kind.INTERNAL, place + " is damaged; " + advice, e);
    }
  }
}

package io.patchbay.torshims.lease;

import java.util.Map;
import java.util.TreeMap;

/**
 * A part of what writers keep in common, as it is written at once. Immutable.
 *
 * @param place the switch it is about; empty for what is about none
 * @param version another one after each change; empty for one that nobody has written yet
 * @param writer who may write it, until another takes it over; unlike any writer before or after
 */
record IntentRecord(String place, String version, String writer, Map<String, String> entries) {
  IntentRecord {
    entries = Map.copyOf(entries);
  }

  /** That writer's from now on. */
  IntentRecord takenBy(String next) {
    return new IntentRecord(place, version, next, entries);
  }

  /** The same by another version. */
  IntentRecord at(String found) {
    return new IntentRecord(place, found, writer, entries);
  }

  /** With other keys and texts. */
  IntentRecord with(Map<String, String> next) {
    return new IntentRecord(place, version, writer, next);
  }

  /** In an order that changes as little as what is in it. */
  Map<String, String> sorted() {
    return new TreeMap<>(entries);
  }
}

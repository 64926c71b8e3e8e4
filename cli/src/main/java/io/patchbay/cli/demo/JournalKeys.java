package io.patchbay.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a daemon would still know after {@code kill -9}, read from its {@link
 * io.patchbay.base.Journal} while it has that open. The keys alone: what is written under them
 * holds grants.
 */
final class JournalKeys {
  private JournalKeys() {}

  /** The keys that count now. Throws {@link Failure} of kind UNAVAILABLE when it cannot be read. */
  static SortedSet<String> of(Path journal) {
    SortedSet<String> keys = new TreeSet<>();
    String text = read(journal);
    text.substring(0, text.lastIndexOf('\n') + 1) // what follows is being written
        .lines()
        .filter(line -> line.contains("{")) // not the one that names the boot
        .map(line -> Json.read(line.substring(line.indexOf('{')), JsonNode.class))
        .forEach(line -> {
          String key = line.get("k").asText();
          var unused = line.hasNonNull("v") ? keys.add(key) : keys.remove(key);
        });
    return keys;
  }

  private static String read(Path journal) {
    try {
      return Files.readString(journal);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read " + journal + ": " + Failure.text(e), e);
    }
  }
}

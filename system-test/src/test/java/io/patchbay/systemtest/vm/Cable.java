package io.patchbay.systemtest.vm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The cable of the emulated NIC. Only the machine's owner can pull it out: the guest writes down
 * what it wants, in a file that both see.
 */
final class Cable {
  private static final String FILE = "cable";
  private static final String IN = "on";
  private static final String OUT = "off";

  private Cable() {}

  /** In the guest: wants the cable in, or out. */
  static void plug(boolean in) {
    try {
      Files.writeString(Path.of("/results", FILE), in ? IN : OUT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** At the owner: what the guest wants, once it wants anything. */
  static Optional<String> wanted(Path results) {
    Path file = results.resolve(FILE);
    try {
      return Files.exists(file)
          ? Optional.of(Files.readString(file, UTF_8))
              .filter(word -> word.equals(IN) || word.equals(OUT))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

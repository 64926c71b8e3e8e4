package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last config file that was good, kept with the state: a manager that is started while the file
 * is broken goes on by it, rather than leave the node without a manager.
 */
record KeptConfig(Path copy) {
  private static final Logger log = LoggerFactory.getLogger(KeptConfig.class);

  /** What it says; empty when nothing was kept, or it cannot be read. */
  Optional<ConfigFile> read() {
    try {
      return Optional.of(ConfigFile.read(copy));
    } catch (Failure e) {
      log.debug("no config was kept: {}", Failure.text(e));
      return Optional.empty();
    }
  }

  /**
   * Keeps this file, whole or not at all. That it cannot be kept is told and no more: only a later
   * start with a broken file would miss it.
   *
   * @param accepted what was read from it
   */
  void keep(Path file, ConfigFile accepted) {
    if (read().equals(Optional.of(accepted))) {
      return;
    }
    try {
      Path next = copy.resolveSibling(copy.getFileName() + ".next");
      Files.createDirectories(next.toAbsolutePath().getParent());
      Files.write(next, Files.readAllBytes(file));
      try (FileChannel written = FileChannel.open(next, StandardOpenOption.WRITE)) {
        written.force(true); // or a crash of the machine leaves the new name of an empty file
      }
      if (Json.readFile(next, ConfigFile.class).equals(accepted)) { // else it was changed meanwhile
        Files.move(next, copy, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException | Failure e) {
      log.warn("{} is not kept for a start without it: {}", file, Failure.text(e));
    }
  }
}

package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a benchmark keeps its files. */
final class Folders {
  private Folders() {}

  /** A new folder in another one. */
  static Path below(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }
}

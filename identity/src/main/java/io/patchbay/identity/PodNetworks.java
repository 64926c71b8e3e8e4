package io.patchbay.identity;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which network namespace is which pod's, as whoever makes the pods of the node writes it down: a
 * file {@code NAMESPACE_POD} that holds {@code net:[INODE]}, in a folder that only root can write.
 * A pod can neither leave its namespace nor choose it, unlike its environment.
 */
record PodNetworks(Path folder) {
  /** The pod whose namespace this is; {@code network} as the links in /proc say it. */
  Optional<Caller.Pod> owner(String network) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> network.equals(text(file)))
          .map(file -> file.getFileName().toString())
          .filter(name -> name.indexOf('_') > 0)
          .map(PodNetworks::pod)
          .findFirst();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read " + folder + ": " + Failure.text(e), e);
    }
  }

  private static Caller.Pod pod(String name) {
    int underscore = name.indexOf('_');
    return new Caller.Pod(name.substring(0, underscore), name.substring(underscore + 1));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return ""; // its pod has just gone
    }
  }
}

package io.patchbay.sockets;

import io.patchbay.base.Await;
import io.patchbay.sockets.sys.Descriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Files of one folder with a descriptor each, and how many descriptors this process has on files of
 * that folder in all: so that a leak shows, whatever else the process opens.
 */
final class OpenFiles implements AutoCloseable {
  private final Path folder;
  private final List<Integer> descriptors = new ArrayList<>();

  OpenFiles(Path folder, int count) throws IOException {
    this.folder = folder.toRealPath();
    for (int i = 0; i < count; i++) {
      Path file = Files.writeString(folder.resolve("file-" + i), "content " + i);
      descriptors.add(Descriptor.openPath(file.toString()));
    }
  }

  List<Integer> descriptors() {
    return descriptors;
  }

  int descriptor(int number) {
    return descriptors.get(number);
  }

  Descriptor.Identity identity(int number) {
    return Descriptor.identify(descriptors.get(number));
  }

  List<Descriptor.Identity> identities() {
    return IntStream.range(0, descriptors.size()).mapToObj(this::identity).toList();
  }

  /** How many descriptors there are on this folder's files beyond our own. */
  long extra() {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(this::isOurs).count() - descriptors.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitNoExtra() {
    Await.until("all descriptors closed", Duration.ofSeconds(10), () -> extra() == 0);
  }

  private boolean isOurs(Path link) {
    try {
      return Files.readSymbolicLink(link).startsWith(folder);
    } catch (IOException e) {
      return false; // closed since it was listed
    }
  }

  /** What the file behind a descriptor says; closes the descriptor. */
  static String readAndClose(int descriptor) {
    try {
      return Files.readString(Path.of("/proc/self/fd/" + descriptor));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Descriptor.close(descriptor);
    }
  }

  @Override
  public void close() {
    descriptors.forEach(Descriptor::close);
    descriptors.clear();
  }
}

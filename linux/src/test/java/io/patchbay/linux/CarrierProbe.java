package io.patchbay.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * Run in a JVM of its own, whose carriers are not there yet: many virtual threads visit namespaces
 * and are woken by the visitors. Ends with status 0 if every thread is where the first one is.
 */
final class CarrierProbe {
  private static final int VISITS = 200;

  private CarrierProbe() {}

  public static void main(String[] arguments) throws IOException {
    Path own = namespace(Path.of("/proc/self")).orElseThrow();
    try (NetworkNamespace other = NetworkNamespace.create();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < VISITS; i++) {
        executor.submit(() -> other.call(() -> "visited"));
      }
    }
    try (var threads = Files.list(Path.of("/proc/self/task"))) {
      List<Path> abroad =
          threads
              .filter(thread -> namespace(thread).filter(there -> !there.equals(own)).isPresent())
              .toList();
      abroad.forEach(thread -> System.err.println(name(thread) + " is abroad"));
      System.exit(abroad.isEmpty() ? 0 : 1);
    }
  }

  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException e) {
      return thread.toString();
    }
  }

  /** Empty for a thread that ends while we look, as visitors do. */
  private static Optional<Path> namespace(Path thread) {
    try {
      return Optional.of(Files.readSymbolicLink(thread.resolve("ns/net")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

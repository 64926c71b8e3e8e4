package io.patchbay.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/**
 * Run in a JVM of its own, whose carriers are not there yet: many virtual threads visit namespaces
 * and are woken by the visitors. Ends with status 0 if every thread is where the first one is.
 */
final class CarrierProbe {
  private static final int VISITS = 200;

  private CarrierProbe() {}

  public static void main(String[] arguments) throws IOException {
    Path own = namespace(Path.of("/proc/self"));
    try (NetworkNamespace other = NetworkNamespace.create();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < VISITS; i++) {
        executor.submit(() -> other.call(() -> "visited"));
      }
    }
    try (var threads = Files.list(Path.of("/proc/self/task"))) {
      boolean atHome = threads.allMatch(thread -> own.equals(namespace(thread)));
      System.exit(atHome ? 0 : 1);
    }
  }

  private static Path namespace(Path thread) {
    try {
      return Files.readSymbolicLink(thread.resolve("ns/net"));
    } catch (IOException e) {
      return Path.of("ended");
    }
  }
}

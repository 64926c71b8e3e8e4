package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What one process takes of its machine.
 *
 * @param heap bytes of its heap in use right after a collection
 * @param resident bytes
 * @param threads of the kernel
 * @param descriptors that are open
 * @param connections to the TCP ports that were asked for
 */
record Footprint(long heap, long resident, long threads, long descriptors, long connections) {
  /** The state of a connection in proc_pid_net_tcp(5). */
  private static final String ESTABLISHED = "01";

  /**
   * Of a process in this network namespace, and of no other that connects to these ports.
   *
   * @param heap what it says of itself
   */
  static Footprint of(long pid, long heap, Set<Integer> ports) {
    Path process = Path.of("/proc/" + pid);
    return new Footprint(
        heap,
        Resident.bytes(pid),
        entries(process.resolve("task")),
        entries(process.resolve("fd")),
        connections(process, ports));
  }

  private static long entries(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** A line is its number, the local and the remote address as HEX:PORT, the state, and more. */
  private static long connections(Path process, Set<Integer> ports) {
    return Stream.of("net/tcp", "net/tcp6")
        .flatMap(table -> lines(process.resolve(table)).stream().skip(1))
        .map(line -> line.strip().split("\\s+"))
        .filter(line -> line[3].equals(ESTABLISHED))
        .filter(line ->
            ports.contains(Integer.parseInt(line[2].substring(line[2].indexOf(':') + 1), 16)))
        .count();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static Failure unreadable(Path file, IOException e) {
    return new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
  }
}

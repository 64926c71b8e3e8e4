package io.patchbay.identity;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks at the processes that ask. The number of one that has ended may be another's a moment
 * later, so all that is read counts only if the process that has the number at the end started when
 * the one that had it at the beginning did.
 */
class Callers {
  /** In {@code /proc/PID/stat}, counted behind the name in brackets (proc(5), field 22). */
  private static final int START_TIME = 19;

  private final Path proc;
  private final PodNetworks pods;

  /**
   * @param proc where the kernel tells of processes: {@code /proc}
   */
  Callers(Path proc, PodNetworks pods) {
    this.proc = proc;
    this.pods = pods;
  }

  /**
   * What a process is. Throws Failure DENIED when it has gone, or is not the one that asked any
   * more.
   */
  Caller look(long pid) {
    try {
      String started = started(pid);
      Caller caller = read(pid);
      if (!started.equals(started(pid))) {
        throw new Failure(
            Failure.Kind.DENIED, "process " + pid + " has become another one while it asked");
      }
      return caller;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.DENIED, "process " + pid + " cannot be looked at: " + Failure.text(e), e);
    }
  }

  private String started(long pid) throws IOException {
    String stat = stat(of(pid));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return fields[START_TIME];
  }

  /** What the kernel says in one line. */
  String stat(Path process) throws IOException {
    return Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
  }

  private Caller read(long pid) throws IOException {
    Path process = of(pid);
    String network = network(process);
    Optional<Caller.Pod> pod = pods.owner(network);
    Rule.Network whose =
        pod.isPresent()
            ? Rule.Network.pod
            : network.equals(network(proc.resolve("self")))
                ? Rule.Network.host
                : Rule.Network.other;
    return new Caller(
        pid,
        uid(process),
        Files.readSymbolicLink(process.resolve("exe")).toString(),
        arguments(process),
        whose,
        pod);
  }

  private Path of(long pid) {
    return proc.resolve(Long.toString(pid));
  }

  private static String network(Path process) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns/net")).toString();
  }

  /** The effective one. */
  private static long uid(Path process) throws IOException {
    for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1)) {
      if (line.startsWith("Uid:")) {
        return Long.parseLong(line.split("\\s+", -1)[2]);
      }
    }
    throw new IOException(process + "/status names no uid");
  }

  private static List<String> arguments(Path process) throws IOException {
    String words = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    return Arrays.stream(words.split("\0")).toList();
  }
}

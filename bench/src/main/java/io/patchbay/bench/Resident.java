package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory a process has resident: {@code VmRSS} of proc_pid_status(5). */
final class Resident {
  private static final String LINE = "VmRSS:";

  private Resident() {}

  /** In bytes; a process and those that it started, for the launcher may stand before the JVM. */
  static long bytes(long pid) {
    return own(pid)
        + ProcessHandle.of(pid).stream()
            .flatMap(ProcessHandle::descendants)
            .mapToLong(child -> own(child.pid()))
            .sum();
  }

  private static long own(long pid) {
    Path status = Path.of("/proc/" + pid + "/status");
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith(LINE))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, status + ": " + Failure.text(e), e);
    }
  }
}

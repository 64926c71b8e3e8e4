package io.patchbay.systemtest.vm;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What runs in the virtual machine: every check in turn, one line of the results file for each. The
 * first that fails ends it, since the later ones build on it.
 */
final class Guest {
  private Guest() {}

  public static void main(String[] arguments) throws IOException {
    Path results = Path.of(arguments[0]);
    try (Subjects subjects = new Subjects()) {
      for (Check check : Check.values()) {
        long start = Time.system().nanos();
        String outcome = outcome(check, subjects);
        Duration taken = Duration.ofNanos(Time.system().nanos() - start);
        String line = check + "\t" + taken.toMillis() + "\t" + outcome.replaceAll("\\s+", " ");
        System.out.println("check " + line);
        Files.writeString(results, line + "\n", CREATE, APPEND);
        if (!outcome.isEmpty()) {
          printStuckThreads();
          break;
        }
      }
    } finally {
      // A thread that the kernel never lets go would keep this process, and the machine, for ever.
      Files.writeString(Path.of("/proc/sysrq-trigger"), "b");
    }
  }

  /** What the checks are made on. */
  record Subjects(NicChecks nic, SettingsChecks settings, ManagerChecks manager)
      implements AutoCloseable {
    Subjects() {
      this(new NicChecks(), new SettingsChecks(), new ManagerChecks());
    }

    @Override
    public void close() {
      manager.close();
      settings.close();
      nic.close();
    }
  }

  private static void printStuckThreads() throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("status")).contains("State:\tD")) {
          System.out.println("stuck in the kernel:\n" + Files.readString(thread.resolve("stack")));
        }
      }
    }
  }

  /** Why it failed; empty if it did not. */
  private static String outcome(Check check, Subjects subjects) {
    try {
      check.run(subjects);
      return "";
    } catch (RuntimeException | AssertionError e) {
      e.printStackTrace();
      return "failed: " + Failure.text(e);
    }
  }
}

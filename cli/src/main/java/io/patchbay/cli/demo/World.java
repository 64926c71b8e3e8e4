package io.patchbay.cli.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.cli.LogSetup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A world of its own for the demonstration: this command again, as the first process of fresh
 * network, mount and process namespaces. When that process ends, however it ends, the kernel takes
 * with it every process, interface, namespace and mount made inside; the working folder is removed
 * from here. Safe for the two threads that use it: the one that runs it, and the one that ends it
 * on Ctrl-C.
 */
public final class World implements AutoCloseable {
  /** Set inside the world, to its working folder. */
  public static final String FOLDER = "PATCHBAY_WORLD";

  /** The launcher's note of what a daemon loads at its start, if there is one. */
  private static final String CACHE = "patchbay.cache";

  private static final List<String> UNSHARE =
      List.of(
          "unshare",
          "--net",
          "--mount",
          "--pid",
          "--fork",
          "--kill-child",
          "--mount-proc",
          "--propagation",
          "private");

  /** In characters: paths of unix sockets have at most 107 (unix(7)), and ours take up to 90. */
  private static final int LONGEST = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** Of this process: real, effective, saved and file system user (proc_pid_status(5)). */
  private static final Pattern USERS = Pattern.compile("Uid:\\s+\\d+\\s+(\\d+)\\s.*");

  @GuardedBy("this")
  private final Stack opened = new Stack();

  @GuardedBy("this")
  private boolean closed;

  private World() {}

  /** Throws {@link Failure} of kind INVALID unless this process may make a world. */
  public static void requireRoot() {
    if (effectiveUser() != 0) {
      throw new Failure(
          Failure.Kind.INVALID,
          "needs root, to make namespaces and interfaces of its own; use sudo");
    }
  }

  /** What counts is what the kernel will look at, not what the user is called. */
  private static int effectiveUser() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .map(USERS::matcher)
          .filter(Matcher::matches)
          .map(users -> Integer.parseInt(users.group(1)))
          .findFirst()
          .orElseThrow();
    } catch (IOException | UncheckedIOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no /proc: " + e.getMessage(), e);
    }
  }

  /**
   * Runs a {@code patchbay} command inside a fresh world; gives back its exit status once nothing
   * is left of the world. That goes also when this process is told to, by Ctrl-C or SIGTERM. Throws
   * {@link Failure} when something cannot be removed.
   */
  public static int run(List<String> arguments) {
    return run(List.of(), arguments);
  }

  /**
   * The same for a command that needs another virtual machine than the daemons have.
   *
   * @param options of {@code java}; they count more than the usual ones
   */
  public static int run(List<String> options, List<String> arguments) {
    World world = new World();
    Runtime.getRuntime().addShutdownHook(new Thread(world::close));
    try (world) {
      return world.start(options, arguments).waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }

  private synchronized Process start(List<String> options, List<String> arguments) {
    if (closed) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "told to end before anything began");
    }
    Path folder = create();
    opened.push(() -> remove(folder));
    Process process = start(folder, options, arguments);
    opened.push(() -> end(process));
    return process;
  }

  /** Ends what runs inside; returns when nothing is left. */
  @Override
  public synchronized void close() {
    closed = true;
    opened.close();
  }

  /** This program's own command line: {@code java}, its options, its class path, its main class. */
  public static List<String> self() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Stream<String> cache =
        Optional.ofNullable(System.getProperty(CACHE)).stream()
            .flatMap(file ->
                Stream.of(
                    "-Xlog:aot*=off",
                    "-Xlog:cds*=off",
                    "-XX:AOTCache=" + file,
                    "-D" + CACHE + "=" + file));
    return Stream.of(
            Stream.of(
                System.getProperty("patchbay.java", java),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xss512k",
                "-Xmx192m",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dpatchbay.home=" + System.getProperty("patchbay.home", ".")),
            cache,
            Stream.of("-cp", System.getProperty("java.class.path"), "io.patchbay.cli.Patchbay"))
        .flatMap(part -> part)
        .toList();
  }

  private static Path create() {
    Path folders = Path.of(System.getProperty("java.io.tmpdir"));
    if (folders.toString().length() > LONGEST) {
      throw new Failure(
          Failure.Kind.INVALID,
          "java.io.tmpdir "
              + folders
              + " is too long for the sockets in it; name a folder of at most "
              + LONGEST
              + " characters");
    }
    for (int attempt = 0; attempt < 100; attempt++) {
      String name = "pb-" + Integer.toString(new SecureRandom().nextInt(36 * 36 * 36 * 36), 36);
      try {
        return Files.createDirectory(folders.resolve(name));
      } catch (FileAlreadyExistsException e) {
        continue; // another world has it
      } catch (IOException e) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "no working folder: " + e.getMessage(), e);
      }
    }
    throw new Failure(Failure.Kind.EXHAUSTED, folders + " is full of pb-* folders; remove them");
  }

  private static Process start(Path folder, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>(UNSHARE);
    List<String> java = self();
    command.add(java.getFirst());
    command.add("-D" + LogSetup.LEVEL_PROPERTY + "=WARN");
    command.addAll(java.subList(1, java.size() - 1));
    command.addAll(options);
    command.add(java.getLast());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put(FOLDER, folder.toString());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot run unshare, of Debian's package util-linux: " + e.getMessage(),
          e);
    }
  }

  /**
   * Ends the world's first process, whose parent {@code unshare} ends after all of it. It is asked
   * again and again: as long as it cannot listen yet, the kernel keeps signals from it.
   */
  private static void end(Process unshare) {
    if (!ends(unshare, ProcessHandle::destroy) && !ends(unshare, ProcessHandle::destroyForcibly)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "process " + unshare.pid() + " survives kill -9 of its child");
    }
  }

  private static boolean ends(Process unshare, Consumer<ProcessHandle> signal) {
    return Await.comesTrue(
        PATIENCE,
        () -> {
          unshare.children().forEach(signal);
          return !unshare.isAlive();
        });
  }

  /** Removes a folder and all in it. Throws {@link Failure} of kind UNAVAILABLE when it cannot. */
  public static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot remove " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Whether this process is already inside. */
  public static boolean isInside(Map<String, String> environment) {
    return environment.containsKey(FOLDER);
  }
}

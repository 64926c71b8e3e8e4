package io.patchbay.systemtest.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A virtual machine with an emulated Intel 82576 (igb), whose first program runs a class of ours:
 * QEMU without hardware support, as whoever runs the test. The guest sees our JDK and our classes
 * and writes into one folder; the network it is on leads nowhere.
 *
 * @param cache what {@code prepare} fetched
 * @param work an empty folder for the files of this run
 * @param end when all of it must be over, by the clock of {@link Time#nanos}
 */
record VirtualMachine(Path cache, Path work, long end) {
  private static final String LIBRARIES = "usr/lib/x86_64-linux-gnu";
  private static final int CONSOLE_TAIL = 60;

  /** Five to twenty seconds have been seen. */
  private static final Duration BOOT = Duration.ofSeconds(75);

  /** How every JVM of the guest runs; one that only rehearses, here, must run alike. */
  private static final List<String> JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xmx512m",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /** What a JVM loads at its start, noted here, where that is a matter of seconds (JEP 514). */
  private static final String NOTED = "noted.aot";

  /**
   * The second line is for the processes that it starts, too. Put where it was noted for, the note
   * is just mapped; elsewhere, as is usual, all its pointers are rewritten first, for 13 s.
   */
  private static final String RUN =
      """
      cd /classes
      export JDK_JAVA_OPTIONS='-XX:+UnlockDiagnosticVMOptions \
      -XX:ArchiveRelocationMode=0 -XX:AOTCache=%s'
      exec /jdk/bin/java %s -cp '%s' %s /results/checks
      """;

  /** What killing takes, when the time is up. */
  private static final Duration DEATH = Duration.ofSeconds(5);

  private static final Time TIME = Time.system();

  /**
   * One with a cleared folder for its files, which stay there to be read.
   *
   * @param limit for all that is done with it together
   */
  static VirtualMachine in(Path cache, Path work, Duration limit) {
    long end = TIME.nanos() + limit.toNanos();
    Path folder = work.toAbsolutePath();
    try {
      if (Files.exists(folder)) {
        try (Stream<Path> old = Files.walk(folder)) {
          for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      return new VirtualMachine(cache, Files.createDirectories(folder), end);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fetches and unpacks what is not in the cache yet. */
  void prepare(Path script) {
    run(List.of(script.toString(), cache.toString()), work, work.resolve("prepare.log"));
  }

  private void run(List<String> command, Path folder, Path log) {
    Process process = start(command, folder, log);
    try {
      finish(process, command, log);
    } finally {
      process.destroy();
    }
  }

  /** Runs the class with our class path, to the end; returns the lines it wrote as results. */
  List<String> run(Class<?> main) {
    try {
      Path classes = Files.createDirectories(work.resolve("classes"));
      Path results = Files.createDirectories(work.resolve("results"));
      String path = String.join(":", share(classes));
      rehearse(classes, path);
      String options = String.join(" ", JVM);
      Files.writeString(
          classes.resolve("run"), RUN.formatted(NOTED, options, path, main.getName()));
      runMachine(command(classes, results), results);
      Path checks = results.resolve("checks");
      return Files.exists(checks) ? Files.readAllLines(checks) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of what the guest printed. */
  String consoleTail() {
    return tail(console());
  }

  private Path console() {
    return work.resolve("console.log");
  }

  /** Copies our class path to where the guest sees it; returns the names it has there. */
  private static List<String> share(Path classes) throws IOException {
    List<String> names = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path from = Path.of(entry);
      if (!entry.isEmpty() && Files.isDirectory(from)) {
        names.add(names.size() + ".jar");
        pack(from, classes.resolve(names.getLast()));
      } else if (Files.isRegularFile(from)) {
        names.add(names.size() + "-" + from.getFileName());
        Files.copy(from, classes.resolve(names.getLast()));
      }
    }
    return names;
  }

  /** What is noted of classes holds for those in archives only. */
  private static void pack(Path folder, Path archive) throws IOException {
    try (var out = new ZipOutputStream(Files.newOutputStream(archive));
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        out.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
  }

  /** Without what this notes all goes as well, but takes twice as long. */
  private void rehearse(Path classes, String path) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add("-XX:AOTCacheOutput=" + NOTED);
    command.addAll(List.of("-cp", path, Rehearsal.class.getName()));
    run(command, classes, work.resolve("rehearsal.log"));
  }

  private List<String> command(Path classes, Path results) {
    Path root = cache.resolve("root");
    List<String> command = new ArrayList<>();
    command.add(root.resolve("usr/lib64/ld-linux-x86-64.so.2").toString());
    command.addAll(List.of("--library-path", root.resolve(LIBRARIES).toString()));
    command.add(root.resolve("usr/bin/qemu-system-x86_64").toString());
    for (String firmware : List.of("share/qemu", "share/seabios", "lib/ipxe/qemu")) {
      command.addAll(List.of("-L", root.resolve("usr").resolve(firmware).toString()));
    }
    String arguments =
        """
        -nodefaults -no-user-config -no-reboot -display none -monitor stdio
        -machine q35,kernel-irqchip=split -accel tcg,tb-size=512
        -cpu max,la57=off -smp 2 -m 1536
        -device intel-iommu,intremap=on,caching-mode=on,device-iotlb=on
        -device pcie-root-port,id=root1,slot=1,chassis=1
        -netdev user,id=wire,restrict=on
        -device igb,bus=root1,netdev=wire,mac=02:00:5e:00:00:01\
        """;
    command.addAll(List.of(arguments.split("\\s+")));
    command.addAll(List.of("-serial", "file:" + console()));
    String capture = "filter-dump,id=capture,netdev=wire,file=" + work.resolve("wire.pcap");
    command.addAll(List.of("-object", capture));
    share(command, "jdk", Path.of(System.getProperty("java.home")), ",readonly=on");
    share(command, "classes", classes, ",readonly=on");
    share(command, "results", results, "");
    command.addAll(List.of("-kernel", cache.resolve("vmlinuz").toString()));
    command.addAll(List.of("-initrd", cache.resolve("initramfs.gz").toString()));
    command.addAll(
        List.of("-append", "console=ttyS0 intel_iommu=on panic=-1 loglevel=4 rdinit=/init"));
    return command;
  }

  private static void share(List<String> command, String tag, Path folder, String more) {
    String value = "local,path=" + folder + ",mount_tag=" + tag + ",security_model=none" + more;
    command.addAll(List.of("-virtfs", value));
  }

  /**
   * Runs the machine to its end. An emulated processor that was not let run for long may lose its
   * timer for ever; a machine that does not come up for that reason is started anew.
   */
  private void runMachine(List<String> command, Path results) {
    Path monitor = work.resolve("monitor.log");
    Process machine = start(command, work, monitor);
    try {
      if (!Await.comesTrue(BOOT, () -> isUp() || !machine.isAlive())) {
        machine.destroy();
        machine.onExit().join();
        runMachine(command, results);
        return;
      }
      serve(machine, results);
      finish(machine, command, monitor);
    } finally {
      machine.destroy();
    }
  }

  /** Does what the guest cannot do itself, as long as it lives. */
  private void serve(Process machine, Path results) {
    AtomicReference<String> cable = new AtomicReference<>("");
    boolean ended =
        Await.comesTrue(
            left().plus(DEATH).plus(DEATH),
            () -> {
              Cable.wanted(results)
                  .filter(wanted -> !wanted.equals(cable.getAndSet(wanted)))
                  .ifPresent(wanted -> tell(machine, "set_link wire " + wanted));
              return !machine.isAlive();
            });
    assertTrue(ended, "the machine survives its end");
  }

  /** Types a line into QEMU's monitor. */
  private static void tell(Process machine, String line) {
    try {
      machine.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      machine.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isUp() {
    return read(console()).contains("userland after ");
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, end - TIME.nanos()));
  }

  /**
   * The bound is not ours but that of {@code timeout}, which keeps it for all that the program
   * starts, and also when we are killed.
   */
  private Process start(List<String> command, Path folder, Path log) {
    long seconds = left().minus(DEATH).toSeconds();
    assertTrue(seconds > 0, "no time is left for " + command.getFirst());
    String kill = "--kill-after=" + DEATH.toSeconds();
    List<String> bounded = new ArrayList<>(List.of("timeout", kill, seconds + "s"));
    bounded.addAll(command);
    try {
      return new ProcessBuilder(bounded)
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void finish(Process process, List<String> command, Path log) {
    try {
      int status = process.waitFor();
      assertEquals(0, status, () -> command + " (124: out of time):\n" + tail(log));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + command.getFirst() + " runs", e);
    }
  }

  private static String tail(Path file) {
    List<String> lines = read(file).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - CONSOLE_TAIL), lines.size()));
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "nothing to read in " + file;
    }
  }
}

package io.patchbay.linux.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A virtual machine with an emulated Intel 82576 (igb), whose first program runs a class of ours:
 * QEMU without hardware support, as whoever runs the test. The guest sees our JDK and our classes
 * and writes into one folder; the network it is on leads nowhere.
 *
 * @param cache what {@code prepare} fetched
 * @param work an empty folder for the files of this run
 */
record VirtualMachine(Path cache, Path work) {
  private static final String LIBRARIES = "usr/lib/x86_64-linux-gnu";
  private static final int CONSOLE_TAIL = 60;

  /** Five to twenty seconds have been seen. */
  private static final Duration BOOT = Duration.ofSeconds(75);

  private static final String RUN =
      """
      exec /jdk/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m \
      --enable-native-access=ALL-UNNAMED -cp '%s' %s /results/checks
      """;

  /** One with a cleared folder for its files, which stay there to be read. */
  static VirtualMachine in(Path cache, Path work) {
    Path folder = work.toAbsolutePath();
    try {
      if (Files.exists(folder)) {
        try (Stream<Path> old = Files.walk(folder)) {
          for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      return new VirtualMachine(cache, Files.createDirectories(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fetches and unpacks what is not in the cache yet. */
  void prepare(Path script, long minutes) {
    run(List.of(script.toString(), cache.toString()), work.resolve("prepare.log"), minutes);
  }

  /** Runs the class with our class path, to the end; returns the lines it wrote as results. */
  List<String> run(Class<?> main, long minutes) {
    try {
      Path classes = Files.createDirectories(work.resolve("classes"));
      Path results = Files.createDirectories(work.resolve("results"));
      String path = String.join(":", share(classes));
      Files.writeString(classes.resolve("run"), RUN.formatted(path, main.getName()));
      runMachine(command(classes, results), minutes);
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
      if (!entry.isEmpty() && Files.exists(from)) {
        String name = names.size() + "-" + from.getFileName();
        copy(from, classes.resolve(name));
        names.add("/classes/" + name);
      }
    }
    return names;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
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
        -nodefaults -no-user-config -no-reboot -display none -serial stdio
        -machine q35,kernel-irqchip=split -accel tcg,tb-size=512
        -cpu max,la57=off -smp 1 -m 1536
        -device intel-iommu,intremap=on,caching-mode=on,device-iotlb=on
        -device pcie-root-port,id=root1,slot=1,chassis=1
        -netdev user,id=wire,restrict=on
        -device igb,bus=root1,netdev=wire,mac=02:00:5e:00:00:01\
        """;
    command.addAll(List.of(arguments.split("\\s+")));
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

  /** Runs a program to its end. */
  private static void run(List<String> command, Path log, long minutes) {
    Process process = start(command, log, minutes);
    try {
      finish(process, command, log);
    } finally {
      process.destroy();
    }
  }

  /**
   * Runs the machine to its end. An emulated processor that was not let run for long may lose its
   * timer for ever; a machine that does not come up for that reason is started once more.
   */
  private void runMachine(List<String> command, long minutes) {
    Process machine = start(command, console(), minutes);
    try {
      if (!Await.comesTrue(BOOT, () -> isUp() || !machine.isAlive())) {
        machine.destroy();
        machine.onExit().join();
        run(command, console(), minutes);
        return;
      }
      finish(machine, command, console());
    } finally {
      machine.destroy();
    }
  }

  private boolean isUp() {
    return read(console()).contains("userland after ");
  }

  /**
   * The bound is not ours but that of {@code timeout}, which keeps it for all that the program
   * starts, and also when we are killed.
   */
  private static Process start(List<String> command, Path log, long minutes) {
    List<String> bounded = new ArrayList<>(List.of("timeout", "--kill-after=5", minutes + "m"));
    bounded.addAll(command);
    try {
      return new ProcessBuilder(bounded)
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

package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.node.Host;
import io.patchbay.hwsim.node.HostDescription;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.linux.Link;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What pods could leave behind: interfaces, namespaces, mounts, processes, files, and what daemons
 * have written down of VFs and connections. Each is a line of text, so that a later picture less an
 * earlier one is what was left.
 */
final class Traces {
  /** Journals whose every entry is of a VF or a connection that somebody has. */
  private static final Set<String> JOURNALS = Set.of("ledger", "sessions");

  /** What daemons keep of the past on purpose: the shim's account of its changes. */
  private static final Set<String> HISTORY = Set.of("history", "history.1");

  private Traces() {}

  static Set<String> of(Rack rack) {
    Set<String> lines = new TreeSet<>();
    rack.description().hosts().forEach(host -> add(rack.host(host.name()), host, lines));
    rack.description()
        .nodes()
        .forEach(node -> add(rack.cluster().node(node.name()).host(), node.host(), lines));
    processes(lines);
    mounts("here", Path.of("/proc/self/mounts"), lines);
    return lines;
  }

  private static void add(Host host, HostDescription description, Set<String> lines) {
    for (Link link : host.network().links().list()) {
      lines.add("interface " + host.name() + " " + link.name());
    }
    files(host.name(), host.meshFolder(), lines);
    files(host.name(), host.ownFolder(), lines);
    files(host.name(), host.kubeletFolder(), lines);
    description.daemons().stream()
        .flatMap(daemon -> host.daemon(daemon.name()).pid().stream())
        .findFirst() // all of them see the same
        .map(pid -> Path.of("/proc", pid.toString(), "mounts"))
        .ifPresent(table -> mounts(host.name(), table, lines));
  }

  /** All below a folder, in which things come and go. */
  static void files(String host, Path folder, Set<String> lines) {
    try {
      var unused =
          Files.walkFileTree(
              folder,
              new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path file, BasicFileAttributes unused) {
                  lines.add("file " + host + " " + folder.relativize(file) + "/");
                  return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes unused) {
                  if (HISTORY.contains(file.getFileName().toString())) {
                    return FileVisitResult.CONTINUE;
                  }
                  lines.add("file " + host + " " + folder.relativize(file));
                  if (JOURNALS.contains(file.getFileName().toString())) {
                    JournalKeys.of(file)
                        .forEach(key ->
                            lines.add("entry " + host + " " + folder.relativize(file) + " " + key));
                  }
                  return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e)
                    throws IOException {
                  return e instanceof NoSuchFileException
                      ? FileVisitResult.CONTINUE
                      : super.visitFileFailed(file, e);
                }
              });
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot list " + folder + ": " + e, e);
    }
  }

  /** Processes with one command line are told apart by a count, since pids change. */
  private static void processes(Set<String> lines) {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Optional<Path> namespace = namespace(process);
      if (namespace.isPresent()) {
        lines.add("namespace " + namespace.get());
        String command = process.info().commandLine().orElse("?");
        int number = counts.merge(command, 1, Integer::sum);
        lines.add("process " + command + " #" + number);
      }
    }
  }

  /** Empty when the process ended while we looked. */
  private static Optional<Path> namespace(ProcessHandle process) {
    Path link = Path.of("/proc", Long.toString(process.pid()), "ns", "net");
    try {
      return Optional.of(Files.readSymbolicLink(link));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (!process.isAlive()) {
        return Optional.empty();
      }
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + link + ": " + e, e);
    }
  }

  private static void mounts(String where, Path table, Set<String> lines) {
    try (Stream<String> mounts = Files.lines(table)) {
      mounts.forEach(mount -> lines.add("mount " + where + " " + mount));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + table + ": " + e, e);
    }
  }

  /** What is there now and was not before. */
  static List<String> left(Set<String> before, Set<String> now) {
    return now.stream().filter(line -> !before.contains(line)).toList();
  }
}

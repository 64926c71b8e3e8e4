package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.node.Host;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.linux.Link;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What pods could leave behind: interfaces, namespaces, mounts, processes, sockets. Each is a line
 * of text, so that a later picture less an earlier one is what was left.
 */
final class Traces {
  private Traces() {}

  static Set<String> of(Rack rack) {
    Set<String> lines = new TreeSet<>();
    for (Host host : hosts(rack)) {
      for (Link link : host.network().links().list()) {
        lines.add("interface " + host.name() + " " + link.name());
      }
      sockets(host, lines);
    }
    processes(lines);
    mounts(lines);
    return lines;
  }

  private static List<Host> hosts(Rack rack) {
    List<Host> hosts = new ArrayList<>();
    rack.description().hosts().forEach(host -> hosts.add(rack.host(host.name())));
    rack.description().nodes().forEach(node -> hosts.add(rack.cluster().node(node.name()).host()));
    return hosts;
  }

  private static void sockets(Host host, Set<String> lines) {
    for (Path folder : List.of(host.meshFolder(), host.kubeletFolder())) {
      try (Stream<Path> files = Files.walk(folder)) {
        files
            .filter(file -> file.toString().endsWith(".sock"))
            .forEach(file -> lines.add("file " + host.name() + " " + folder.relativize(file)));
      } catch (IOException e) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "cannot list " + folder + ": " + e, e);
      }
    }
  }

  /** Processes with one command line are told apart by a count, since pids change. */
  private static void processes(Set<String> lines) {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Optional<Path> namespace = namespace(process.pid());
      if (namespace.isPresent()) {
        lines.add("namespace " + namespace.get());
        String command = process.info().commandLine().orElse("?");
        int number = counts.merge(command, 1, Integer::sum);
        lines.add("process " + command + " #" + number);
      }
    }
  }

  /** Empty when the process ended while we looked. */
  private static Optional<Path> namespace(long pid) {
    Path link = Path.of("/proc", Long.toString(pid), "ns", "net");
    try {
      return Optional.of(Files.readSymbolicLink(link));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + link + ": " + e, e);
    }
  }

  private static void mounts(Set<String> lines) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts.forEach(mount -> lines.add("mount " + mount));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read the mounts: " + e, e);
    }
  }

  /** What is there now and was not before. */
  static List<String> left(Set<String> before, Set<String> now) {
    return now.stream().filter(line -> !before.contains(line)).toList();
  }
}

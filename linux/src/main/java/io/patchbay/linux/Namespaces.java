package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the network namespace that a URL of the mesh names (contracts/nsm.md section 2.3) and holds
 * it open. A search looks where the kernel shows namespaces: at our own open descriptors, where one
 * that came with a message is, even of a namespace that nothing else here shows; at the processes,
 * at bind mounts, and at the descriptors of others, in this order. Where a search saw the
 * namespaces of processes is remembered as a place to look first; whether it is still so is looked
 * at each time.
 */
public final class Namespaces {
  private static final Logger log = LoggerFactory.getLogger(Namespaces.class);
  private static final Pattern INODE = Pattern.compile("(\\d{1,18})/(\\d{1,18})");

  /** More places than this are not remembered: then the next search begins anew. */
  private static final int SEEN_MAX = 4096;

  /** By the name that the kernel gives it, where a process in that namespace was seen. */
  private static final Map<String, Path> seen = new ConcurrentHashMap<>();

  private Namespaces() {}

  /** Opens {@code file:///path} or {@code inode://dev/ino}. Throws {@link Failure} NOT_FOUND. */
  public static NetworkNamespace open(String url) {
    Url parsed = Url.parse(url);
    return switch (parsed.scheme()) {
      case "file" -> NetworkNamespace.of(Path.of(parsed.path()));
      case "inode" -> search(url, parsed.rest());
      default -> throw invalid(url);
    };
  }

  /**
   * Whether a process or a bind mount keeps this namespace, so that it can be opened without our
   * holding it. False for all that is no network namespace.
   */
  public static boolean isInhabited(long device, long inode) {
    Search search = new Search(device, inode, new HashSet<>());
    Optional<NetworkNamespace> found =
        search.whereSeen().or(search::amongProcesses).or(search::amongMounts);
    found.ifPresent(NetworkNamespace::close);
    return found.isPresent();
  }

  private static NetworkNamespace search(String url, String numbers) {
    Matcher parts = INODE.matcher(numbers);
    if (!parts.matches()) {
      throw invalid(url);
    }
    Search search =
        new Search(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), new HashSet<>());
    return search
        .whereSeen()
        .or(() -> search.amongDescriptors(Path.of("/proc/self/fd")))
        .or(search::amongProcesses)
        .or(search::amongMounts)
        .or(search::amongAllDescriptors)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.NOT_FOUND,
                "no network namespace "
                    + url
                    + " on this node; its pod may have ended, or"
                    + " this daemon does not see its processes (hostPID)"));
  }

  private static Failure invalid(String url) {
    return new Failure(
        Failure.Kind.INVALID,
        "'" + url + "' names no network namespace; write file:///path or inode://dev/ino");
  }

  /** One search for a device and inode number; what vanishes under it is simply not it. */
  private record Search(long device, long inode, Set<Path> mountNamespaces) {

    Optional<NetworkNamespace> whereSeen() {
      Optional<NetworkNamespace> found =
          Optional.ofNullable(seen.get(name())).flatMap(this::matching);
      if (found.isEmpty()) {
        seen.remove(name());
      }
      return found;
    }

    Optional<NetworkNamespace> amongProcesses() {
      return eachProcess(process -> {
        Path place = process.resolve("ns/net");
        return remember(place) ? matching(place) : Optional.empty();
      });
    }

    /** Whether this is where the namespace should be; either way it may be sought next time. */
    private boolean remember(Path place) {
      try {
        String other = Files.readSymbolicLink(place).toString();
        if (seen.size() >= SEEN_MAX) {
          seen.clear();
        }
        seen.putIfAbsent(other, place);
        return other.equals(name());
      } catch (IOException e) {
        var unused = gone(e);
        return false;
      }
    }

    Optional<NetworkNamespace> amongAllDescriptors() {
      return eachProcess(process -> amongDescriptors(process.resolve("fd")));
    }

    Optional<NetworkNamespace> amongDescriptors(Path folder) {
      return first(folder, "*", this::matching);
    }

    /** Named namespaces (ip-netns(8)) of every mount namespace, seen through its process. */
    Optional<NetworkNamespace> amongMounts() {
      return eachProcess(this::amongMounts);
    }

    private Optional<NetworkNamespace> amongMounts(Path process) {
      try {
        if (!mountNamespaces.add(Files.readSymbolicLink(process.resolve("ns/mnt")))) {
          return Optional.empty();
        }
        return Files.readAllLines(process.resolve("mountinfo")).stream()
            .map(line -> line.split(" "))
            .filter(fields -> fields.length > 4 && fields[3].equals(name()))
            .map(fields -> process.resolve("root" + fields[4]))
            .flatMap(mount -> matching(mount, true).stream())
            .findFirst();
      } catch (IOException e) {
        return gone(e);
      }
    }

    private Optional<NetworkNamespace> eachProcess(Look look) {
      return first(Path.of("/proc"), "[0-9]*", look);
    }

    private Optional<NetworkNamespace> matching(Path path) {
      return matching(path, false);
    }

    /** Opens what has the right name, and then makes sure that it still is what was sought. */
    private Optional<NetworkNamespace> matching(Path path, boolean named) {
      try {
        if (!named && !Files.readSymbolicLink(path).toString().equals(name())) {
          return Optional.empty();
        }
        NetworkNamespace found = NetworkNamespace.of(path);
        if (found.inode() == inode && found.device() == device) {
          return Optional.of(found);
        }
        found.close();
        return Optional.empty();
      } catch (IOException | Failure e) {
        return gone(e);
      }
    }

    private String name() {
      return "net:[" + inode + "]";
    }
  }

  @FunctionalInterface
  private interface Look {
    Optional<NetworkNamespace> at(Path path);
  }

  private static Optional<NetworkNamespace> first(Path folder, String glob, Look look) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      for (Path entry : entries) {
        Optional<NetworkNamespace> found = look.at(entry);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    } catch (IOException | DirectoryIteratorException e) {
      return gone(e);
    }
  }

  private static Optional<NetworkNamespace> gone(Exception e) {
    log.trace("looked in vain: {}", Failure.text(e), e);
    return Optional.empty();
  }
}

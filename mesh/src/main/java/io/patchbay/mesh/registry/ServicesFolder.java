package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network services that a folder of YAML files declares, kept in a registry as the files say:
 * put in, changed back if somebody else changes them, taken out when their file goes. A file with a
 * mistake is reported and keeps counting as it last was; the others are not affected.
 *
 * <p>It looks once a second, since nothing tells of changes in all the ways in which a folder can
 * be mounted.
 */
public final class ServicesFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServicesFolder.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int FILES_MAX = 1000;
  private static final long FILE_BYTES_MAX = 1 << 20;

  /** A file as it last was, and what it last said without a mistake. */
  private record Read(String text, List<NetworkService> services) {}

  private final Path folder;
  private final Registry<NetworkService> registry;
  private final Time time;

  @GuardedBy("this")
  private final Map<Path, Read> files = new TreeMap<>();

  @GuardedBy("this")
  private Map<String, NetworkService> declared = Map.of();

  @GuardedBy("this")
  private List<String> problems = List.of();

  @GuardedBy("this")
  private Time.Timer next = () -> {};

  @GuardedBy("this")
  private boolean closed;

  private ServicesFolder(Path folder, Registry<NetworkService> registry, Time time) {
    this.folder = folder;
    this.registry = registry;
    this.time = time;
  }

  /** Reads the folder, and goes on watching it until closed. */
  public static ServicesFolder watch(Path folder, Registry<NetworkService> registry, Time time) {
    ServicesFolder services = new ServicesFolder(folder, registry, time);
    services.look();
    return services;
  }

  /** What is wrong in the folder now, each with its file and line. */
  public synchronized List<String> problems() {
    return problems;
  }

  /** Ends watching; the services stay in the registry. */
  @Override
  public synchronized void close() {
    closed = true;
    next.cancel();
  }

  private synchronized void look() {
    if (closed) {
      return;
    }
    List<String> found = new ArrayList<>();
    try {
      List<Path> present = list();
      files.keySet().retainAll(present);
      for (Path file : present) {
        read(file, found);
      }
      apply(merged(found));
    } catch (Failure | UncheckedIOException e) {
      found.add(Failure.text(e));
    }
    List<String> known = problems;
    found.stream().filter(problem -> !known.contains(problem)).forEach(log::error);
    problems = List.copyOf(found);
    next = time.schedule(PAUSE, this::look);
  }

  private List<Path> list() {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> found =
          all.filter(file -> file.toString().matches(".*\\.(yaml|yml|json)")).sorted().toList();
      if (found.size() > FILES_MAX) {
        throw new Failure(
            Failure.Kind.INVALID, folder + " has more than " + FILES_MAX + " files of services");
      }
      return found;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read the folder " + folder + ": " + e.getMessage(), e);
    }
  }

  @GuardedBy("this")
  private void read(Path file, List<String> found) {
    Read before = files.getOrDefault(file, new Read("", List.of()));
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new Failure(
            Failure.Kind.INVALID, file + ": larger than " + FILE_BYTES_MAX + " bytes");
      }
      String text = Files.readString(file);
      if (!text.equals(before.text())) {
        files.put(file, new Read(text, ServicesFile.parse(file.toString(), text)));
      }
    } catch (IOException e) {
      found.add(file + ": cannot be read: " + e.getMessage());
    } catch (Failure e) {
      found.add(Failure.text(e));
    }
  }

  @GuardedBy("this")
  private Map<String, NetworkService> merged(List<String> found) {
    Map<String, Path> declaredBy = new LinkedHashMap<>();
    Map<String, NetworkService> all = new LinkedHashMap<>();
    files.forEach((file, read) -> {
      for (NetworkService service : read.services()) {
        Path earlier = declaredBy.putIfAbsent(service.getName(), file);
        if (earlier == null) {
          all.put(service.getName(), Kind.SERVICES.admit(service, time.now()));
        } else {
          found.add(
              file + ": service '" + service.getName() + "' is already declared in " + earlier);
        }
      }
    });
    return all;
  }

  @GuardedBy("this")
  private void apply(Map<String, NetworkService> wanted) {
    Map<String, NetworkService> known = new LinkedHashMap<>();
    registry.find(NetworkService.getDefaultInstance()).forEach(s -> known.put(s.getName(), s));
    for (NetworkService service : declared.values()) {
      if (!wanted.containsKey(service.getName())) {
        registry.unregister(service);
      }
    }
    for (NetworkService service : wanted.values()) {
      if (!service.equals(known.get(service.getName()))) {
        var unused = registry.register(service);
      }
    }
    declared = wanted;
  }
}

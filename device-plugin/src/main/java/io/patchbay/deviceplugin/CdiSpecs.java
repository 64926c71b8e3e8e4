package io.patchbay.deviceplugin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells container runtimes how a container gets at the VFs that it uses through device nodes
 * (contracts/kubelet.md section 9): one file per resource name that has such VFs, of a kind of its
 * own, for the same device in two files of one folder is usable by neither. The files stay when
 * this process ends, for containers are started again without it; files of names that are no more
 * are removed. IOMMU groups are numbered anew at each boot: a container that is started again gets
 * the node of today by its VF's name. Thread-safe.
 */
final class CdiSpecs implements Sights.Follower {
  private static final Logger log = LoggerFactory.getLogger(CdiSpecs.class);

  /** The lowest that lets a device's name begin with a digit, as a PCI address does. */
  private static final String VERSION = "0.5.0";

  private static final String VENDOR = "patchbay.io";
  private static final String CLASS = "vf-";
  private static final String PREFIX = VENDOR + "-" + CLASS;

  /** A class has 63 characters at most; this much of the resource's name is left readable. */
  private static final int NAME_CHARACTERS = 48;

  private final Optional<Path> folder;
  private final boolean alone;

  @GuardedBy("this")
  private Map<String, Spec> wanted = Map.of();

  /** What runtimes can read, by resource name. */
  @GuardedBy("this")
  private final Map<String, Spec> written = new TreeMap<>();

  /** What could not be written when that was last tried: it is tried again without a word. */
  @GuardedBy("this")
  private final Set<String> failed = new TreeSet<>();

  @GuardedBy("this")
  private boolean swept;

  @GuardedBy("this")
  private boolean missed;

  /**
   * @param folder where runtimes look; none to tell them nothing
   */
  CdiSpecs(Optional<Path> folder) {
    this(folder, false);
  }

  /**
   * @param alone whether no container needs the kubelet's device nodes beside what is written here
   */
  CdiSpecs(Optional<Path> folder, boolean alone) {
    this.folder = folder;
    this.alone = alone;
  }

  /** Whether what runtimes read here is all that containers need. */
  boolean isAlone() {
    return alone;
  }

  /** A file, in the words of the format. */
  record Spec(String cdiVersion, String kind, List<Device> devices, Edits containerEdits) {
    /** What is done to the container that gets this device. */
    record Device(String name, Edits containerEdits) {}

    /** What is added to a container. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Edits(List<Node> deviceNodes) {}

    /** A device node, of the same path inside as outside. */
    record Node(String path, String permissions) {}

    private static Edits nodes(Stream<String> paths) {
      return new Edits(paths.map(path -> new Node(path, "rw")).toList());
    }

    /** Of all VFs of a name that containers need device nodes for; empty when there are none. */
    static Optional<Spec> of(String resource, Iterable<VirtualFunction> functions) {
      List<Device> devices =
          StreamSupport.stream(functions.spliterator(), false)
              .map(vf -> new Device(vf.getPciAddress(), nodes(own(vf))))
              .filter(device -> !device.containerEdits().deviceNodes().isEmpty())
              .toList();
      boolean driven =
          StreamSupport.stream(functions.spliterator(), false).anyMatch(Vfio::isDriven);
      Edits common = nodes(driven ? Stream.of(Vfio.CONTAINER) : Stream.empty());
      return devices.isEmpty()
          ? Optional.empty()
          : Optional.of(new Spec(VERSION, CdiSpecs.kind(resource), devices, common));
    }

    private static Stream<String> own(VirtualFunction vf) {
      Stream<String> group = Vfio.isDriven(vf) ? Stream.of(Vfio.node(vf)) : Stream.empty();
      return Stream.concat(group, vf.getDeviceNodesList().stream());
    }

    private boolean has(String device) {
      return devices.stream().anyMatch(each -> each.name().equals(device));
    }
  }

  /** The kind of a resource name's devices: no two names have the same. */
  static String kind(String resource) {
    return VENDOR + "/" + CLASS + word(resource);
  }

  private static String word(String resource) {
    CRC32 hash = new CRC32();
    hash.update(resource.getBytes(StandardCharsets.UTF_8));
    String readable = resource.replaceAll("[^A-Za-z0-9-]", "_");
    readable = readable.substring(0, Math.min(NAME_CHARACTERS, readable.length()));
    return "%s-%08x".formatted(readable, hash.getValue());
  }

  /** The runtime's names of these devices; none unless it can read about all of them. */
  synchronized List<String> names(String resource, List<String> ids) {
    Spec spec = written.get(resource);
    if (spec == null || !ids.stream().allMatch(spec::has)) {
      return List.of();
    }
    return ids.stream().map(id -> spec.kind() + "=" + id).toList();
  }

  /** Writes again what somebody has removed: containers that are started again need it. */
  synchronized void lookAfter() {
    if (folder.isEmpty() || wanted.isEmpty() || !isThere(folder.get())) {
      return;
    }
    for (Map.Entry<String, Spec> each : wanted.entrySet()) {
      String resource = each.getKey();
      boolean known = written.containsKey(resource);
      if (known && !Files.exists(folder.get().resolve(name(resource)))) {
        log.warn("{} is gone from {}: writing it again", name(resource), folder.get());
        written.remove(resource);
      }
      write(folder.get(), resource, each.getValue());
    }
  }

  /** A few small files in memory at most, and only when something has changed about nodes. */
  @Override
  public synchronized void changed(Sight sight) {
    if (folder.isEmpty() || sight.equals(Sight.NONE) || !isThere(folder.get())) {
      return;
    }
    Map<String, Spec> now = new TreeMap<>();
    for (String resource : sight.resourceNames()) {
      Spec.of(resource, sight.functions(resource).values())
          .ifPresent(spec -> now.put(resource, spec));
    }
    if (!now.equals(wanted) || !now.equals(written) || !swept) {
      wanted = now;
      swept = sweep(folder.get());
      written.keySet().retainAll(now.keySet());
      failed.retainAll(now.keySet());
      now.forEach((resource, spec) -> write(folder.get(), resource, spec));
    }
  }

  /** Never made here: in a container without the node's folder no runtime would see it. */
  @GuardedBy("this")
  private boolean isThere(Path folder) {
    boolean there = Files.isDirectory(folder);
    if (!there && !missed) {
      log.warn("there is no {}: containers get device nodes from the kubelet alone", folder);
    }
    missed = !there;
    if (!there) {
      written.clear();
    }
    return there;
  }

  @GuardedBy("this")
  private void write(Path into, String resource, Spec spec) {
    if (spec.equals(written.get(resource))) {
      return;
    }
    written.remove(resource);
    Path file = into.resolve(name(resource));
    Path hidden = into.resolve("." + name(resource) + ".new");
    try {
      Files.writeString(hidden, Json.pretty(spec) + "\n");
      Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE);
      written.put(resource, spec);
      failed.remove(resource);
    } catch (IOException e) {
      if (failed.add(resource)) {
        log.warn(
            "{}: containers get device nodes from the kubelet alone: cannot write {}: {}",
            resource,
            file,
            Failure.text(e));
      }
    }
  }

  private static String name(String resource) {
    return PREFIX + word(resource) + ".json";
  }

  /** Removes the files of names that have no such VFs any more. */
  @GuardedBy("this")
  private boolean sweep(Path from) {
    List<String> stay = wanted.keySet().stream().map(CdiSpecs::name).toList();
    try (DirectoryStream<Path> ours = Files.newDirectoryStream(from, "{,.}" + PREFIX + "*")) {
      for (Path file : ours) {
        if (!stay.contains(file.getFileName().toString())) {
          Files.deleteIfExists(file);
        }
      }
      return true;
    } catch (NoSuchFileException absent) {
      return true;
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("cannot remove old files from {}: {}", from, Failure.text(e));
      return false;
    }
  }
}

package io.patchbay.deviceplugin.dra;

import io.patchbay.api.vf.DeviceNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What container runtimes read about a claim (contracts/kubelet.md section 9): a file of its own,
 * with one device for each of its requests, from before the claim is told to be ready until it is
 * let go. Thread-safe.
 *
 * @param folder where runtimes look, if they do
 */
record ClaimFiles(Optional<Path> folder) {
  /** The lowest that lets a device's name begin with a digit, as a uid may. */
  private static final String VERSION = "0.5.0";

  private static final String KIND = "patchbay.io/claim";

  private static final FileAttribute<?> OURS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /**
   * What a request's containers get.
   *
   * @param variables of their environment
   */
  record Content(Map<String, String> variables, Collection<DeviceNode> nodes) {}

  private record Spec(String cdiVersion, String kind, List<Device> devices) {}

  private record Device(String name, Edits containerEdits) {}

  private record Edits(List<String> env, List<Node> deviceNodes) {}

  private record Node(String path, String hostPath, String permissions) {}

  /** The qualified name of a request's device. */
  static String name(String uid, String request) {
    return KIND + "=" + device(uid, request);
  }

  private static String device(String uid, String request) {
    return uid + "_" + request;
  }

  /**
   * Writes a claim's file anew, by request. Throws {@link Failure} when runtimes cannot read it.
   */
  void write(String uid, Map<String, Content> requests) {
    Path into = folder.orElseThrow(() -> unread("PATCHBAY_CDI_PATH is empty"));
    if (!Files.isDirectory(into)) {
      throw unread("there is no folder " + into);
    }
    List<Device> devices =
        requests.entrySet().stream()
            .map(each -> new Device(device(uid, each.getKey()), edits(each.getValue())))
            .toList();
    Path file = into.resolve(file(uid));
    Path hidden = into.resolve("." + file(uid) + ".new");
    try {
      Files.deleteIfExists(hidden);
      Files.createFile(hidden, OURS); // it has the container's tokens
      Files.writeString(hidden, Json.pretty(new Spec(VERSION, KIND, devices)) + "\n");
      Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unread("cannot write " + file + ": " + Failure.text(e));
    }
  }

  private static Edits edits(Content content) {
    return new Edits(
        content.variables().entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .sorted()
            .toList(),
        content.nodes().stream()
            .map(node ->
                new Node(node.getContainerPath(), node.getHostPath(), node.getPermissions()))
            .toList());
  }

  private static Failure unread(String why) {
    return new Failure(
        Failure.Kind.UNAVAILABLE, "container runtimes cannot be told of the claim: " + why);
  }

  /** Removes a claim's file; when there is none, nothing happens. */
  void remove(String uid) {
    if (folder.isPresent()) {
      try {
        Files.deleteIfExists(folder.get().resolve(file(uid)));
      } catch (IOException e) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE, "cannot remove " + file(uid) + ": " + Failure.text(e), e);
      }
    }
  }

  private static String file(String uid) {
    return "patchbay.io-claim-" + uid.replaceAll("[^A-Za-z0-9-]", "_") + ".json";
  }
}

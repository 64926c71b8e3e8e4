package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The example's rack with every name, address and number changed that a rack's owner may choose: a
 * demonstration that holds on it too takes them from the rack file.
 */
final class OtherRack {
  private record Change(String from, String to) {}

  private static final List<Change> CHANGES =
      List.of(
          new Change("node-1", "left"),
          new Change("node-2", "right"),
          new Change("name: fabric", "name: plant"),
          new Change("tor-1", "leaf-7"),
          new Change("tor-2", "leaf-8"),
          new Change("Ethernet", "swp"),
          new Change("eth1", "ens3f0"),
          new Change("0000:3b:", "0000:af:"),
          new Change("0000:5e:", "0000:d8:"),
          new Change("172.20.0.", "10.77.5."),
          new Change("vlans: [\"100\"]", "vlans: [\"1100\"]"),
          new Change("vlans: [\"200\"]", "vlans: [\"1200\"]"),
          new Change("accessVlan: 100", "accessVlan: 1100"),
          new Change("accessVlan: 200", "accessVlan: 1200"),
          new Change("vfs: 16", "vfs: 6"),
          new Change("vfs: 8", "vfs: 5"),
          new Change(":5003", ":6003"));

  private OtherRack() {}

  /**
   * Writes it and its pods into a folder; gives back the rack file. Each change must find
   * something.
   */
  static Path in(Path folder) throws IOException {
    Set<Change> idle = new HashSet<>(CHANGES);
    Path examples = Sources.ROOT.resolve("manifests/examples");
    try (Stream<Path> files = Files.walk(examples)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file);
        for (Change change : CHANGES) {
          if (text.contains(change.from())) {
            idle.remove(change);
          }
          text = text.replace(change.from(), change.to());
        }
        Path there = folder.resolve(examples.relativize(file).toString());
        Files.createDirectories(there.getParent());
        Files.writeString(there, text);
      }
    }
    assertEquals(Set.of(), idle, "changes that find nothing in " + examples);
    return folder.resolve("rack.yaml");
  }
}

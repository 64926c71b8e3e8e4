package io.patchbay.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {
  @TempDir Path folder;
  private Path rack;
  private String text;

  @BeforeEach
  void copyTheExample() throws IOException {
    Path examples = Path.of("").toAbsolutePath().resolveSibling("manifests").resolve("examples");
    try (Stream<Path> files = Files.list(examples)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    rack = folder.resolve("rack.yaml");
    text = Files.readString(rack);
  }

  @Test
  void theExamplesRolesAreFound() {
    Layout layout = Layout.readFile(rack);
    assertEquals("node-1", layout.first());
    assertEquals("node-2", layout.second());
    assertEquals("fabric", layout.fabric());
    assertEquals(5003, layout.shimPort());
  }

  @Test
  void nodesMayHaveOtherNamesAndTheShimAnotherPort() throws IOException {
    Files.writeString(
        rack, text.replace("node-1", "left").replace("node-2", "right").replace(":5003", ":6003"));
    for (String pod : List.of("app-1.yaml", "gateway-1.yaml")) {
      Path file = folder.resolve(pod);
      Files.writeString(file, Files.readString(file).replace("node-1", "left"));
    }
    Layout layout = Layout.readFile(rack);
    assertEquals("left", layout.first());
    assertEquals("right", layout.second());
    assertEquals(6003, layout.shimPort());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[100g]                | [40g]        | exactly one node with example.com/100g, at least 2"
            + " VFs; there are {}",
        "[10g]                 | [100g]       | exactly one node with example.com/100g, at least 2"
            + " VFs; there are {node-1=16, node-2=8}",
        "vfs: 8                | vfs: 1       | exactly one node with example.com/10g, at least 2"
            + " VFs; there are {node-2=1}",
        "', lab.example.org'   | ''           | that node-1 has lab.example.org/100g too",
        "service: other        | service: third | a gateway that is service 'other'; there are"
            + " [myns, third]",
        "- name: tor-shim      | - name: shim | a host with a daemon 'tor-shim'",
        "- name: sriov-manager | - name: sm   | a daemon 'sriov-manager' on node node-1",
        "tcp://${ADDRESS}:5003 | unix:///s    | a tcp:// address in NSM_LISTEN_ON",
        "patchbay/nsc:         | patchbay/x:  | a command for image 'patchbay/nsc'; there are",
        "'  - {node: node-2, pf: eth1, switch: tor-1, port: Ethernet2, pair: {switch: tor-2, port:"
            + " Ethernet2}}' | '' | a cable at node-2/eth1",
        "node-1                | left         | a node 'node-1', which app-1.yaml asks for; there"
            + " are [left, node-2]",
      })
  void whatIsMissingIsNamedWithTheFile(String right, String wrong, String message)
      throws IOException {
    assertTrue(text.contains(right), right);
    Files.writeString(rack, text.replace(right, wrong));
    refused(Failure.Kind.INVALID, rack + ": the demonstration needs " + message);
  }

  @Test
  void aPodThatIsNotBesideTheRackIsNamed() throws IOException {
    Files.delete(folder.resolve("cnf-3.yaml"));
    refused(Failure.Kind.NOT_FOUND, "no such file: " + folder.resolve("cnf-3.yaml"));
  }

  private void refused(Failure.Kind kind, String message) {
    Failure failure = assertThrows(Failure.class, () -> Layout.readFile(rack));
    assertEquals(kind, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
  }
}

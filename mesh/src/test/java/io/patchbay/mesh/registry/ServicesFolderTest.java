package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.metadata;
import static io.patchbay.mesh.registry.Entries.service;
import static io.patchbay.mesh.registry.Entries.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.FakeTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in, registry out. */
class ServicesFolderTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path path;
  private final FakeTime time = new FakeTime();
  private final Registry<NetworkService> registry =
      new MemoryRegistry<>(Kind.SERVICES, time, Duration.ofMinutes(1));
  private ServicesFolder folder;

  @BeforeEach
  void start() {
    folder = ServicesFolder.watch(path, registry, time);
  }

  @AfterEach
  void stop() {
    folder.close();
  }

  private void write(String file, String text) {
    try {
      Files.writeString(path.resolve(file), text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    time.advance(SECOND);
  }

  private String names() {
    return String.join(
        " ",
        new TreeSet<>(registry.find(service("")).stream().map(NetworkService::getName).toList()));
  }

  @Test
  void readsASpecWithAllItHas() {
    write(
        "a.yaml",
        """
        name: svc
        payload: ETHERNET
        matches:
          - source_selector: {app: web}
            fallthrough: true
            routes:
              - destination_selector: {app: firewall}
                weight: 3
          - metadata:
              labels: {qos: "true"}
        """);
    assertEquals(List.of(), folder.problems());
    NetworkService wanted =
        service(
            "svc",
            match("app=web")
                .setFallthrough(true)
                .addRoutes(to("app=firewall").toBuilder().setWeight(3))
                .build(),
            match().setMetadata(metadata("qos=true")).build());
    assertEquals(
        wanted.toBuilder().setPayload("ETHERNET").build(), registry.find(service("")).getFirst());
  }

  @Test
  void readsKubernetesObjectsAndSeveralDocuments() {
    write(
        "a.yml",
        """
        # services of the rack
        ---
        apiVersion: networkservicemesh.io/v1
        kind: NetworkService
        metadata:
          name: one
          namespace: default
        spec:
          payload: ETHERNET
        ---
        name: two
        """);
    assertEquals(List.of(), folder.problems());
    assertEquals("one two", names());
    assertEquals("IP", registry.find(service("two")).getFirst().getPayload());
  }

  @Test
  void followsItsFiles() throws IOException {
    write("a.yaml", "name: one\n");
    write("b.yaml", "name: two\n");
    assertEquals("one two", names());
    write("a.yaml", "name: three\n");
    assertEquals("three two", names());
    Files.delete(path.resolve("b.yaml"));
    time.advance(SECOND);
    assertEquals("three", names());
  }

  @Test
  void aMistakeIsNamedWithItsLineAndLeavesTheRestStanding() {
    write("a.yaml", "name: one\n");
    write("b.yaml", "name: two\n");
    write("a.yaml", "name: one\n---\nname: four\nmatchez: []\n");
    assertEquals("one two", names());
    assertEquals(1, folder.problems().size());
    String problem = folder.problems().getFirst();
    assertTrue(problem.startsWith(path.resolve("a.yaml") + ":4:1 "), problem);
    assertTrue(problem.contains("matchez"), problem);
    write("a.yaml", "name: four\n");
    assertEquals("four two", names());
    assertEquals(List.of(), folder.problems());
  }

  @Test
  void otherObjectsAndNamelessServicesAreRefused() {
    write("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
    assertTrue(folder.problems().getFirst().contains("kind Pod"), folder.problems().getFirst());
    write("a.yaml", "\npayload: IP\n");
    assertTrue(
        folder.problems().getFirst().endsWith("a.yaml:2: a network service without a name"),
        folder.problems().getFirst());
  }

  @Test
  void aNameDeclaredTwiceIsNamedWithBothFiles() {
    write("a.yaml", "name: one\npayload: IP\n");
    write("b.yaml", "name: one\npayload: ETHERNET\n");
    String problem = folder.problems().getFirst();
    assertTrue(problem.contains("a.yaml") && problem.contains("b.yaml"), problem);
    assertEquals("IP", registry.find(service("one")).getFirst().getPayload());
  }

  @Test
  void whatSomebodyElseChangedIsPutRight() {
    write("a.yaml", "name: one\nmatches: [{fallthrough: true}]\n");
    registry.register(service("one"));
    registry.register(service("theirs"));
    time.advance(SECOND);
    assertEquals(1, registry.find(service("one")).getFirst().getMatchesCount());
    registry.unregister(service("one"));
    time.advance(SECOND);
    assertEquals("one theirs", names());
  }

  @Test
  void aFolderThatDoesNotExistIsSaidSo() {
    try (ServicesFolder missing = ServicesFolder.watch(path.resolve("no"), registry, time)) {
      assertTrue(missing.problems().getFirst().contains(path.resolve("no").toString()));
    }
  }
}

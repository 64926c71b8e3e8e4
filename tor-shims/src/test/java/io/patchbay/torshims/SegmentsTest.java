package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentsTest {
  @TempDir private Path folder;

  private static FabricService service(String name, String... vlans) {
    return new FabricService(
        name,
        "ETHERNET",
        List.of(vlans),
        new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of()),
        List.of(),
        0);
  }

  private static FabricServices fabric(FabricService... services) {
    return new FabricServices("example.com", 4094, List.of(services), NodeIdentities.USUAL);
  }

  @Test
  void aServiceKeepsItsVlanOverARestart() {
    FabricService pooled = service("pooled", "100-110");
    FabricService fixed = service("fixed", "100");
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      Segments segments = new Segments(fabric(pooled, fixed), journal);
      assertEquals(101, segments.vlan(pooled), "a fixed VLAN is never given to another");
      assertEquals(101, segments.vlan(pooled));
    }
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FabricService first = service("a", "101-110");
      Segments segments = new Segments(fabric(first, pooled, fixed), journal);
      assertEquals(102, segments.vlan(first));
      assertEquals(101, segments.vlan(pooled));
    }
  }

  @Test
  void anEmptyPoolAndAChangedFileAreErrors() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FabricService one = service("one", "100-101");
      FabricService two = service("two", "100-101");
      FabricService three = service("three", "100-101");
      Segments segments = new Segments(fabric(one, two, three), journal);
      assertEquals(100, segments.vlan(one));
      assertEquals(101, segments.vlan(two));
      assertEquals(
          Failure.Kind.EXHAUSTED, assertThrows(Failure.class, () -> segments.vlan(three)).kind());
      Failure changed = assertThrows(Failure.class, () -> segments.vlan(service("one", "300-301")));
      assertEquals(Failure.Kind.CONFLICT, changed.kind());
      assertTrue(changed.getMessage().contains("VLAN 100"), changed.getMessage());
      assertEquals(
          Failure.Kind.CONFLICT,
          assertThrows(Failure.class, () -> new Segments(fabric(service("new", "100")), journal))
              .kind());
    }
  }

  @Test
  void noVlanIsEverTwoServices() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      Path file = folder.resolve("j" + seed);
      Map<Integer, String> owners = new HashMap<>();
      for (int restart = 0; restart < 3; restart++) {
        List<FabricService> services = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          if (random.nextBoolean() || i == 0) {
            services.add(service("s" + i, "100-103"));
          }
        }
        try (Journal journal = Journal.open(file)) {
          Segments segments = new Segments(fabric(services.toArray(FabricService[]::new)), journal);
          for (FabricService service : services) {
            try {
              int vlan = segments.vlan(service);
              assertEquals(
                  service.name(),
                  owners.computeIfAbsent(vlan, v -> service.name()),
                  "seed " + seed);
            } catch (Failure e) {
              assertEquals(Failure.Kind.EXHAUSTED, e.kind(), "seed " + seed);
            }
          }
        }
      }
    }
  }
}

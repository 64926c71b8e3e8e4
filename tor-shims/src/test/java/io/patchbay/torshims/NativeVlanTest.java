package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node sends without a tag, while services are on its port. */
@Timeout(60)
class NativeVlanTest extends OnePort {
  private static final int NATIVE = 7;

  private void start(Map<String, Integer> cables) {
    nativeVlans = cables;
    open(Set.of(100, 200), vlan -> PortWish.NONE, History.in(folder.resolve("history")));
    writer.start();
  }

  private void again(Map<String, Integer> cables) {
    writer.close();
    journal.close();
    start(cables);
  }

  @Test
  void isOnThePortFromTheFirstServiceToTheLast() {
    start(Map.of("Ethernet1", NATIVE));
    take("a", 100);
    take("b", 200);
    writer.take("c", new PortClaim("tor-1", "Ethernet2", 100), PATIENCE);
    leave("a", 100);
    leave("b", 200);
    assertEquals(
        List.of(
            "{Ethernet1=trunk VLANs 100 native 7}",
            "{Ethernet1=trunk VLANs 100,200 native 7}",
            "{Ethernet2=trunk VLANs 100}",
            "{Ethernet1=trunk VLANs 200 native 7}",
            "{Ethernet1=as it was (factory)}"),
        fake.commits());
  }

  @Test
  void isPutRightWhenAnOperatorTakesItAway() {
    start(Map.of("Ethernet1", NATIVE));
    take("a", 100);
    fake.set("Ethernet1", new Trunk(new TreeSet<>(Set.of(100)), OptionalInt.empty()));
    Await.until(
        "it is there again",
        PATIENCE,
        () -> fake.at("Ethernet1").toString().equals("trunk VLANs 100 native 7"));
  }

  /** As the file is followed. */
  @Test
  void comesAndGoesWithTheFileForThoseWhoLive() {
    start(Map.of());
    take("a", 100);
    for (Map<String, Integer> file :
        List.of(Map.of("Ethernet1", NATIVE), Map.<String, Integer>of())) {
      writer.close();
      journal.close();
      nativeVlans = file;
      open(Set.of(100, 200), vlan -> PortWish.NONE, History.in(folder.resolve("history")));
      writer.restore("a", claim(100), Instant.EPOCH);
      writer.start();
      String wanted = "trunk VLANs 100" + (file.isEmpty() ? "" : " native 7");
      Await.until(
          "the port follows", PATIENCE, () -> fake.at("Ethernet1").toString().equals(wanted));
    }
    leave("a", 100);
    assertEquals(new Raw("factory"), fake.at("Ethernet1"));
  }

  /** Whoever is on it yet is joined by no host. */
  @Test
  void isNoneOfAServiceThatHasLeftTheFile() {
    start(Map.of());
    String services = "domain: d\nservices:\n";
    String service =
        "  - {name: %s, vlans: [\"%d\"], addresses: {prefix: 10.0.0.0/24, gateway: 10.0.0.1}}\n";
    try (Journal kept = Journal.open(folder.resolve("kept"))) {
      for (int vlan : List.of(100, 200)) {
        var unused =
            new Segments(
                Json.parseYaml(
                    "fabric.yaml",
                    services + service.formatted("of-" + vlan, vlan),
                    FabricServices.class),
                kept);
      }
      FabricServices now =
          Json.parseYaml(
              "fabric.yaml", services + service.formatted("of-200", 200), FabricServices.class);
      Cables cables =
          Json.parseYaml(
              "cables.yaml",
              """
              cables:
                - {node: n, pfMac: "02:00:00:00:01:00", switch: tor-1, port: p1, nativeVlan: 100}
                - {node: n, pfMac: "02:00:00:00:02:00", switch: tor-1, port: p2, nativeVlan: 7}
              """,
              Cables.class);
      assertEquals(Map.of("p2", 7), NativeVlans.of("tor-1", cables, new Segments(now, kept)));
    }
  }

  /** A trunk that a shim left whose disk was lost; one with another's native VLAN is another's. */
  @ParameterizedTest
  @CsvSource({"0, true", "7, true", "8, false"})
  void aTrunkThatIsFoundIsOursWithTheCablesOwnOnly(int found, boolean ours) {
    OptionalInt untagged = found == 0 ? OptionalInt.empty() : OptionalInt.of(found);
    fake.set("Ethernet1", new Trunk(new TreeSet<>(Set.of(100)), untagged));
    fake.set("Ethernet2", new Trunk(new TreeSet<>(Set.of(100)), OptionalInt.empty()));
    start(Map.of());
    FormerPorts.lose(journal, "tor-1");
    again(Map.of("Ethernet1", NATIVE));
    Set<String> known = ours ? Set.of("Ethernet1", "Ethernet2") : Set.of("Ethernet2");
    Await.until(
        "the ports are read",
        PATIENCE,
        () -> new FormerPorts(journal, "tor-1").ports().equals(known));
    if (ours) {
      assertEquals(
          Optional.of(new Access(NATIVE)),
          new FormerPorts(journal, "tor-1").find("Ethernet1"),
          "in the end the node still reaches what it sends without a tag");
    }
  }
}

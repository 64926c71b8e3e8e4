package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
  }
}

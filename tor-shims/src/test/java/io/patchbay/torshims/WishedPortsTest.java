package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What services want of ports besides VLANs, through the writer of their switch. */
@Timeout(60)
class WishedPortsTest extends OnePort {

  private History history;

  /** VLAN 100 is of a service that wants nothing, 200 and 300 want more. */
  private static PortWish wish(int vlan) {
    return switch (vlan) {
      case 200 -> new PortWish("wide", new FabricService.Port(9000, true));
      case 300 -> new PortWish("wider", new FabricService.Port(9200, false));
      default -> PortWish.NONE;
    };
  }

  @BeforeEach
  void start() {
    history = History.in(folder.resolve("history"));
    open();
    writer.start();
  }

  private void open() {
    open(Set.of(100, 200, 300), WishedPortsTest::wish, history);
  }

  private Set<String> owned() {
    return new FormerPorts(journal, "tor-1").ports();
  }

  @Test
  void eachIsOwnedForAsLongAsAnybodyWantsItAndThenWhatItWas() {
    fake.set("Ethernet1 [mtu]", new Leaf("1500"));
    take("a", 100);
    assertEquals(Set.of("Ethernet1"), owned());
    take("b", 200);
    assertEquals(Set.of("Ethernet1", "Ethernet1 [description]", "Ethernet1 [mtu]"), owned());
    take("c", 300);
    leave("b", 200);
    assertEquals(Set.of("Ethernet1", "Ethernet1 [mtu]"), owned());
    leave("c", 300);
    assertEquals(Set.of("Ethernet1"), owned());
    leave("a", 100);
    assertEquals(
        List.of(
            "{Ethernet1=trunk VLANs 100}",
            "{Ethernet1=trunk VLANs 100,200, Ethernet1 [description]=patchbay: wide, Ethernet1"
                + " [mtu]=9000}",
            "{Ethernet1=trunk VLANs 100,200,300, Ethernet1 [description]=patchbay: wide, wider,"
                + " Ethernet1 [mtu]=9200}",
            "{Ethernet1=trunk VLANs 100,300, Ethernet1 [description]=as it was (factory)}",
            "{Ethernet1=trunk VLANs 100, Ethernet1 [mtu]=as it was (written as 1500)}",
            "{Ethernet1=as it was (factory)}"),
        fake.commits());
  }

  @Test
  void whatNobodyWantsIsNotEvenRead() {
    fake.refuseToRead("Ethernet1 [mtu]");
    fake.refuseToRead("Ethernet1 [description]");
    take("a", 100);
    leave("a", 100);
    assertThrows(Failure.class, () -> take("b", 200));
  }

  /** Also what only the file says otherwise since the process before. */
  @Test
  void aSuccessorGoesOnByWhatTheFileSays() {
    take("a", 200);
    writer.close();
    journal.close();
    open();
    writer.restore("a", new PortClaim("tor-1", "Ethernet1", 300), Instant.EPOCH);
    writer.start();
    Await.until(
        "the port is as the file says now",
        PATIENCE,
        () -> fake.at("Ethernet1 [mtu]").equals(new Leaf("9200")));
    Await.until(
        "what it no longer says is given back",
        PATIENCE,
        () -> fake.at("Ethernet1 [description]").equals(new Raw("factory")));
    leave("a", 300);
    assertEquals("{}", fake.running());
    assertEquals(Set.of(), owned());
  }

  @Test
  void anOperatorsHandIsPutRightAndIsOnePort() {
    take("a", 200);
    long before = writer.numbers().driftedPorts();
    fake.hold();
    fake.set("Ethernet1 [mtu]", new Raw("by hand"));
    fake.set("Ethernet1", new Raw("by hand"));
    fake.release();
    Await.until(
        "it is put right",
        PATIENCE,
        () ->
            fake.at("Ethernet1 [mtu]").equals(new Leaf("9000"))
                && !fake.at("Ethernet1").equals(new Raw("by hand")));
    Await.until("and counted", PATIENCE, () -> writer.numbers().driftedPorts() > before);
    assertTrue(writer.numbers().driftedPorts() - before <= 2);
  }

  /** An entry of a port that was not there goes only with all that was put into it. */
  @Test
  void whatAnotherPortsTroubleLeavesToBeTriedAloneIsTriedPortByPort() {
    take("a", 200);
    writer.take("b", new PortClaim("tor-1", "Ethernet2", 100), PATIENCE);
    fake.hold();
    fake.refuse(100);
    for (String item : List.of("Ethernet1", "Ethernet1 [mtu]", "Ethernet2")) {
      fake.set(item, new Raw("by hand"));
    }
    fake.release();
    Await.until(
        "what can be put right is",
        PATIENCE,
        () -> fake.at("Ethernet1 [mtu]").equals(new Leaf("9000")));
    assertEquals("{Ethernet1=trunk VLANs 200, Ethernet1 [mtu]=9000}", fake.commits().getLast());
  }

  @Test
  void eachIsSeenWithThePortsLinkAndToldInTheHistory() {
    take("a", 200);
    List<String> seen =
        writer.view().ports().stream()
            .map(port -> port.name() + "=" + port.wanted() + " " + port.former())
            .toList();
    assertEquals(
        List.of(
            "Ethernet1=trunk VLANs 200 as it was (factory)",
            "Ethernet1 [description]=patchbay: wide as it was (factory)",
            "Ethernet1 [mtu]=9000 as it was (factory)"),
        seen);
    assertEquals(
        Set.of("Ethernet1", "Ethernet1 [description]", "Ethernet1 [mtu]"),
        history.latest("tor-1", 10).stream()
            .filter(event -> event.result().equals("done") && event.connections().contains("a"))
            .map(History.Event::port)
            .collect(Collectors.toSet()));
  }

  /** What was begun of a port ends with the refusal, whatever it was. */
  @Test
  void aRefusalLeavesNothingBegun() {
    fake.refuse(200);
    assertThrows(Failure.class, () -> take("a", 200));
    assertEquals(
        Set.of(),
        history.latest("tor-1", 100).stream()
            .filter(event -> event.result().equals(History.BEGUN))
            .map(History.Event::port)
            .collect(Collectors.toSet()));
    leave("a", 200);
    Await.until("all is nobody's again", PATIENCE, () -> owned().isEmpty());
  }

  @Test
  void aServiceIsTriedWithAllThatItWants() {
    fake.refuse(200);
    PortClaim tried = claim(200).wishing(wish(200));
    assertEquals(Set.of("Ethernet1"), writer.rehearse(List.of(tried), PATIENCE).keySet());
    assertTrue(writer.rehearse(List.of(tried), PATIENCE).get("Ethernet1").isPresent());
    assertEquals(
        Optional.empty(),
        writer.rehearse(List.of(claim(300).wishing(wish(300))), PATIENCE).get("Ethernet1"));
    assertEquals(List.of(), fake.commits());
  }

  /** As for a cable with two ends. */
  @Test
  void whatMayBePutOffIsWishedForToo() {
    assertEquals(Optional.empty(), writer.begin("a", claim(200), PATIENCE, Pairing.NONE).await());
    assertEquals(new Leaf("9000"), fake.at("Ethernet1 [mtu]"));
  }

  @Test
  void onlyPortsAreAskedForTheirLinks() {
    take("a", 200);
    Await.until("it is asked", PATIENCE, () -> !fake.askedForLinks().isEmpty());
    assertEquals(Set.of(Set.of("Ethernet1")), Set.copyOf(fake.askedForLinks()));
  }

  /** Whoever leaves must be gone, and whoever comes be served, whatever a service wants besides. */
  @Test
  void aWishThatIsRefusedHoldsUpNobodysVlans() {
    take("a", 100);
    take("b", 200);
    fake.forbids("Ethernet1 [mtu]");
    fake.set("Ethernet1 [mtu]", new Leaf("1500"));
    Await.until(
        "the MTU is in doubt",
        PATIENCE,
        () -> writer.view().ports().stream().anyMatch(port -> port.unsettled().isPresent()));
    leave("a", 100);
    assertEquals("trunk VLANs 200", fake.at("Ethernet1").toString());
    take("c", 100);
    assertEquals("trunk VLANs 100,200", fake.at("Ethernet1").toString());
    fake.set("Ethernet1", new Raw("by hand"));
    Await.until(
        "the VLANs are as they were",
        PATIENCE,
        () -> fake.at("Ethernet1").toString().equals("trunk VLANs 100,200"));
    leave("b", 200); // and with it the wish, which cannot be given back now
    Await.until(
        "its VLAN is gone", PATIENCE, () -> fake.at("Ethernet1").toString().endsWith(" 100"));
    assertEquals(new Leaf("1500"), fake.at("Ethernet1 [mtu]"));
  }
}

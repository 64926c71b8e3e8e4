package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The verbs on the real kernel, in two namespaces of the test's own. */
class LinksTest {
  private NetworkNamespace left;
  private NetworkNamespace right;

  @BeforeEach
  void namespaces() {
    Root.needed("makes network namespaces");
    left = NetworkNamespace.create();
    right = NetworkNamespace.create();
  }

  @AfterEach
  void close() {
    Stream.of(left, right).filter(namespace -> namespace != null).forEach(NetworkNamespace::close);
  }

  private Link pair(String name, String peer) {
    left.links().createVeth(new VethEnd(left, name), new VethEnd(right, peer), 1400);
    return left.links().require(name);
  }

  @Test
  void aVethAppearsWithEachEndInItsNamespace() {
    Link link = pair("left0", "right0");
    assertEquals("veth", link.kind());
    assertEquals(1400, link.mtu());
    assertFalse(link.up());
    assertEquals(1400, right.links().require("right0").mtu());
    assertEquals(List.of("lo", "left0"), left.links().list().stream().map(Link::name).toList());
    assertEquals(Optional.of(link), left.links().byIndex(link.index()));
    assertEquals(Optional.empty(), left.links().find("right0"));
  }

  @Test
  void aTakenNameMakesNothing() {
    pair("left0", "right0");
    Failure failure = assertThrows(Failure.class, () -> pair("left1", "right0"));
    assertEquals(Optional.of(Errno.EEXIST), Root.errno(failure));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertEquals(Optional.empty(), left.links().find("left1"));
  }

  @Test
  void attributesOfALinkAreSet() {
    int index = pair("left0", "right0").index();
    MacAddress mac = MacAddress.parse("02:00:00:00:00:42");
    left.links().mac(index, mac);
    left.links().mtu(index, 1300);
    left.links().alias(index, "for \u00fcber");
    left.links().rename(index, "renamed");
    left.links().up(index);
    right.links().up(right.links().require("right0").index());
    Link link = left.links().require("renamed");
    assertEquals(mac, link.mac());
    assertEquals(1300, link.mtu());
    assertEquals("for \u00fcber", link.alias());
    assertTrue(link.up());
    assertTrue(link.carrier());
    left.links().down(index);
    assertFalse(left.links().require("renamed").up());
  }

  @Test
  void deletingSaysWhetherItWasThere() {
    int index = pair("left0", "right0").index();
    assertTrue(left.links().delete(index));
    assertFalse(left.links().delete(index));
    assertFalse(left.links().delete("left0"));
    assertEquals(Optional.empty(), right.links().find("right0"));
  }

  @Test
  void aBridgeTakesPorts() {
    left.links().createBridge("bridge0");
    int bridge = left.links().require("bridge0").index();
    int port = pair("left0", "right0").index();
    left.links().addToBridge(port, bridge);
    assertEquals(bridge, left.links().byIndex(port).orElseThrow().master().orElseThrow());
  }

  @Test
  void movesUnderANewName() {
    int index = pair("left0", "right0").index();
    Link moved = left.links().moveAndRename(index, right, "eth7");
    assertEquals("eth7", moved.name());
    assertEquals(Optional.empty(), left.links().find("left0"));
    assertTrue(right.links().find("eth7").isPresent());
  }

  @Test
  void aMoveOntoATakenNameLeavesTheLinkWhereItWas() {
    Link link = pair("left0", "right0");
    Failure failure =
        assertThrows(
            Failure.class, () -> left.links().moveAndRename(link.index(), right, "right0"));
    assertEquals(Optional.of(Errno.EEXIST), Root.errno(failure));
    assertEquals(Optional.of(link), left.links().find("left0"));
    assertEquals(Optional.empty(), right.links().find("left0"));
  }

  /** The trap itself: the race for the name is lost between the look and the move. */
  @Test
  void aLinkThatMovedInSpiteOfAnErrorIsBroughtBack() {
    Link link = pair("left0", "right0");
    Failure failure =
        assertThrows(Failure.class, () -> new LinkMove(left, right).unlooked(link, "right0"));
    assertEquals(Optional.of(Errno.EEXIST), Root.errno(failure));
    assertEquals("left0", left.links().require("left0").name());
    assertEquals(link.mac(), left.links().require("left0").mac());
    assertEquals(Optional.empty(), right.links().find("left0"));
    assertEquals("veth", right.links().require("right0").kind());
  }

  @Test
  void addressesComeAndGo() {
    int index = pair("left0", "right0").index();
    left.links().up(index);
    right.links().up(right.links().require("right0").index());
    Addresses addresses = left.links().addresses();
    IpPrefix four = IpPrefix.parse("10.9.8.7/24");
    IpPrefix six = IpPrefix.parse("fd00::7/64");
    addresses.add(index, four);
    addresses.add(index, four);
    addresses.add(index, six);
    addresses.add(index, six);
    List<Addresses.Assigned> global =
        addresses.list(index).stream().filter(address -> address.scope() == 0).toList();
    assertEquals(List.of(four, six), global.stream().map(Addresses.Assigned::prefix).toList());
    assertTrue(global.stream().noneMatch(Addresses.Assigned::tentative));
    assertTrue(addresses.remove(index, four));
    assertFalse(addresses.remove(index, four));
    assertTrue(addresses.remove(index, six));
    assertFalse(addresses.remove(index, six));
  }

  @Test
  void routesComeAndGo() {
    int index = pair("left0", "right0").index();
    left.links().up(index);
    left.links().addresses().add(index, IpPrefix.parse("10.9.8.7/32"));
    Routes routes = left.links().routes();
    Route direct = Route.direct(IpPrefix.parse("10.1.0.0/16"), index);
    Route via = Route.via(IpPrefix.parse("0.0.0.0/0"), index, IpPrefix.literal("172.16.0.1"));
    Route six = Route.via(IpPrefix.parse("fd01::/64"), index, IpPrefix.literal("fe80::1"));
    for (Route route : List.of(direct, via, six)) {
      routes.add(route);
      routes.add(route);
      assertTrue(routes.list().contains(route), () -> route + " in " + routes.list());
    }
    Route other = Route.via(via.destination(), index, IpPrefix.literal("172.16.0.2"));
    assertThrows(Failure.class, () -> routes.add(other));
    assertTrue(routes.remove(direct));
    assertFalse(routes.remove(direct));
  }

  @Test
  void neighboursAreWrittenDown() {
    int index = pair("left0", "right0").index();
    left.links().up(index);
    Neighbours.Neighbour neighbour =
        new Neighbours.Neighbour(
            index, IpPrefix.literal("10.0.0.9"), MacAddress.parse("02:00:00:00:00:09"));
    left.links().neighbours().add(neighbour);
    left.links().neighbours().add(neighbour);
    assertTrue(left.links().neighbours().list(index).contains(neighbour));
  }

  @Test
  void eventsTellOfComingAndGoing() {
    try (LinkEvents events = right.links().subscribe()) {
      pair("left0", "right0");
      assertTrue(
          events.next(Duration.ofSeconds(5)).orElseThrow() instanceof LinkEvents.Event.Changed c
              && c.link().name().equals("right0"));
      left.links().delete("left0");
      LinkEvents.Event event = events.next(Duration.ofSeconds(5)).orElseThrow();
      while (event instanceof LinkEvents.Event.Changed) {
        event = events.next(Duration.ofSeconds(5)).orElseThrow();
      }
      assertTrue(
          event instanceof LinkEvents.Event.Removed removed
              && removed.link().name().equals("right0"),
          event.toString());
    }
  }
}

package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.MacAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which frames go where, how they are tagged there, and why others are dropped. */
class ForwardingTest {
  private static final Map<String, PortMode> MODES = new LinkedHashMap<>();

  static {
    MODES.put("access10", new PortMode.Access(10));
    MODES.put("access20", new PortMode.Access(20));
    MODES.put("trunk", trunk(OptionalInt.empty(), "10", "20..30"));
    MODES.put("native", trunk(OptionalInt.of(10), "20"));
    MODES.put("all", new PortMode.Trunk(OptionalInt.empty(), VlanSet.ALL));
    MODES.put("none", new PortMode.Unswitched());
    MODES.put("off", new PortMode.Access(10));
  }

  private final FakeTime time = new FakeTime();
  private final MacTable stations = new MacTable(time);
  private final Forwarding forwarding = new Forwarding(List.copyOf(MODES.keySet()), stations, time);
  private final Map<String, Probe> probes = new HashMap<>();

  @BeforeEach
  void attach() {
    for (String port : MODES.keySet()) {
      Probe probe = new Probe();
      probe.receiver(frame -> forwarding.receive(port, frame));
      forwarding.attach(port, probe);
      probes.put(port, probe);
    }
    forwarding.follow(plan(MODES, Set.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "access10, 0, trunk=10 native=0 all=10",
    "access20, 0, trunk=20 native=20 all=20",
    "trunk, 10, access10=0 native=0 all=10",
    "trunk, 20, access20=0 native=20 all=20",
    "trunk, 25, all=25",
    "native, 0, access10=0 trunk=10 all=10",
    "native, 10, access10=0 trunk=10 all=10",
    "native, 20, access20=0 trunk=20 all=20",
    "all, 10, access10=0 trunk=10 native=0",
    "all, 30, trunk=30",
  })
  void broadcastsReachTheirVlanOnly(String from, int tag, String reached) {
    probes.get(from).transmit(Probe.broadcast(1, tag));
    assertEquals(reached, arrivals());
    assertEquals(0, forwarding.counters(from).dropped());
  }

  @ParameterizedTest
  @CsvSource({
    "access10, 10, TAGGED_ON_ACCESS",
    "access10, 20, TAGGED_ON_ACCESS",
    "trunk, 0, UNTAGGED_ON_TRUNK",
    "trunk, 31, VLAN_NOT_CARRIED",
    "trunk, 19, VLAN_NOT_CARRIED",
    "trunk, 4095, VLAN_NOT_CARRIED",
    "native, 30, VLAN_NOT_CARRIED",
    "all, 0, UNTAGGED_ON_TRUNK",
    "all, 4095, VLAN_NOT_CARRIED",
    "all, 4094, NO_WAY_OUT",
    "none, 0, PORT_UNSWITCHED",
    "none, 10, PORT_UNSWITCHED",
    "off, 0, PORT_DISABLED",
  })
  void whatMayNotComeInIsDroppedAndCounted(String from, int tag, DropReason reason) {
    probes.get(from).transmit(Probe.broadcast(1, tag));
    assertEquals("", arrivals());
    assertEquals(Map.of(reason, 1L), forwarding.counters(from).vlan(tag).drops());
  }

  @Test
  void aPriorityTagIsNoVlanAndATagKeepsItsPriority() {
    Frame frame = Probe.broadcast(1, 0).withTag(new VlanTag(0, 5));
    probes.get("access10").transmit(frame);
    assertEquals(Optional.of(new VlanTag(10, 5)), probes.get("trunk").taken().getFirst().tag());
    assertEquals(Optional.empty(), probes.get("native").taken().getFirst().tag());
  }

  @Test
  void whatWasLearntGoesToOnePortOfItsVlanAlone() {
    probes.get("access10").transmit(Probe.broadcast(1, 0));
    arrivals();
    probes.get("trunk").transmit(Probe.unicast(1, 2, 10));
    assertEquals("access10=0", arrivals());
    probes.get("access10").transmit(Probe.unicast(2, 1, 0));
    assertEquals("trunk=10", arrivals());
    probes.get("trunk").transmit(Probe.unicast(1, 2, 20));
    assertEquals("access20=0 native=20 all=20", arrivals());
    probes.get("trunk").transmit(Probe.unicast(2, 3, 10));
    assertEquals("", arrivals());
    assertEquals(1, forwarding.counters("trunk").dropped(DropReason.SAME_PORT));
  }

  @Test
  void aStationThatMovesIsFoundWhereItLastSpoke() {
    probes.get("access10").transmit(Probe.broadcast(1, 0));
    probes.get("native").transmit(Probe.broadcast(1, 0));
    arrivals();
    probes.get("trunk").transmit(Probe.unicast(1, 2, 10));
    assertEquals("native=0", arrivals());
  }

  @Test
  void whatIsNotSeenAgainIsForgotten() {
    probes.get("access10").transmit(Probe.broadcast(1, 0));
    arrivals();
    time.advance(MacTable.AGEING.plus(Duration.ofNanos(1)));
    probes.get("trunk").transmit(Probe.unicast(1, 2, 10));
    assertEquals("access10=0 native=0 all=10", arrivals());
  }

  @Test
  void aFullTableLearnsNothingMoreUntilSomethingIsOld() {
    for (int i = 0; i <= MacTable.STATIONS_MAX; i++) {
      stations.learn(10, new MacAddress(i), "trunk");
    }
    assertEquals(MacTable.STATIONS_MAX, stations.size());
    assertEquals(Optional.empty(), stations.port(10, new MacAddress(MacTable.STATIONS_MAX)));
    time.advance(MacTable.AGEING.plusSeconds(1));
    stations.learn(10, new MacAddress(7), "trunk");
    stations.learn(10, new MacAddress(MacTable.STATIONS_MAX), "trunk");
    assertEquals(Optional.of("trunk"), stations.port(10, new MacAddress(MacTable.STATIONS_MAX)));
  }

  @Test
  void aChangedPortForgetsAndOthersDoNot() {
    probes.get("access10").transmit(Probe.broadcast(1, 0));
    probes.get("native").transmit(Probe.broadcast(2, 0));
    Map<String, PortMode> changed = new HashMap<>(MODES);
    changed.put("access10", new PortMode.Access(20));
    forwarding.follow(plan(changed, Set.of()));
    arrivals();
    probes.get("trunk").transmit(Probe.unicast(2, 3, 10));
    assertEquals("native=0", arrivals());
    probes.get("trunk").transmit(Probe.unicast(1, 3, 10));
    assertEquals("native=0 all=10", arrivals());
    probes.get("trunk").transmit(Probe.broadcast(3, 20));
    assertEquals("access10=0 access20=0 native=20 all=20", arrivals());
  }

  @Test
  void aSuspendedVlanIsDropped() {
    forwarding.follow(plan(MODES, Set.of(10)));
    probes.get("trunk").transmit(Probe.broadcast(1, 10));
    assertEquals("", arrivals());
    assertEquals(1, forwarding.counters("trunk").dropped(DropReason.VLAN_SUSPENDED));
  }

  @Test
  void badSourcesLinkLocalAndLongFramesAreDropped() {
    MacAddress station = MacAddress.parse("02:00:00:00:00:01");
    Probe access = probes.get("access10");
    access.transmit(Frame.of(station, MacAddress.BROADCAST, 0x88b5, new byte[46]));
    access.transmit(Frame.of(MacAddress.parse("01:80:c2:00:00:0f"), station, 0x88b5, new byte[46]));
    access.transmit(Frame.of(MacAddress.BROADCAST, station, 0x88b5, new byte[1501]));
    assertEquals("", arrivals());
    assertEquals(
        Map.of(DropReason.BAD_SOURCE, 1L, DropReason.LINK_LOCAL, 1L, DropReason.TOO_LONG, 1L),
        forwarding.counters("access10").vlan(0).drops());
    access.transmit(Frame.of(MacAddress.BROADCAST, station, 0x88b5, new byte[1500]));
    assertEquals("trunk=10 native=0 all=10", arrivals());
  }

  @Test
  void framesAreCountedPerPortAndVlan() {
    probes.get("trunk").transmit(Probe.broadcast(1, 10));
    probes.get("trunk").transmit(Probe.broadcast(1, 20));
    probes.get("access10").transmit(Probe.unicast(1, 2, 0));
    assertEquals(new PortCounters.OfVlan(1, 1, Map.of()), forwarding.counters("trunk").vlan(10));
    assertEquals(new PortCounters.OfVlan(1, 0, Map.of()), forwarding.counters("trunk").vlan(20));
    assertEquals(new PortCounters.OfVlan(1, 1, Map.of()), forwarding.counters("access10").vlan(10));
    assertEquals(new PortCounters.OfVlan(0, 0, Map.of()), forwarding.counters("access10").vlan(20));
  }

  @Test
  void aPortWithoutCarrierGetsNothing() {
    probes.get("all").plugged(false);
    probes.get("trunk").transmit(Probe.broadcast(1, 25));
    assertEquals("", arrivals());
    assertEquals(1, forwarding.counters("trunk").dropped(DropReason.NO_WAY_OUT));
  }

  /** What arrived since the last time, as port=tag in the order of the ports. */
  private String arrivals() {
    StringBuilder text = new StringBuilder();
    for (String port : MODES.keySet()) {
      for (int tag : probes.get(port).takenTags()) {
        text.append(port).append('=').append(tag).append(' ');
      }
    }
    return text.toString().strip();
  }

  private static SwitchPlan plan(Map<String, PortMode> modes, Set<Integer> suspended) {
    Map<String, SwitchPlan.Port> ports = new HashMap<>();
    modes.forEach(
        (port, mode) -> ports.put(port, new SwitchPlan.Port(!port.equals("off"), 1500, mode)));
    return new SwitchPlan(ports, suspended);
  }

  private static PortMode trunk(OptionalInt nativeVlan, String... carried) {
    return new PortMode.Trunk(nativeVlan, VlanSet.of(List.of(carried)));
  }
}

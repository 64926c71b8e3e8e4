package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.LinkAggregationGroup;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.linux.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An MLAG pair with machines at it: three have a link to each switch, one to the primary alone, one
 * to the secondary alone. Every wire delivers on the thread that sends, so that what a frame does
 * is over when its sender returns, and a loop never ends.
 */
@Timeout(60)
class MlagPairTest {
  private static final int VLAN = 10;
  private static final int PRIMARY = 0;
  private static final int SECONDARY = 1;

  /** Three with two links each, then one at each switch. */
  private static final int MACHINES = 5;

  private final List<SimulatedSwitch> tors = List.of(tor("tor-1", "a"), tor("tor-2", "b"));
  private final List<Wire> wires = new ArrayList<>();
  private final List<Machine> machines = new ArrayList<>();
  private final Wire peerLink = new Wire();
  private int frames;

  MlagPairTest() {
    MlagPair.join(
        new MlagPair.Member(tors.get(PRIMARY), peerLink.near()),
        new MlagPair.Member(tors.get(SECONDARY), peerLink.far()),
        Map.of("a0", "b0", "a1", "b1", "a2", "b2"));
    for (int i = 0; i < MACHINES; i++) {
      machines.add(new Machine(i));
    }
    machines.forEach(Machine::clear);
  }

  @AfterEach
  void stop() {
    tors.forEach(SimulatedSwitch::close);
  }

  private static SimulatedSwitch tor(String name, String ports) {
    List<SwitchDescription.Port> all = new ArrayList<>();
    for (int i = 0; i < MACHINES; i++) {
      all.add(SwitchDescription.Port.access(ports + i, VLAN));
    }
    return SimulatedSwitch.start(
        new SwitchDescription(name, all, Access.byPassword("admin", "secret")), new FakeTime());
  }

  /** A machine with a link to each switch, or to one. */
  private final class Machine {
    private final int number;
    private final List<Wire> links = new ArrayList<>();
    private final LinkAggregationGroup port;
    private final List<Frame> got = new ArrayList<>();

    Machine(int number) {
      this.number = number;
      for (int tor = 0; tor < 2; tor++) {
        if (number < 3 || number - 3 == tor) {
          Wire wire = new Wire();
          links.add(wire);
          wires.add(wire);
          tors.get(tor).attach((tor == 0 ? "a" : "b") + number, wire.far());
        }
      }
      port = new LinkAggregationGroup(links.stream().map(Wire::near).toList());
      port.receiver(got::add);
    }

    /** Its link to a switch. */
    Wire link(int tor) {
      return links.get(links.size() == 1 ? 0 : tor);
    }

    boolean hasLink(int tor) {
      return (number < 3 || number - 3 == tor) && link(tor).near().carrier();
    }

    void clear() {
      got.clear();
    }
  }

  @Test
  void aBroadcastReachesEverybodyElseOnceBySwitchOrPeerLink() {
    for (int from = 0; from < MACHINES; from++) {
      assertDelivered(from, everybodyBut(from), broadcast(from));
    }
  }

  @Test
  void whatWasLearntOnEitherSwitchIsSentToOneMachineAlone() {
    for (int from = 0; from < MACHINES; from++) {
      send(from, broadcast(from));
    }
    for (int from = 0; from < MACHINES; from++) {
      for (int to : everybodyBut(from)) {
        machines.forEach(Machine::clear);
        Frame frame = unicast(to, from);
        send(from, frame);
        assertEquals(List.of(to), receivers(frame), from + " to " + to);
      }
    }
  }

  @Test
  void theLossOfAMachinesLinkLeadsOverThePeerLink() {
    machines.get(0).link(PRIMARY).plugged(false);
    assertDelivered(3, List.of(0), unicast(0, 3));
    assertDelivered(0, List.of(3), unicast(3, 0));
    assertDelivered(3, List.of(0), unicast(0, 3));
    assertDelivered(3, List.of(0, 1, 2, 4), broadcast(3));
    machines.get(0).link(PRIMARY).plugged(true);
    assertDelivered(3, List.of(0), unicast(0, 3));
  }

  @Test
  void theLossOfASwitchCostsOnlyWhatHasNoLinkElsewhere() {
    send(0, broadcast(0));
    tors.get(PRIMARY).powerOff();
    assertDelivered(0, List.of(1, 2, 4), broadcast(0));
    assertDelivered(1, List.of(0), unicast(0, 1));
    assertDelivered(3, List.of(), broadcast(3));
    tors.get(PRIMARY).powerOn();
    assertDelivered(3, List.of(0, 1, 2, 4), broadcast(3));
    assertDelivered(4, List.of(3), unicast(3, 4));
  }

  @Test
  void withoutThePeerLinkThePrimaryServesAlone() {
    peerLink.plugged(false);
    assertFalse(machines.get(0).link(SECONDARY).near().carrier());
    assertTrue(machines.get(4).link(SECONDARY).near().carrier(), "it has no partner");
    assertDelivered(0, List.of(1, 2, 3), broadcast(0));
    tors.get(PRIMARY).powerOff();
    assertTrue(machines.get(0).link(SECONDARY).near().carrier(), "the secondary serves now");
    assertDelivered(0, List.of(1, 2, 4), broadcast(0));
    tors.get(PRIMARY).powerOn();
    peerLink.plugged(true);
    assertDelivered(0, List.of(1, 2, 3, 4), broadcast(0));
  }

  /** Random frames while random links, the peer link and switches go and come. */
  @Test
  void everyFrameArrivesOnceWhereverAWayIsLeft() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      for (int step = 0; step < 200; step++) {
        change(random);
        int from = random.nextInt(MACHINES);
        int to = random.nextInt(MACHINES);
        boolean all = random.nextInt(4) == 0 || to == from;
        List<Integer> wanted =
            (all ? everybodyBut(from) : List.of(to))
                .stream().filter(each -> wayIsLeft(from, each)).toList();
        String step_ = "seed " + seed + ", step " + step + ": ";
        assertDelivered(step_, from, wanted, all ? broadcast(from) : unicast(to, from));
      }
    }
  }

  private void change(Random random) {
    switch (random.nextInt(8)) {
      case 0 -> wires.get(random.nextInt(wires.size())).plugged(random.nextBoolean());
      case 1 -> peerLink.plugged(random.nextInt(4) > 0);
      case 2 -> {
        SimulatedSwitch tor = tors.get(random.nextInt(2));
        if (random.nextInt(3) == 0) {
          tor.powerOff();
        } else {
          tor.powerOn();
        }
      }
      default -> {}
    }
  }

  /** By light alone: which switches two machines have a link to, and whether these are joined. */
  private boolean wayIsLeft(int from, int to) {
    boolean joined = peerLink.near().carrier();
    for (int first = 0; first < 2; first++) {
      for (int second = 0; second < 2; second++) {
        if (machines.get(from).hasLink(first)
            && machines.get(to).hasLink(second)
            && (first == second || joined)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void aPortThatDoesNotExistIsNamed() {
    assertThrows(
        Failure.class,
        () ->
            MlagPair.join(
                new MlagPair.Member(tors.get(0), peerLink.near()),
                new MlagPair.Member(tors.get(1), peerLink.far()),
                Map.of("a0", "b9")));
  }

  private void assertDelivered(int from, List<Integer> wanted, Frame frame) {
    assertDelivered("", from, wanted, frame);
  }

  /** Of a frame for one machine others may get a copy, but nobody two. */
  private void assertDelivered(String when, int from, List<Integer> wanted, Frame frame) {
    machines.forEach(Machine::clear);
    send(from, frame);
    List<Integer> got = receivers(frame);
    assertEquals(got.stream().distinct().toList(), got, when + "nobody gets two");
    assertFalse(got.contains(from), when + "it does not come back");
    List<Integer> meant =
        frame.destination().isGroup() ? got : got.stream().filter(wanted::contains).toList();
    assertEquals(wanted, meant, when + frame);
  }

  private void send(int from, Frame frame) {
    machines.get(from).port.send(frame);
  }

  private List<Integer> receivers(Frame frame) {
    List<Integer> receivers = new ArrayList<>();
    for (Machine machine : machines) {
      machine.got.stream().filter(frame::equals).forEach(each -> receivers.add(machine.number));
    }
    return receivers;
  }

  private static List<Integer> everybodyBut(int machine) {
    List<Integer> others = new ArrayList<>(List.of(0, 1, 2, 3, 4));
    others.remove(Integer.valueOf(machine));
    return others;
  }

  private Frame broadcast(int from) {
    return frame(MacAddress.BROADCAST, from);
  }

  private Frame unicast(int to, int from) {
    return frame(station(to), from);
  }

  /** Each frame is one of its own. */
  private Frame frame(MacAddress to, int from) {
    byte[] payload = ByteBuffer.allocate(46).putInt(++frames).array();
    return Frame.of(to, station(from), 0x88b5, payload);
  }

  private static MacAddress station(int machine) {
    return new MacAddress(0x0200_0000_0000L + machine);
  }
}

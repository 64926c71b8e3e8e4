package io.patchbay.hwsim.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.linux.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which of several links a frame takes, and what the loss of one changes. */
class LinkAggregationGroupTest {
  private final List<Link> links = List.of(new Link(), new Link(), new Link());
  private final LinkAggregationGroup bond = new LinkAggregationGroup(links);

  /** One link, without another end. */
  private static final class Link implements FramePort {
    private final List<Frame> sent = new ArrayList<>();
    private Consumer<Frame> receiver = frame -> {};
    private Runnable watcher = () -> {};
    private boolean up = true;
    private boolean powered;

    @Override
    public void send(Frame frame) {
      sent.add(frame);
    }

    @Override
    public void receiver(Consumer<Frame> to) {
      receiver = to;
    }

    @Override
    public boolean carrier() {
      return up;
    }

    @Override
    public void carrierWatcher(Runnable told) {
      watcher = told;
    }

    @Override
    public void power(boolean on) {
      powered = on;
    }

    void up(boolean now) {
      up = now;
      watcher.run();
    }
  }

  @Test
  void aConversationKeepsItsLinkAndAllLinksAreUsed() {
    Set<Integer> used = new HashSet<>();
    for (int station = 0; station < 30; station++) {
      int way = way(frame(station, 100, 1));
      assertEquals(way, way(frame(station, 100, 60)), "its next frame, which is longer");
      used.add(way);
    }
    assertEquals(Set.of(0, 1, 2), used);
    Set<Integer> ofVlans = new HashSet<>();
    for (int vlan = 1; vlan < 30; vlan++) {
      ofVlans.add(way(frame(7, vlan, 1)));
    }
    assertEquals(Set.of(0, 1, 2), ofVlans, "the VLAN counts, too");
  }

  /** Random links go and come; 500 steps by one seed. */
  @Test
  void eachFrameGoesOutOnceByALinkThatIsUpAndOthersStay() {
    Random random = new Random(1);
    for (int step = 0; step < 500; step++) {
      links.get(random.nextInt(3)).up(random.nextBoolean());
      boolean any = links.stream().anyMatch(FramePort::carrier);
      assertEquals(any, bond.carrier());
      for (int station = 0; station < 10; station++) {
        int own = own(frame(station, 100, 1));
        int way = way(frame(station, 100, 1));
        assertTrue(!any || links.get(way).up, "step " + step + ": it takes a link that is up");
        assertTrue(!links.get(own).up || way == own, "step " + step + ": it stays where it may");
      }
    }
  }

  @Test
  void whatComesInByAnyLinkIsReceivedAndEveryLinkIsWatched() {
    List<Frame> got = new ArrayList<>();
    List<Boolean> told = new ArrayList<>();
    bond.receiver(got::add);
    bond.carrierWatcher(() -> told.add(bond.carrier()));
    links.forEach(link -> link.receiver.accept(frame(1, 0, 1)));
    assertEquals(3, got.size());
    links.get(2).up(false);
    links.get(0).up(false);
    links.get(1).up(false);
    links.get(0).up(true);
    assertEquals(List.of(true, true, false, true), told);
    bond.power(true);
    assertTrue(links.stream().allMatch(link -> link.powered));
    bond.power(false);
    assertFalse(links.stream().anyMatch(link -> link.powered));
  }

  /** As a host's LLDP agent tells each of its neighbours. */
  @Test
  void whatIsForTheNeighbourGoesOutByEachLink() {
    bond.send(
        Frame.of(
            LldpMessage.NEAREST_BRIDGE, new MacAddress(5), LldpMessage.ETHER_TYPE, new byte[9]));
    links.forEach(link -> assertEquals(1, link.sent.size()));
  }

  @Test
  void aGroupNeedsALink() {
    assertThrows(IllegalArgumentException.class, () -> new LinkAggregationGroup(List.of()));
  }

  /** The link that it has while all are up. */
  private int own(Frame frame) {
    List<Boolean> before = links.stream().map(link -> link.up).toList();
    links.forEach(link -> link.up = true);
    int own = way(frame);
    for (int i = 0; i < links.size(); i++) {
      links.get(i).up = before.get(i);
    }
    return own;
  }

  /** By which one link a frame goes out. */
  private int way(Frame frame) {
    links.forEach(link -> link.sent.clear());
    bond.send(frame);
    List<Link> used = links.stream().filter(link -> link.sent.equals(List.of(frame))).toList();
    assertEquals(1, used.size(), "links that carry the frame");
    return links.indexOf(used.getFirst());
  }

  private static Frame frame(int station, int vlan, int length) {
    Frame frame =
        Frame.of(
            new MacAddress(0x0200_0000_0900L),
            new MacAddress(0x0200_0000_0000L + station),
            0x88b5,
            new byte[length]);
    return vlan == 0 ? frame : frame.withTag(VlanTag.of(vlan));
  }
}

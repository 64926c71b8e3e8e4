package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.hwsim.nic.VfCounters.Count;
import io.patchbay.hwsim.nic.VfCounters.Drop;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * The way of a frame through a NIC: spoof check, VLAN tag, MAC and VLAN filter, and the switch
 * between VFs of one VLAN inside it (the <em>virtual Ethernet bridge</em> of IEEE 802.1Q-2022,
 * clause 5.22, without learning: it knows the address of each VF).
 *
 * <p>It owns the settings and the counters of all VFs; the ports are somebody else's. Ports call
 * {@code fromX} from any thread and may be called back in it; nothing here waits.
 */
final class FramePath {
  /** To the station at the other end of the cable only, never switched (IEEE 802.1AB, 7.1). */
  static final MacAddress LLDP = MacAddress.parse("01:80:c2:00:00:0e");

  /** Who takes the frames that come out. */
  interface Ports {
    /** Sends to the cable; tagged as it is. */
    void toWire(Frame frame);

    /** Gives to the PF's netdev. */
    void toPf(Frame frame);

    /** Gives to a VF's netdev, untagged; false when that did not take it. */
    boolean toVf(int number, Frame frame);
  }

  private static final class Tally {
    private final LongAdder frames = new LongAdder();
    private final LongAdder octets = new LongAdder();

    void add(Frame frame) {
      frames.increment();
      octets.add(frame.length());
    }

    Count count() {
      return new Count(frames.sum(), octets.sum());
    }
  }

  private static final class Tallies {
    private final Tally received = new Tally();
    private final Tally sent = new Tally();
    private final Map<Drop, LongAdder> drops = new EnumMap<>(Drop.class);

    Tallies() {
      for (Drop reason : Drop.values()) {
        drops.put(reason, new LongAdder());
      }
    }

    void drop(Drop reason) {
      drops.computeIfAbsent(reason, absent -> new LongAdder()).increment();
    }
  }

  private final MacAddress pfMac;
  private final Ports ports;
  private final List<VfSettings> settings;
  private final List<Tallies> tallies;

  FramePath(NicHardware nic, Ports ports) {
    this.pfMac = nic.mac();
    this.ports = ports;
    this.settings =
        new CopyOnWriteArrayList<>(
            IntStream.range(0, nic.totalVfs())
                .mapToObj(number -> VfSettings.initial(nic.vfMac(number)))
                .toList());
    this.tallies = IntStream.range(0, nic.totalVfs()).mapToObj(number -> new Tallies()).toList();
  }

  /** What is set for a VF now. */
  VfSettings settings(int number) {
    return settings.get(number);
  }

  /** Sets a VF; frames that come after this see it. Callers take turns. */
  void settings(int number, VfSettings wanted) {
    settings.set(number, wanted);
  }

  /** What a VF has counted so far. */
  VfCounters counters(int number) {
    Tallies tally = tallies.get(number);
    Map<Drop, Long> drops = new EnumMap<>(Drop.class);
    tally.drops.forEach((reason, count) -> drops.put(reason, count.sum()));
    return new VfCounters(tally.received.count(), tally.sent.count(), drops);
  }

  /** A frame from the cable. Who is in its VLAN and is meant gets it, without the tag. */
  void fromWire(Frame frame) {
    int vlan = frame.tag().map(VlanTag::id).orElse(0);
    Frame untagged = frame.withoutTag();
    MacAddress to = frame.destination();
    if (vlan == 0 && (to.equals(pfMac) || to.equals(MacAddress.BROADCAST) || to.equals(LLDP))) {
      ports.toPf(untagged);
    }
    if (!frame.linkLocal()) {
      toVfs(untagged, vlan, Integer.MIN_VALUE);
    }
  }

  /** A frame of the PF: into no VLAN, to the VFs that are in none, and out. */
  void fromPf(Frame frame) {
    boolean inside =
        frame.tag().isEmpty() && !frame.linkLocal() && toVfs(frame, 0, Integer.MIN_VALUE);
    if (!inside) {
      ports.toWire(frame);
    }
  }

  /** A frame of a VF: checked, tagged, switched inside or sent out, or both. */
  void fromVf(int number, Frame frame) {
    VfSettings sender = settings.get(number);
    Tallies tally = tallies.get(number);
    if (sender.linkState() == VfLinkState.DISABLE) {
      tally.drop(Drop.LINK_DISABLED);
    } else if (sender.spoofCheck() && !frame.source().equals(sender.mac())) {
      tally.drop(Drop.SPOOFED);
    } else if (sender.vlan() != 0 && frame.tag().isPresent()) {
      tally.drop(Drop.TAGGED);
    } else {
      tally.sent.add(frame);
      boolean inside =
          frame.tag().isEmpty() && !frame.linkLocal() && switchInside(number, frame, sender.vlan());
      if (!inside) {
        ports.toWire(sender.vlan() == 0 ? frame : frame.withTag(sender.tag()));
      }
    }
  }

  /** True when nobody outside is meant. The PF is one more station without VLAN. */
  private boolean switchInside(int sender, Frame frame, int vlan) {
    MacAddress to = frame.destination();
    if (vlan == 0 && to.equals(pfMac)) {
      ports.toPf(frame);
      return true;
    }
    if (vlan == 0 && to.equals(MacAddress.BROADCAST)) {
      ports.toPf(frame);
    }
    return toVfs(frame, vlan, sender);
  }

  /** True when the frame was for one VF of this VLAN, which then had its chance to take it. */
  private boolean toVfs(Frame untagged, int vlan, int sender) {
    MacAddress to = untagged.destination();
    boolean known = false;
    for (int number = 0; number < settings.size(); number++) {
      VfSettings vf = settings.get(number);
      boolean meant = to.isGroup() ? number != sender : to.equals(vf.mac());
      if (vf.vlan() == vlan && meant) {
        deliver(number, vf, untagged);
        known |= !to.isGroup();
      }
    }
    return known;
  }

  private void deliver(int number, VfSettings vf, Frame frame) {
    if (vf.linkState() == VfLinkState.DISABLE) {
      tallies.get(number).drop(Drop.LINK_DISABLED);
    } else if (ports.toVf(number, frame)) {
      tallies.get(number).received.add(frame);
    } else {
      tallies.get(number).drop(Drop.NOT_TAKEN);
    }
  }
}

package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.MacAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The switching of frames by a {@link SwitchPlan}: VLAN on entry, what the port lets in, learning,
 * then one port or all of the VLAN as far as they let out; with an {@link MlagPeer} the peer link
 * is one more port, and so is the way to an underlay, for VLANs that are segments. It owns what was
 * learnt and the counters. Frames come in on the ports' threads, many at once; a new plan waits for
 * those under way and then holds for all that follow.
 */
final class Forwarding {
  /** What the peer link is called as a port; no plan has it, and it is in all VLANs. */
  static final String PEER_LINK = "peer-link";

  /** What the way to the underlay is called as a port; no plan has it. */
  private static final String UNDERLAY = "underlay";

  private static final SwitchPlan.Port ALL_VLANS =
      new SwitchPlan.Port(
          true, OpenConfig.MTU_MAX, new PortMode.Trunk(OptionalInt.empty(), VlanSet.ALL));

  private final MacTable stations;
  private final Map<String, Counters> counters;
  private final PortGates entrances;
  private final PortGates exits;
  private final Map<String, FramePort> attached = new ConcurrentHashMap<>();
  private final ReadWriteLock turn = new ReentrantReadWriteLock();

  private volatile Optional<MlagPeer> peer = Optional.empty();
  private volatile Optional<Leaf> leaf = Optional.empty();

  /** What it is as a leaf of an underlay. */
  interface Leaf {
    /** Sends an untagged frame of a segment to all other leaves. */
    void send(Segment segment, Frame frame);

    /** Whether a port has a cable to another leaf. */
    boolean isBeside(String port);
  }

  @GuardedBy("turn")
  private SwitchPlan plan = new SwitchPlan(Map.of(), Set.of());

  Forwarding(List<String> ports, MacTable stations, Time time) {
    this.stations = stations;
    this.entrances = new PortGates(DropReason.INGRESS_ACL, DropReason.INPUT_POLICER, time);
    this.exits = new PortGates(DropReason.EGRESS_ACL, DropReason.OUTPUT_POLICER, time);
    Map<String, Counters> all = new LinkedHashMap<>();
    ports.forEach(port -> all.put(port, new Counters()));
    all.put(PEER_LINK, new Counters());
    all.put(UNDERLAY, new Counters());
    this.counters = Collections.unmodifiableMap(all);
  }

  /** Frames for a port go there from now on. */
  void attach(String port, FramePort to) {
    attached.put(port, to);
  }

  /** Is one of an MLAG pair from now on. */
  void pair(MlagPeer other) {
    attach(PEER_LINK, other.link());
    peer = Optional.of(other);
  }

  /** Is a leaf from now on. */
  void join(Leaf as) {
    leaf = Optional.of(as);
  }

  /** Takes an untagged frame that another leaf has sent for a segment. */
  void arrive(Segment segment, Frame frame) {
    turn.readLock().lock();
    try {
      plan.segments()
          .forEach((vlan, own) -> {
            if (own.hears(segment)) {
              counter(UNDERLAY).received(vlan);
              forward(UNDERLAY, vlan, frame)
                  .ifPresent(reason -> counter(UNDERLAY).dropped(vlan, reason));
            }
          });
    } finally {
      turn.readLock().unlock();
    }
  }

  /** Works by a plan from now on, and forgets what was learnt on ports that it changes. */
  void follow(SwitchPlan next) {
    turn.writeLock().lock();
    try {
      for (String port : counters.keySet()) {
        if (!Objects.equals(plan.ports().get(port), next.ports().get(port))) {
          stations.flush(port);
        }
      }
      if (!plan.segments().equals(next.segments())) {
        stations.flush(UNDERLAY);
      }
      plan = next;
      entrances.follow(next.input());
      exits.follow(next.output());
    } finally {
      turn.writeLock().unlock();
    }
  }

  /** The plan in force. */
  SwitchPlan plan() {
    turn.readLock().lock();
    try {
      return plan;
    } finally {
      turn.readLock().unlock();
    }
  }

  /** Forgets what was learnt on a port. */
  void flush(String port) {
    stations.flush(port);
  }

  /** Forgets all that was learnt. */
  void flush() {
    counters.keySet().forEach(stations::flush);
  }

  /** The peer has seen a station on its port of the same MLAG as this one, or on one alone its. */
  void learned(int vlan, MacAddress station, String port) {
    stations.learn(vlan, station, port);
  }

  /** The counters of a port of the switch. */
  PortCounters counters(String port) {
    return counter(port).snapshot();
  }

  /** Takes a frame that came in by a port. */
  void receive(String port, Frame frame) {
    turn.readLock().lock();
    try {
      SwitchPlan.Port settings = settings(port);
      int tag = frame.tag().map(VlanTag::id).orElse(0);
      Optional<DropReason> refused = refusal(settings, frame, tag);
      if (refused.isPresent()) {
        counter(port).dropped(tag, refused.get());
        return;
      }
      int vlan = tag == 0 ? untaggedVlan(settings.mode()).orElseThrow() : tag;
      counter(port).received(vlan);
      forward(port, vlan, frame).ifPresent(reason -> counter(port).dropped(vlan, reason));
    } finally {
      turn.readLock().unlock();
    }
  }

  /** Why a frame may not come in, if it may not. */
  private static Optional<DropReason> refusal(SwitchPlan.Port port, Frame frame, int tag) {
    if (!port.enabled()) {
      return Optional.of(DropReason.PORT_DISABLED);
    }
    if (frame.linkLocal()) {
      return Optional.of(DropReason.LINK_LOCAL);
    }
    if (frame.source().isGroup()) {
      return Optional.of(DropReason.BAD_SOURCE);
    }
    if (tooLong(frame, port)) {
      return Optional.of(DropReason.TOO_LONG);
    }
    return switch (port.mode()) {
      case PortMode.Unswitched _ -> Optional.of(DropReason.PORT_UNSWITCHED);
      case PortMode.Access _ when tag != 0 -> Optional.of(DropReason.TAGGED_ON_ACCESS);
      case PortMode.Access _ -> Optional.empty();
      case PortMode.Trunk trunk when tag == 0 ->
          trunk.nativeVlan().isPresent()
              ? Optional.empty()
              : Optional.of(DropReason.UNTAGGED_ON_TRUNK);
      case PortMode.Trunk trunk ->
          trunk.member(tag) ? Optional.empty() : Optional.of(DropReason.VLAN_NOT_CARRIED);
    };
  }

  private static OptionalInt untaggedVlan(PortMode mode) {
    return switch (mode) {
      case PortMode.Unswitched _ -> OptionalInt.empty();
      case PortMode.Access access -> OptionalInt.of(access.vlan());
      case PortMode.Trunk trunk -> trunk.nativeVlan();
    };
  }

  /** Sends a frame on, or says why it went nowhere. */
  @GuardedBy("turn.readLock()")
  private Optional<DropReason> forward(String from, int vlan, Frame frame) {
    if (plan.suspended().contains(vlan)) {
      return Optional.of(DropReason.VLAN_SUSPENDED);
    }
    Optional<DropReason> refused = entrances.refusal(from, frame);
    if (refused.isPresent()) {
      return refused;
    }
    learn(vlan, frame.source(), from);
    Optional<String> known =
        frame.destination().isGroup()
            ? Optional.empty()
            : stations.port(vlan, frame.destination()).map(this::way);
    if (known.isPresent() && known.get().equals(from)) {
      return Optional.of(DropReason.SAME_PORT);
    }
    boolean out = false;
    for (String to : known.map(List::of).orElseGet(() -> List.copyOf(counters.keySet()))) {
      out |= mayPass(from, to, vlan) && reaches(to, vlan, frame);
    }
    return out ? Optional.empty() : Optional.of(DropReason.NO_WAY_OUT);
  }

  /** The peer tells what it has learnt, and on which port: more than its frames do. */
  private void learn(int vlan, MacAddress station, String from) {
    if (!from.equals(PEER_LINK)) {
      stations.learn(vlan, station, from);
      peer.ifPresent(other -> other.learned(vlan, station, from));
    }
  }

  /** The port itself, or the peer link while only the peer's port of the same MLAG has carrier. */
  private String way(String port) {
    boolean here = Optional.ofNullable(attached.get(port)).map(FramePort::carrier).orElse(false);
    return !here && peerReaches(port) ? PEER_LINK : port;
  }

  /** What came from the peer has gone out of the peer's ports. */
  @GuardedBy("turn.readLock()")
  private boolean mayPass(String from, String to, int vlan) {
    return !to.equals(from)
        && !(from.equals(PEER_LINK) && peerReaches(to))
        && !circles(from, vlan)
        && !circles(to, vlan);
  }

  /** Whether a port leads to another leaf by a cable, where it has the VLAN over the underlay. */
  @GuardedBy("turn.readLock()")
  private boolean circles(String port, int vlan) {
    return plan.segments().containsKey(vlan)
        && !port.equals(UNDERLAY)
        && leaf.map(as -> as.isBeside(port)).orElse(false);
  }

  private boolean peerReaches(String port) {
    return peer.map(other -> other.reaches(port)).orElse(false);
  }

  @GuardedBy("turn.readLock()")
  private SwitchPlan.Port settings(String port) {
    return port.equals(PEER_LINK)
        ? ALL_VLANS
        : Objects.requireNonNull(plan.ports().get(port), port);
  }

  /**
   * Whether a port is a way out for a frame, which leaves by it unless the port's policy drops it.
   */
  @GuardedBy("turn.readLock()")
  private boolean reaches(String to, int vlan, Frame frame) {
    if (to.equals(UNDERLAY)) {
      return crosses(vlan, frame);
    }
    SwitchPlan.Port settings = settings(to);
    FramePort port = attached.get(to);
    if (port == null
        || !settings.enabled()
        || !settings.mode().member(vlan)
        || tooLong(frame, settings)
        || !port.carrier()) {
      return false;
    }
    Frame leaving = settings.mode().untagged(vlan) ? frame.withoutTag() : frame.retag(vlan);
    exits
        .refusal(to, leaving)
        .ifPresentOrElse(
            reason -> counter(to).dropped(vlan, reason),
            () -> {
              port.send(leaving);
              counter(to).sent(vlan);
            });
    return true;
  }

  @GuardedBy("turn.readLock()")
  private boolean crosses(int vlan, Frame frame) {
    Segment segment = plan.segments().get(vlan);
    if (segment == null || leaf.isEmpty()) {
      return false;
    }
    leaf.get().send(segment, frame.withoutTag());
    counter(UNDERLAY).sent(vlan);
    return true;
  }

  private Counters counter(String port) {
    return Objects.requireNonNull(counters.get(port), port);
  }

  private static boolean tooLong(Frame frame, SwitchPlan.Port port) {
    int tag = frame.tag().isPresent() ? 4 : 0;
    return frame.length() - tag - Frame.HEADER_OCTETS > port.mtu();
  }
}

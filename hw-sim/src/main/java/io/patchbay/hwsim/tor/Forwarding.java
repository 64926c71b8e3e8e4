package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.VlanTag;
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
 * The switching of frames by a {@link SwitchPlan}: VLAN on entry, learning, then one port or all of
 * the VLAN. It owns what was learnt and the counters. Frames come in on the ports' threads, many at
 * once; a new plan waits for those under way and then holds for all that follow.
 */
final class Forwarding {
  private final MacTable stations;
  private final Map<String, Counters> counters;
  private final Map<String, FramePort> attached = new ConcurrentHashMap<>();
  private final ReadWriteLock turn = new ReentrantReadWriteLock();

  @GuardedBy("turn")
  private SwitchPlan plan = new SwitchPlan(Map.of(), Set.of());

  Forwarding(List<String> ports, MacTable stations) {
    this.stations = stations;
    Map<String, Counters> all = new LinkedHashMap<>();
    ports.forEach(port -> all.put(port, new Counters()));
    this.counters = Collections.unmodifiableMap(all);
  }

  /** Frames for a port go there from now on. */
  void attach(String port, FramePort to) {
    attached.put(port, to);
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
      plan = next;
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

  /** The counters of a port of the switch. */
  PortCounters counters(String port) {
    return counter(port).snapshot();
  }

  /** Takes a frame that came in by a port. */
  void receive(String port, Frame frame) {
    turn.readLock().lock();
    try {
      SwitchPlan.Port settings = Objects.requireNonNull(plan.ports().get(port), port);
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
    if (linkLocal(frame)) {
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
    stations.learn(vlan, frame.source(), from);
    Optional<String> known =
        frame.destination().isGroup() ? Optional.empty() : stations.port(vlan, frame.destination());
    if (known.isPresent() && known.get().equals(from)) {
      return Optional.of(DropReason.SAME_PORT);
    }
    boolean sent = false;
    for (String to : known.map(List::of).orElseGet(() -> List.copyOf(counters.keySet()))) {
      sent |= !to.equals(from) && sends(to, vlan, frame);
    }
    return sent ? Optional.empty() : Optional.of(DropReason.NO_WAY_OUT);
  }

  @GuardedBy("turn.readLock()")
  private boolean sends(String to, int vlan, Frame frame) {
    SwitchPlan.Port settings = Objects.requireNonNull(plan.ports().get(to), to);
    FramePort port = attached.get(to);
    if (port == null
        || !settings.enabled()
        || !settings.mode().member(vlan)
        || tooLong(frame, settings)
        || !port.carrier()) {
      return false;
    }
    port.send(settings.mode().untagged(vlan) ? frame.withoutTag() : frame.retag(vlan));
    counter(to).sent(vlan);
    return true;
  }

  private Counters counter(String port) {
    return Objects.requireNonNull(counters.get(port), port);
  }

  private static boolean tooLong(Frame frame, SwitchPlan.Port port) {
    int tag = frame.tag().isPresent() ? 4 : 0;
    return frame.length() - tag - Frame.HEADER_OCTETS > port.mtu();
  }

  /** 01:80:c2:00:00:00 to 0f. */
  private static boolean linkLocal(Frame frame) {
    return frame.destination().value() >> 4 == 0x0180_c200_000L;
  }
}

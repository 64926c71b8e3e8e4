package io.patchbay.hwsim.tor;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** The counters of one port, VLAN by VLAN, at most 4096 of them. Safe for all threads. */
final class Counters {
  private record OfVlan(LongAdder received, LongAdder sent, Map<DropReason, LongAdder> drops) {
    PortCounters.OfVlan snapshot() {
      Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
      drops.forEach((reason, count) -> dropped.put(reason, count.sum()));
      return new PortCounters.OfVlan(received.sum(), sent.sum(), dropped);
    }
  }

  private final Map<Integer, OfVlan> vlans = new ConcurrentHashMap<>();

  void received(int vlan) {
    of(vlan).received().increment();
  }

  void sent(int vlan) {
    of(vlan).sent().increment();
  }

  void dropped(int vlan, DropReason reason) {
    of(vlan).drops().computeIfAbsent(reason, unseen -> new LongAdder()).increment();
  }

  PortCounters snapshot() {
    Map<Integer, PortCounters.OfVlan> counts = new TreeMap<>();
    vlans.forEach((vlan, count) -> counts.put(vlan, count.snapshot()));
    return new PortCounters(counts);
  }

  private OfVlan of(int vlan) {
    return vlans.computeIfAbsent(
        vlan, unseen -> new OfVlan(new LongAdder(), new LongAdder(), new ConcurrentHashMap<>()));
  }
}

package io.patchbay.torshims.snmp;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.snmp4j.PDU;
import org.snmp4j.smi.VariableBinding;

/**
 * How much of a change goes into one SET: what a datagram that is not cut up has room for, until
 * the switch says that it takes less. Used by one thread.
 */
final class SetSize {
  /** An Ethernet frame's 1500 octets without IP, UDP and what is around a PDU in version 3. */
  private static final int OCTETS = 1200;

  private int octets = OCTETS;

  /** So many octets of variables are in one SET at most, unless there are no smaller parts. */
  int octets() {
    return octets;
  }

  void octets(int most) {
    octets = most;
  }

  /** A SET of these was too big: the next is smaller, if it can be. */
  void tooBig(List<VariableBinding> variables) {
    octets = Math.min(octets, length(variables)) / 2;
  }

  private static int length(List<VariableBinding> variables) {
    PDU pdu = new PDU();
    pdu.addAll(variables);
    return pdu.getBERLength();
  }

  boolean fits(List<VariableBinding> variables) {
    return length(variables) <= octets;
  }

  /**
   * The state after the next SET: with all ports as they are to be, if that fits; else with one
   * port, and as many of its VLANs as fit. What a port does with untagged frames goes with its
   * first VLANs, so that it never does what it neither did nor is to do.
   */
  BridgeState step(
      String who, BridgeState now, Map<String, SnmpPort> goals, SortedSet<String> ports) {
    BridgeState all = now;
    for (String port : ports) {
      all = all.with(who, port, requireNonNull(goals.get(port)));
    }
    if (ports.isEmpty() || fits(now.towards(all))) {
      return all;
    }
    String first =
        ports.stream()
            .filter(port -> !now.port(who, port).equals(goals.get(port)))
            .findFirst()
            .orElseThrow();
    return step(who, now, first, requireNonNull(goals.get(first)));
  }

  private BridgeState step(String who, BridgeState now, String name, SnmpPort goal) {
    SnmpPort port = now.port(who, name);
    SortedSet<Integer> egress = new TreeSet<>(port.egress());
    egress.removeAll(port.untagged());
    egress.addAll(goal.untagged());
    if (!goal.egress().contains(goal.vlan().pvid())) {
      egress.remove(goal.vlan().pvid()); // or untagged frames would come in by it
    }
    SortedSet<Integer> open = new TreeSet<>(goal.egress());
    open.addAll(port.egress());
    BridgeState best = now.with(who, name, new SnmpPort(goal.vlan(), egress, goal.untagged()));
    boolean moved = !best.port(who, name).equals(port);
    for (int vlan : open) {
      boolean in = goal.egress().contains(vlan);
      if (in == egress.contains(vlan)) {
        continue;
      }
      if (in) {
        egress.add(vlan);
      } else {
        egress.remove(vlan);
      }
      BridgeState more = now.with(who, name, new SnmpPort(goal.vlan(), egress, goal.untagged()));
      if (moved && !fits(now.towards(more))) {
        break;
      }
      best = more;
      moved = true;
    }
    return best;
  }
}

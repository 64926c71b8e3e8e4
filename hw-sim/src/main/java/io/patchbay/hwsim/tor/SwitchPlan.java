package io.patchbay.hwsim.tor;

import java.util.Map;
import java.util.Set;

/**
 * What the forwarding works by: the running configuration as far as it concerns frames. Immutable,
 * replaced whole.
 *
 * @param ports each port of the switch by its name
 * @param suspended the VLANs of which nothing is forwarded
 * @param input what ports let in; a port that is not in it lets all in
 * @param output what ports let out, likewise
 * @param segments the VLANs that go over the underlay, too
 */
record SwitchPlan(
    Map<String, Port> ports,
    Set<Integer> suspended,
    Map<String, PortPolicy> input,
    Map<String, PortPolicy> output,
    Map<Integer, Segment> segments) {
  /** Ports that let all in and out. */
  SwitchPlan(Map<String, Port> ports, Set<Integer> suspended) {
    this(ports, suspended, Map.of(), Map.of(), Map.of());
  }

  /**
   * How one port is set.
   *
   * @param enabled whether it is lit
   * @param mtu the longest payload in octets behind the EtherType of the untagged frame
   */
  record Port(boolean enabled, int mtu, PortMode mode) {}

  SwitchPlan {
    ports = Map.copyOf(ports);
    suspended = Set.copyOf(suspended);
    input = Map.copyOf(input);
    output = Map.copyOf(output);
    segments = Map.copyOf(segments);
  }
}

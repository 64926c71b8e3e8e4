package io.patchbay.hwsim.tor;

import java.util.Map;
import java.util.Set;

/**
 * What the forwarding works by: the running configuration as far as it concerns frames. Immutable,
 * replaced whole.
 *
 * @param ports each port of the switch by its name
 * @param suspended the VLANs of which nothing is forwarded
 */
public record SwitchPlan(Map<String, Port> ports, Set<Integer> suspended) {
  /**
   * How one port is set.
   *
   * @param enabled whether it is lit
   * @param mtu the longest payload in octets behind the EtherType of the untagged frame
   */
  public record Port(boolean enabled, int mtu, PortMode mode) {}

  public SwitchPlan {
    ports = Map.copyOf(ports);
    suspended = Set.copyOf(suspended);
  }
}

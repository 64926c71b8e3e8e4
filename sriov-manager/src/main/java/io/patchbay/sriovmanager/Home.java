package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.patchbay.linux.MacAddress;

/**
 * How a VF is when nobody has it: its interface, and what its PF says about it.
 *
 * @param name the interface's name; empty for a VF that has none, as containers drive it themselves
 * @param mac the interface's hardware address
 * @param mtu bytes
 * @param settings what the PF is told
 */
record Home(String name, String mac, int mtu, Settings settings) {
  /** The home of a VF that was never looked at. */
  static final Home UNKNOWN = new Home("", "", 0, new Settings("", 0, 0, false));

  /** Whether it has no interface: nothing is moved, and only its PF is told anything. */
  @JsonIgnore
  boolean bare() {
    return name.isEmpty();
  }

  /** The same under another name, as a new boot may give it. */
  Home named(String other) {
    return new Home(other, mac, mtu, settings);
  }

  /**
   * A VF's settings on its PF.
   *
   * @param mac the administrative hardware address, all zero when there is none
   * @param vlan 0 for none
   * @param qos the priority of its tag, 0 to 7
   */
  record Settings(String mac, int vlan, int qos, boolean spoofCheck) {
    MacAddress macAddress() {
      return MacAddress.parse(mac);
    }
  }
}

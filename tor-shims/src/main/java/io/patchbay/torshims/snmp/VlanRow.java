package io.patchbay.torshims.snmp;

/**
 * A row of dot1qVlanStaticTable.
 *
 * @param active whether the switch works by it
 */
record VlanRow(
    String name, PortList egress, PortList forbidden, PortList untagged, boolean active) {
  /** One that is made. */
  static VlanRow of(String name, int octets) {
    PortList none = PortList.empty(octets);
    return new VlanRow(name, none, none, none, true);
  }

  boolean isEmpty() {
    return egress.isEmpty() && untagged.isEmpty() && forbidden.isEmpty();
  }

  /** The row of a VLAN with a port in its lists as that port is to be. */
  VlanRow with(int vlan, int number, SnmpPort port) {
    return new VlanRow(
        name,
        egress.with(number, port.egress().contains(vlan)),
        forbidden,
        untagged.with(number, port.untagged().contains(vlan)),
        active);
  }
}

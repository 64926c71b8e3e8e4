package io.patchbay.hwsim.snmp;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snmp4j.smi.OctetString;

/**
 * The numbers of a switch's ports. The bridge counts them from the far end and not from 1, so that
 * nobody gets away with taking one number for another. Immutable.
 */
final class PortMap {
  private static final int FIRST_BRIDGE_PORT = 9;

  private final List<String> names;

  PortMap(List<String> names) {
    this.names = List.copyOf(names);
  }

  /** In the order of their interface numbers. */
  List<String> names() {
    return names;
  }

  /** As IF-MIB and LLDP-MIB count. */
  int ifIndex(String port) {
    return names.indexOf(port) + 1;
  }

  /** As BRIDGE-MIB and Q-BRIDGE-MIB count. */
  int bridgePort(String port) {
    return FIRST_BRIDGE_PORT + names.size() - ifIndex(port);
  }

  /** Ports by the bridge's numbers. */
  Map<Integer, String> byBridgePort() {
    Map<Integer, String> ports = new TreeMap<>();
    names.forEach(name -> ports.put(bridgePort(name), name));
    return ports;
  }

  /** So many octets has each list of ports. */
  int octets() {
    return (FIRST_BRIDGE_PORT + names.size() - 1 + 7) / 8;
  }

  /** A list of ports as on the wire. */
  OctetString list(Set<String> ports) {
    byte[] bits = new byte[octets()];
    for (String port : ports) {
      int bit = bridgePort(port) - 1;
      bits[bit / 8] |= (byte) (0x80 >> (bit % 8));
    }
    return new OctetString(bits);
  }

  /** The ports of a list. Throws {@link IllegalArgumentException} for one that is not there. */
  Set<String> ports(OctetString list) {
    Map<Integer, String> known = byBridgePort();
    Set<String> ports = new TreeSet<>();
    for (int bit = 0; bit < list.length() * 8; bit++) {
      if ((list.get(bit / 8) & (0x80 >> (bit % 8))) != 0) {
        String port = known.get(bit + 1);
        if (port == null) {
          throw new IllegalArgumentException("there is no bridge port " + (bit + 1));
        }
        ports.add(port);
      }
    }
    return ports;
  }
}

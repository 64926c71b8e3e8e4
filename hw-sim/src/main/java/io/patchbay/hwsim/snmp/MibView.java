package io.patchbay.hwsim.snmp;

import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.netconf.Data;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.snmp4j.smi.Gauge32;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UnsignedInteger32;
import org.snmp4j.smi.Variable;

/** All that can be read of a switch at one moment, in the order of its OIDs. Used by one thread. */
final class MibView {
  private static final int ETHERNET_MBIT = 25_000;
  private static final int INTERFACE_NAME_OF_PORT = 5;

  /** Something that is no index of anything, so that nobody takes it for one. */
  private static final int TIME_MARK = 4711;

  private final TreeMap<OID, Variable> values = new TreeMap<>();
  private final Data state;
  private final Bridge bridge;
  private final PortMap numbers;

  private MibView(Data state, Bridge bridge, PortMap numbers) {
    this.state = state;
    this.bridge = bridge;
    this.numbers = numbers;
  }

  /**
   * @param state the configuration, with the state
   */
  static TreeMap<OID, Variable> of(Data state, Bridge bridge, PortMap numbers, int serial) {
    MibView view = new MibView(state, bridge, numbers);
    view.values.put(Mib.SET_SERIAL_NO, new Integer32(serial));
    view.values.put(Mib.SYS_DESCR, new OctetString("a simulated switch"));
    view.values.put(
        Mib.SYS_NAME, text(state.at("lldp", "state", "system-name").map(Data::value).orElse("")));
    view.values.put(Mib.BASE_NUM_PORTS, new Integer32(numbers.names().size()));
    numbers.names().forEach(view::port);
    bridge.rows().keySet().forEach(view::vlan);
    return view.values;
  }

  private static OctetString text(String text) {
    return new OctetString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void put(OID table, int column, Variable value, int... index) {
    OID oid = Mib.column(table, column);
    for (int each : index) {
      oid.append(each);
    }
    values.put(oid, value);
  }

  private void port(String name) {
    Optional<Data> told = BridgeTree.entry(state, name).flatMap(entry -> entry.child("state"));
    int ifIndex = numbers.ifIndex(name);
    put(Mib.IF_TABLE, 1, new Integer32(ifIndex), ifIndex);
    put(Mib.IF_TABLE, 2, text(name), ifIndex);
    put(
        Mib.IF_TABLE,
        4,
        new Integer32(told.flatMap(data -> data.leaf("mtu")).map(Integer::valueOf).orElse(1500)),
        ifIndex);
    put(Mib.IF_TABLE, 7, status(told, "admin-status"), ifIndex);
    put(Mib.IF_TABLE, 8, status(told, "oper-status"), ifIndex);
    put(Mib.IF_X_TABLE, 1, text(name), ifIndex);
    put(Mib.IF_X_TABLE, 15, new Gauge32(ETHERNET_MBIT), ifIndex);
    put(
        Mib.IF_X_TABLE,
        18,
        text(told.flatMap(data -> data.leaf("description")).orElse("")),
        ifIndex);
    bridgePort(name, numbers.bridgePort(name));
    put(Mib.LLDP_LOCAL_PORT, 2, new Integer32(INTERFACE_NAME_OF_PORT), ifIndex);
    put(Mib.LLDP_LOCAL_PORT, 3, text(name), ifIndex);
    put(Mib.LLDP_LOCAL_PORT, 4, text("front panel " + ifIndex), ifIndex);
    neighbours(name, ifIndex);
  }

  private static Integer32 status(Optional<Data> told, String leaf) {
    return new Integer32(told.flatMap(data -> data.leaf(leaf)).orElse("").equals("UP") ? 1 : 2);
  }

  private void bridgePort(String name, int number) {
    BridgePort port = Objects.requireNonNull(bridge.ports().get(name));
    values.put(
        new OID(Mib.BASE_PORT_IF_INDEX).append(number), new Integer32(numbers.ifIndex(name)));
    put(Mib.PORT_VLAN, Mib.PVID, new UnsignedInteger32(port.pvid()), number);
    put(Mib.PORT_VLAN, Mib.FRAME_TYPES, new Integer32(port.taggedOnly() ? 2 : 1), number);
    put(
        Mib.PORT_VLAN,
        Mib.INGRESS_FILTERING,
        new Integer32(port.filtering() ? Mib.TRUE : Mib.FALSE),
        number);
  }

  private void vlan(int vlan) {
    put(Mib.VLAN_CURRENT, 3, new UnsignedInteger32(vlan), TIME_MARK, vlan);
    put(Mib.VLAN_CURRENT, 4, numbers.list(bridge.current(vlan)), TIME_MARK, vlan);
    put(Mib.VLAN_CURRENT, 5, numbers.list(bridge.untagged(vlan)), TIME_MARK, vlan);
    put(Mib.VLAN_CURRENT, 6, new Integer32(2), TIME_MARK, vlan);
    put(Mib.VLAN_STATIC, Mib.NAME, text(Objects.requireNonNull(bridge.rows().get(vlan))), vlan);
    put(Mib.VLAN_STATIC, Mib.EGRESS, numbers.list(bridge.egress(vlan)), vlan);
    put(Mib.VLAN_STATIC, Mib.FORBIDDEN, numbers.list(bridge.forbidden(vlan)), vlan);
    put(Mib.VLAN_STATIC, Mib.UNTAGGED, numbers.list(bridge.untagged(vlan)), vlan);
    put(Mib.VLAN_STATIC, Mib.ROW_STATUS, new Integer32(Mib.ACTIVE), vlan);
  }

  private void neighbours(String name, int ifIndex) {
    state.at("lldp", "interfaces").stream()
        .flatMap(list -> list.all("interface"))
        .filter(port -> port.key().equals(name))
        .flatMap(port -> port.child("neighbors").stream())
        .flatMap(list -> list.all("neighbor"))
        .forEach(neighbour ->
            neighbour
                .child("state")
                .ifPresent(told -> neighbour(told, ifIndex, Integer.parseInt(neighbour.key()))));
  }

  private void neighbour(Data told, int ifIndex, int number) {
    int[] index = {TIME_MARK, ifIndex, number};
    IdType chassis = IdType.valueOf(told.leaf("chassis-id-type").orElseThrow());
    put(Mib.LLDP_REMOTE, 4, new Integer32(chassisSubtype(chassis)), index);
    put(Mib.LLDP_REMOTE, 5, id(chassis, told.leaf("chassis-id").orElseThrow()), index);
    IdType port = IdType.valueOf(told.leaf("port-id-type").orElseThrow());
    put(Mib.LLDP_REMOTE, 6, new Integer32(portSubtype(port)), index);
    put(Mib.LLDP_REMOTE, 7, id(port, told.leaf("port-id").orElseThrow()), index);
    put(Mib.LLDP_REMOTE, 8, text(told.leaf("port-description").orElse("")), index);
    put(Mib.LLDP_REMOTE, 9, text(told.leaf("system-name").orElse("")), index);
  }

  /** IEEE 802.1AB table 8-2, which LldpChassisIdSubtype has, too. */
  private static int chassisSubtype(IdType type) {
    return switch (type) {
      case CHASSIS_COMPONENT -> 1;
      case INTERFACE_ALIAS -> 2;
      case PORT_COMPONENT -> 3;
      case MAC_ADDRESS -> 4;
      case NETWORK_ADDRESS -> 5;
      case INTERFACE_NAME -> 6;
      default -> 7;
    };
  }

  /** Table 8-3. */
  private static int portSubtype(IdType type) {
    return switch (type) {
      case INTERFACE_ALIAS -> 1;
      case PORT_COMPONENT -> 2;
      case MAC_ADDRESS -> 3;
      case NETWORK_ADDRESS -> 4;
      case INTERFACE_NAME -> 5;
      case AGENT_CIRCUIT_ID -> 6;
      default -> 7;
    };
  }

  private static OctetString id(IdType type, String value) {
    if (type != IdType.MAC_ADDRESS && type != IdType.NETWORK_ADDRESS) {
      return text(value);
    }
    String[] octets = value.split(":");
    byte[] bytes = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      bytes[i] = (byte) Integer.parseInt(octets[i], 16);
    }
    return new OctetString(bytes);
  }
}

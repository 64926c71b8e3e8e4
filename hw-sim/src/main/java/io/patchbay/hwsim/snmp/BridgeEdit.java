package io.patchbay.hwsim.snmp;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.netconf.Data;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.snmp4j.PDU;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.SMIConstants;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/**
 * The variables of one SET, all at once: what the bridge and the configuration are after it. Throws
 * {@link SetRefused}. Used once, by one thread.
 */
final class BridgeEdit {
  private static final int NAME_MAX = 32;
  private static final int ALIAS_MAX = 64;
  private static final int VLAN_MAX = 4094;

  private final PortMap numbers;
  private final Bridge before;
  private final SortedMap<Integer, String> rows;
  private final SortedMap<String, BridgePort> ports;
  private final Map<Integer, Set<String>> forbidden;
  private Data config;
  private int at;

  BridgeEdit(Data config, Bridge before, PortMap numbers) {
    this.config = config;
    this.before = before;
    this.numbers = numbers;
    this.rows = new TreeMap<>(before.rows());
    this.ports = new TreeMap<>(before.ports());
    this.forbidden = new TreeMap<>(before.forbidden());
  }

  /** The configuration after it. */
  Data made(List<VariableBinding> variables) {
    each(variables, this::create);
    each(variables, this::column);
    each(variables, this::destroy);
    ports.forEach(this::check);
    for (Map.Entry<String, BridgePort> port : ports.entrySet()) {
      if (!port.getValue().equals(before.ports().get(port.getKey()))) {
        config = BridgeTree.with(config, port.getKey(), words(port.getValue()));
      }
    }
    return config;
  }

  /** The bridge after it. */
  Bridge bridge() {
    return new Bridge(rows, ports, forbidden);
  }

  @FunctionalInterface
  private interface Step {
    void take(OID oid, Variable value);
  }

  private void each(List<VariableBinding> variables, Step step) {
    for (at = 0; at < variables.size(); at++) {
      VariableBinding each = variables.get(at);
      step.take(each.getOid(), each.getVariable());
    }
  }

  // ---- rows ----

  private static boolean isRowStatus(OID oid) {
    return oid.startsWith(Mib.column(Mib.VLAN_STATIC, Mib.ROW_STATUS));
  }

  private void create(OID oid, Variable value) {
    if (!isRowStatus(oid) || integer(value) != Mib.CREATE_AND_GO) {
      return;
    }
    int vlan = oid.last();
    require(vlan >= 1 && vlan <= VLAN_MAX, PDU.noCreation, "no VLAN has the number " + vlan);
    require(!rows.containsKey(vlan), PDU.inconsistentValue, "VLAN " + vlan + " is there already");
    rows.put(vlan, "");
    config = BridgeTree.withVlan(config, vlan, "");
  }

  private void destroy(OID oid, Variable value) {
    if (!isRowStatus(oid) || integer(value) != Mib.DESTROY) {
      return;
    }
    int vlan = oid.last();
    require(vlan != BridgePort.DEFAULT_VLAN, PDU.inconsistentValue, "VLAN 1 stays");
    ports.replaceAll((name, port) -> port.withEgress(vlan, false).withUntagged(vlan, false));
    rows.remove(vlan);
    forbidden.remove(vlan);
    config = BridgeTree.withoutVlan(config, vlan);
  }

  // ---- columns ----

  private void column(OID oid, Variable value) {
    OID column = oid.trim();
    if (column.startsWith(Mib.VLAN_STATIC)) {
      vlanColumn(column.last(), oid.last(), value);
    } else if (column.startsWith(Mib.PORT_VLAN)) {
      portColumn(column.last(), oid.last(), value);
    } else if (column.equals(Mib.IF_ALIAS)) {
      String alias = text(value, ALIAS_MAX);
      config = BridgeTree.with(config, port(oid.last()), "description", alias);
    } else if (column.equals(Mib.IF_ADMIN_STATUS)) {
      int status = integer(value);
      require(status == 1 || status == 2, PDU.wrongValue, "up is 1, down is 2");
      config = BridgeTree.with(config, port(oid.last()), "enabled", Boolean.toString(status == 1));
    } else {
      throw refused(PDU.notWritable, oid + " cannot be set");
    }
  }

  private String port(int ifIndex) {
    require(ifIndex >= 1 && ifIndex <= numbers.names().size(), PDU.noCreation, "no such interface");
    return numbers.names().get(ifIndex - 1);
  }

  private void vlanColumn(int column, int vlan, Variable value) {
    if (column == Mib.ROW_STATUS) {
      int status = integer(value);
      require(
          status == Mib.ACTIVE || status == Mib.CREATE_AND_GO || status == Mib.DESTROY,
          PDU.wrongValue,
          "a row is made by createAndGo and unmade by destroy");
      require(
          status == Mib.DESTROY || rows.containsKey(vlan), PDU.inconsistentValue, "no such row");
      return;
    }
    require(rows.containsKey(vlan), PDU.inconsistentName, "there is no VLAN " + vlan);
    switch (column) {
      case Mib.NAME -> {
        rows.put(vlan, text(value, NAME_MAX));
        config = BridgeTree.withVlan(config, vlan, text(value, NAME_MAX));
      }
      case Mib.EGRESS -> members(value, (port, in) -> port.withEgress(vlan, in));
      case Mib.UNTAGGED -> members(value, (port, in) -> port.withUntagged(vlan, in));
      case Mib.FORBIDDEN -> forbidden.put(vlan, list(value));
      default -> throw refused(PDU.notWritable, "no such column");
    }
  }

  private void members(Variable value, BiFunction<BridgePort, Boolean, BridgePort> change) {
    Set<String> list = list(value);
    ports.replaceAll((name, port) -> change.apply(port, list.contains(name)));
  }

  private Set<String> list(Variable value) {
    OctetString octets = octets(value);
    require(
        octets.length() == numbers.octets(),
        PDU.wrongLength,
        "a list of ports has " + numbers.octets() + " octets here, not " + octets.length());
    try {
      return numbers.ports(octets);
    } catch (IllegalArgumentException e) {
      throw refused(PDU.inconsistentValue, Failure.text(e));
    }
  }

  private void portColumn(int column, int number, Variable value) {
    String name = numbers.byBridgePort().get(number);
    if (name == null) {
      throw refused(PDU.noCreation, "there is no bridge port " + number);
    }
    UnaryOperator<BridgePort> change = change(column, value);
    ports.computeIfPresent(name, (same, port) -> change.apply(port));
  }

  private UnaryOperator<BridgePort> change(int column, Variable value) {
    int number = column == Mib.PVID ? unsigned(value) : integer(value);
    require(
        column == Mib.PVID ? rows.containsKey(number) : number == 1 || number == 2,
        column == Mib.PVID ? PDU.inconsistentValue : PDU.wrongValue,
        "no such value: " + number);
    return switch (column) {
      case Mib.PVID -> port -> port.withPvid(number);
      case Mib.FRAME_TYPES -> port -> port.withTaggedOnly(number == 2);
      case Mib.INGRESS_FILTERING -> port -> port.withFiltering(number == Mib.TRUE);
      default -> throw refused(PDU.notWritable, "no such column");
    };
  }

  // ---- all together ----

  private void check(String name, BridgePort port) {
    at = 0;
    require(
        rows.containsKey(port.pvid()), PDU.inconsistentValue, name + " is in no VLAN by its PVID");
    for (int vlan : new TreeSet<>(port.egress())) {
      require(
          !forbidden.getOrDefault(vlan, Set.of()).contains(name),
          PDU.inconsistentValue,
          name + " is forbidden in VLAN " + vlan);
    }
  }

  private Optional<Data> words(BridgePort port) {
    try {
      return port.config(BridgeTree.switchedSchema(config));
    } catch (IllegalArgumentException e) {
      throw refused(PDU.inconsistentValue, Failure.text(e));
    }
  }

  private int integer(Variable value) {
    require(value instanceof Integer32, PDU.wrongType, "not an integer");
    return value.toInt();
  }

  private int unsigned(Variable value) {
    require(value.getSyntax() == SMIConstants.SYNTAX_GAUGE32, PDU.wrongType, "not an Unsigned32");
    return value.toInt();
  }

  private OctetString octets(Variable value) {
    require(value instanceof OctetString, PDU.wrongType, "not an octet string");
    return (OctetString) value;
  }

  private String text(Variable value, int most) {
    OctetString octets = octets(value);
    require(octets.length() <= most, PDU.wrongLength, "more than " + most + " octets");
    return new String(octets.getValue(), StandardCharsets.UTF_8);
  }

  private void require(boolean sound, int status, String otherwise) {
    if (!sound) {
      throw refused(status, otherwise);
    }
  }

  private SetRefused refused(int status, String why) {
    return new SetRefused(status, at, why);
  }
}

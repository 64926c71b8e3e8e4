package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.MacText;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.SwitchDriver.Watcher;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.snmp.SnmpPort.PortVlan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snmp4j.PDU;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UnsignedInteger32;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/**
 * What is asked of one agent. Throws {@link Failure} naming the switch, as {@link SnmpDoor#send}
 * does, and UNAVAILABLE for answers that make no sense, since they say nothing of the ports. After
 * silence, and when it is not let in, it begins anew. One thread at a time.
 */
final class SnmpCalls implements AutoCloseable {
  /** So many variables at most are in one answer of a walk: about what fits a datagram. */
  private static final int ANSWER_VARIABLES = 24;

  /** Bounds a walk: 4094 VLANs with five columns, four times. */
  private static final int WALK_VARIABLES_MAX = 81_880;

  private static final List<OID> VLAN_COLUMNS =
      List.of(
          Mib.VLAN_ROW_STATUS,
          Mib.VLAN_NAME,
          Mib.VLAN_EGRESS,
          Mib.VLAN_FORBIDDEN,
          Mib.VLAN_UNTAGGED);

  /** ifOperStatus. */
  private static final int UP = 1;

  private static final int TESTING = 3;
  private static final int UNKNOWN = 4;

  /** LldpPortIdSubtype. */
  private static final int LLDP_MAC_ADDRESS = 3;

  private static final int LLDP_INTERFACE_NAME = 5;

  private final SwitchEntry entry;
  private final SnmpDoor door;
  private final VlanNames vlanNames;
  private Watcher watcher = () -> {};

  SnmpCalls(SwitchEntry entry, SnmpDoor door, VlanNames names) {
    this.entry = entry;
    this.vlanNames = names;
    this.door = door;
  }

  /**
   * Has somebody told when the agent did not answer, or did not let the user in, and asked before
   * anything is said to it.
   */
  void watch(Watcher watcher) {
    this.watcher = watcher;
  }

  /**
   * The tables that tell of ports and VLANs. Throws {@link Failure} of kind UNSUPPORTED where the
   * switch lacks one.
   */
  BridgeState state() {
    int serial = serial();
    Map<String, SortedSet<Integer>> numbers = numbers();
    SortedMap<Integer, PortVlan> ports = new TreeMap<>();
    List<SortedMap<OID, Variable>> columns = walk(Mib.PVID, Mib.FRAME_TYPES, Mib.INGRESS_FILTERING);
    columns
        .getFirst()
        .forEach((index, pvid) ->
            ports.put(
                index.last(),
                new PortVlan(
                    number(pvid),
                    number(cell(columns.get(1), Mib.FRAME_TYPES, index)),
                    number(cell(columns.get(2), Mib.INGRESS_FILTERING, index)))));
    if (numbers.isEmpty() || ports.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          entry.who()
              + " has no ports in ifName, dot1dBasePortIfIndex and dot1qPvid, or does not show"
              + " them to this user: it cannot be programmed by SNMP");
    }
    return new BridgeState(serial, numbers, ports, rows(), vlanNames);
  }

  /** What snmpSetSerialNo is. Throws {@link Failure} of kind UNSUPPORTED for a switch without. */
  int serial() {
    List<VariableBinding> asked = List.of(new VariableBinding(Mib.SET_SERIAL_NO));
    PDU answer = insist(send(PDU.GET, asked, 0));
    if (answer.size() == 1 && answer.get(0).getVariable() instanceof Integer32 number) {
      return number.getValue();
    }
    throw new Failure(
        Failure.Kind.UNSUPPORTED,
        entry.who()
            + " has no snmpSetSerialNo (SNMPv2-MIB), or does not show it to this user: without it"
            + " nothing keeps two managers from setting the same list of ports");
  }

  /** The bridge ports by the names of their interfaces. */
  private Map<String, SortedSet<Integer>> numbers() {
    Map<Integer, String> names = interfaces();
    Map<String, SortedSet<Integer>> numbers = new TreeMap<>();
    walk(Mib.BASE_PORT_IF_INDEX)
        .getFirst()
        .forEach((port, ifIndex) ->
            Optional.ofNullable(names.get(number(ifIndex)))
                .ifPresent(name ->
                    numbers.computeIfAbsent(name, none -> new TreeSet<>()).add(port.last())));
    return numbers;
  }

  private Map<Integer, String> interfaces() {
    Map<Integer, String> names = new HashMap<>();
    walk(Mib.IF_NAME).getFirst().forEach((index, name) -> names.put(index.last(), text(name)));
    return names;
  }

  /** Which interfaces have a link; left out where the switch does not know. */
  Map<String, Boolean> links() {
    Map<Integer, String> names = interfaces();
    Map<String, Boolean> links = new TreeMap<>();
    walk(Mib.IF_OPER_STATUS)
        .getFirst()
        .forEach((index, status) -> {
          String name = names.get(index.last());
          int told = number(status);
          if (name != null && told != TESTING && told != UNKNOWN) {
            links.put(name, told == UP);
          }
        });
    return links;
  }

  private SortedMap<Integer, VlanRow> rows() {
    List<SortedMap<OID, Variable>> columns = walk(VLAN_COLUMNS.toArray(OID[]::new));
    SortedMap<Integer, VlanRow> rows = new TreeMap<>();
    columns
        .getFirst()
        .forEach((vlan, status) ->
            rows.put(vlan.last(), row(columns, vlan, number(status) == Mib.ACTIVE)));
    return rows;
  }

  /** A row that is not active may be one that somebody has begun, without all its columns. */
  private VlanRow row(List<SortedMap<OID, Variable>> columns, OID vlan, boolean active) {
    List<byte[]> cells = new ArrayList<>();
    for (int i = 1; i < VLAN_COLUMNS.size(); i++) {
      SortedMap<OID, Variable> column = columns.get(i);
      boolean empty = !active && !column.containsKey(vlan);
      cells.add(empty ? new byte[0] : octets(cell(column, VLAN_COLUMNS.get(i), vlan)));
    }
    return new VlanRow(
        new String(cells.get(0), StandardCharsets.UTF_8),
        PortList.of(cells.get(1)),
        PortList.of(cells.get(2)),
        PortList.of(cells.get(3)),
        active);
  }

  /** A row may go while its columns are read. */
  private Variable cell(SortedMap<OID, Variable> column, OID root, OID index) {
    if (column.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          entry.who()
              + " has no "
              + Mib.name(root)
              + " ("
              + root
              + "), or does not show it to this user: it cannot be programmed by SNMP");
    }
    Variable cell = column.get(index);
    if (cell == null) {
      throw misunderstood(
          "row "
              + index
              + " lacks "
              + Mib.name(root)
              + "; it is there when asked again, or the row is not");
    }
    return cell;
  }

  private String text(Variable value) {
    return new String(octets(value), StandardCharsets.UTF_8);
  }

  private byte[] octets(Variable value) {
    if (value instanceof OctetString octets) {
      return octets.getValue();
    }
    throw misunderstood("'" + value + "' stands where octets should");
  }

  private int number(Variable value) {
    if (value instanceof Integer32 || value instanceof UnsignedInteger32) {
      return value.toInt();
    }
    throw misunderstood("'" + value + "' stands where a number should");
  }

  /** By port, the MAC addresses that neighbours give as the name of theirs. */
  Map<String, Set<String>> neighbours() {
    Map<Integer, String> names = localPorts();
    List<SortedMap<OID, Variable>> columns = walk(Mib.LLDP_REMOTE_SUBTYPE, Mib.LLDP_REMOTE_ID);
    Map<String, Set<String>> heard = new TreeMap<>();
    columns
        .getFirst()
        .forEach((index, subtype) -> {
          String name = index.size() == 3 ? names.get(index.get(1)) : null;
          Variable id = columns.get(1).get(index);
          if (name != null && id != null && number(subtype) == LLDP_MAC_ADDRESS) {
            String digits = HexFormat.of().formatHex(octets(id));
            MacText.normal(digits)
                .ifPresent(mac -> heard.computeIfAbsent(name, none -> new TreeSet<>()).add(mac));
          }
        });
    return heard;
  }

  /** LLDP has numbers of its own: what each calls its port, as far as that is an ifName. */
  private Map<Integer, String> localPorts() {
    Set<String> known = numbers().keySet();
    List<SortedMap<OID, Variable>> columns =
        walk(Mib.LLDP_LOCAL_SUBTYPE, Mib.LLDP_LOCAL_ID, Mib.LLDP_LOCAL_DESCRIPTION);
    Map<Integer, String> names = new HashMap<>();
    columns
        .getFirst()
        .forEach((port, subtype) -> {
          String id = Optional.ofNullable(columns.get(1).get(port)).map(this::text).orElse("");
          Optional<String> description =
              Optional.ofNullable(columns.get(2).get(port)).map(this::text).filter(known::contains);
          if (number(subtype) == LLDP_INTERFACE_NAME || known.contains(id)) {
            names.put(port.last(), id);
          } else {
            description.ifPresent(name -> names.put(port.last(), name));
          }
        });
    return names;
  }

  // ---- the protocol ----

  /** One SET. What the agent says of it, if it says anything. */
  SnmpError set(List<VariableBinding> variables) {
    return SnmpError.of(send(PDU.SET, variables, 0));
  }

  /** Columns of one table, by what stands behind the column's own number. */
  private List<SortedMap<OID, Variable>> walk(OID... columns) {
    List<SortedMap<OID, Variable>> found = new ArrayList<>();
    List<OID> at = new ArrayList<>();
    for (OID column : columns) {
      found.add(new TreeMap<>());
      at.add(column);
    }
    List<Integer> unfinished = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      unfinished.add(i);
    }
    int seen = 0;
    while (!unfinished.isEmpty()) {
      List<Integer> asked = List.copyOf(unfinished);
      List<VariableBinding> from =
          asked.stream().map(column -> new VariableBinding(at.get(column))).toList();
      PDU answer = insist(send(PDU.GETBULK, from, ANSWER_VARIABLES / asked.size()));
      seen += answer.size();
      if (answer.size() == 0 || seen > WALK_VARIABLES_MAX) {
        throw misunderstood("a walk over " + columns[0] + " does not end");
      }
      for (int i = 0; i < answer.size(); i++) {
        int column = asked.get(i % asked.size());
        if (unfinished.contains(column)
            && !take(columns[column], at, column, answer.get(i), found)) {
          unfinished.remove((Integer) column);
        }
      }
    }
    return found;
  }

  /** Whether there may be more of that column. */
  private boolean take(
      OID root,
      List<OID> at,
      int column,
      VariableBinding value,
      List<SortedMap<OID, Variable>> found) {
    if (value.isException() || !value.getOid().startsWith(root)) {
      return false;
    }
    if (value.getOid().compareTo(at.get(column)) <= 0) {
      throw misunderstood("what comes after " + at.get(column) + " comes before it");
    }
    at.set(column, value.getOid());
    found.get(column).put(value.getOid().getSuffix(root), value.getVariable());
    return true;
  }

  private PDU insist(PDU answer) {
    SnmpError error = SnmpError.of(answer);
    if (!error.none()) {
      throw error.failure(entry.who());
    }
    return answer;
  }

  private PDU send(int type, List<VariableBinding> variables, int repetitions) {
    watcher.speaks();
    try {
      return door.send(type, variables, repetitions);
    } catch (Failure e) {
      boolean shutOut = e.kind() == Failure.Kind.DENIED && !NotPermitted.isBehind(e);
      if (isSilence(e) || shutOut) {
        close();
        watcher.lost();
      }
      throw e;
    }
  }

  /** Whether a failure says nothing about the ports. */
  static boolean isSilence(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  private Failure misunderstood(String what) {
    return new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": " + what);
  }

  @Override
  public void close() {
    door.close();
  }
}

package io.patchbay.torshims.snmp;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.snmp4j.smi.OID;

/** The objects that are read and written (contracts tor.md 4). */
final class Mib {
  /** TestAndIncr (RFC 2579): a SET that has another value than it has comes to nothing. */
  static final OID SET_SERIAL_NO = new OID("1.3.6.1.6.3.1.1.6.1.0");

  static final OID IF_OPER_STATUS = new OID("1.3.6.1.2.1.2.2.1.8");
  static final OID IF_NAME = new OID("1.3.6.1.2.1.31.1.1.1.1");
  static final OID BASE_PORT_IF_INDEX = new OID("1.3.6.1.2.1.17.1.4.1.2");
  static final OID PVID = new OID("1.3.6.1.2.1.17.7.1.4.5.1.1");
  static final OID FRAME_TYPES = new OID("1.3.6.1.2.1.17.7.1.4.5.1.2");
  static final OID INGRESS_FILTERING = new OID("1.3.6.1.2.1.17.7.1.4.5.1.3");
  static final OID VLAN_NAME = new OID("1.3.6.1.2.1.17.7.1.4.3.1.1");
  static final OID VLAN_EGRESS = new OID("1.3.6.1.2.1.17.7.1.4.3.1.2");
  static final OID VLAN_FORBIDDEN = new OID("1.3.6.1.2.1.17.7.1.4.3.1.3");
  static final OID VLAN_UNTAGGED = new OID("1.3.6.1.2.1.17.7.1.4.3.1.4");
  static final OID VLAN_ROW_STATUS = new OID("1.3.6.1.2.1.17.7.1.4.3.1.5");
  static final OID LLDP_LOCAL_SUBTYPE = new OID("1.0.8802.1.1.2.1.3.7.1.2");
  static final OID LLDP_LOCAL_ID = new OID("1.0.8802.1.1.2.1.3.7.1.3");
  static final OID LLDP_LOCAL_DESCRIPTION = new OID("1.0.8802.1.1.2.1.3.7.1.4");
  static final OID LLDP_REMOTE_SUBTYPE = new OID("1.0.8802.1.1.2.1.4.1.1.6");
  static final OID LLDP_REMOTE_ID = new OID("1.0.8802.1.1.2.1.4.1.1.7");

  /** RowStatus (RFC 2579). */
  static final int ACTIVE = 1;

  static final int CREATE_AND_GO = 4;
  static final int DESTROY = 6;

  /** TruthValue. */
  static final int TRUE = 1;

  static final int FALSE = 2;

  private static final Map<OID, String> NAMES =
      Map.of(
          FRAME_TYPES, "dot1qPortAcceptableFrameTypes",
          INGRESS_FILTERING, "dot1qPortIngressFiltering",
          VLAN_NAME, "dot1qVlanStaticName",
          VLAN_EGRESS, "dot1qVlanStaticEgressPorts",
          VLAN_FORBIDDEN, "dot1qVlanForbiddenEgressPorts",
          VLAN_UNTAGGED, "dot1qVlanStaticUntaggedPorts");

  private Mib() {}

  /** What the MIB calls a column that is needed in every row. */
  static String name(OID column) {
    return requireNonNull(NAMES.get(column));
  }

  /** A column's value in one row. */
  static OID at(OID column, int index) {
    return new OID(column).append(index);
  }
}

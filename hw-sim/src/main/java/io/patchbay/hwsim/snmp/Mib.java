package io.patchbay.hwsim.snmp;

import org.snmp4j.smi.OID;

/** The objects that the agent has (contracts tor.md 4). */
final class Mib {
  static final OID SYSTEM = new OID("1.3.6.1.2.1.1");
  static final OID SYS_DESCR = new OID("1.3.6.1.2.1.1.1.0");
  static final OID SYS_NAME = new OID("1.3.6.1.2.1.1.5.0");
  static final OID SET_SERIAL = new OID("1.3.6.1.6.3.1.1.6");
  static final OID SET_SERIAL_NO = new OID("1.3.6.1.6.3.1.1.6.1.0");

  /** Columns of ifTable and ifXTable, by ifIndex. */
  static final OID IF_TABLE = new OID("1.3.6.1.2.1.2.2.1");

  static final OID IF_X_TABLE = new OID("1.3.6.1.2.1.31.1.1.1");
  static final OID IF_ADMIN_STATUS = new OID("1.3.6.1.2.1.2.2.1.7");
  static final OID IF_ALIAS = new OID("1.3.6.1.2.1.31.1.1.1.18");

  static final OID BRIDGE = new OID("1.3.6.1.2.1.17");
  static final OID BASE_NUM_PORTS = new OID("1.3.6.1.2.1.17.1.2.0");
  static final OID BASE_PORT_IF_INDEX = new OID("1.3.6.1.2.1.17.1.4.1.2");

  /** Columns by timeMark and VLAN. */
  static final OID VLAN_CURRENT = new OID("1.3.6.1.2.1.17.7.1.4.2.1");

  /** Columns by VLAN. */
  static final OID VLAN_STATIC = new OID("1.3.6.1.2.1.17.7.1.4.3.1");

  static final int NAME = 1;
  static final int EGRESS = 2;
  static final int FORBIDDEN = 3;
  static final int UNTAGGED = 4;
  static final int ROW_STATUS = 5;

  /** Columns by bridge port. */
  static final OID PORT_VLAN = new OID("1.3.6.1.2.1.17.7.1.4.5.1");

  static final int PVID = 1;
  static final int FRAME_TYPES = 2;
  static final int INGRESS_FILTERING = 3;

  static final OID LLDP = new OID("1.0.8802.1.1.2");

  /** Columns by port number. */
  static final OID LLDP_LOCAL_PORT = new OID("1.0.8802.1.1.2.1.3.7.1");

  /** Columns by timeMark, port number and neighbour. */
  static final OID LLDP_REMOTE = new OID("1.0.8802.1.1.2.1.4.1.1");

  /** RowStatus. */
  static final int ACTIVE = 1;

  static final int CREATE_AND_GO = 4;
  static final int DESTROY = 6;

  /** TruthValue. */
  static final int TRUE = 1;

  static final int FALSE = 2;

  private Mib() {}

  /** A column of a table. */
  static OID column(OID table, int column) {
    return new OID(table).append(column);
  }
}

package io.patchbay.hwsim.tor;

/** Why a switch did not forward a frame. */
public enum DropReason {
  /** The port it came in by is switched off. */
  PORT_DISABLED,
  /** The port it came in by has no VLAN mode. */
  PORT_UNSWITCHED,
  /** Untagged on a trunk without a native VLAN. */
  UNTAGGED_ON_TRUNK,
  /** Tagged on an access port. */
  TAGGED_ON_ACCESS,
  /** Tagged with a VLAN that its trunk does not carry. */
  VLAN_NOT_CARRIED,
  /** The VLAN is suspended, or not known to a switch that forwards known ones only. */
  VLAN_SUSPENDED,
  /** Its source is a group address, which nobody can have. */
  BAD_SOURCE,
  /** An ACL of the port it came in by does not accept it. */
  INGRESS_ACL,
  /** More than the policer of the port it came in by lets pass. */
  INPUT_POLICER,
  /** An ACL of the port it was to leave by does not accept it; counted there. */
  EGRESS_ACL,
  /** More than the policer of the port it was to leave by lets pass; counted there. */
  OUTPUT_POLICER,
  /** Sent to an address that bridges never forward (IEEE 802.1D table 7-10). */
  LINK_LOCAL,
  /** Longer than the port's MTU, in or out. */
  TOO_LONG,
  /** Its destination was learnt on the port it came from. */
  SAME_PORT,
  /** No other port is in its VLAN, or those that are have no carrier. */
  NO_WAY_OUT
}

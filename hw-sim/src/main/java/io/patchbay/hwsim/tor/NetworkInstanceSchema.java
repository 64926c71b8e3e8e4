package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;
import java.util.stream.Stream;

/**
 * The part of openconfig-network-instance that the simulated switch speaks. What openconfig-evpn
 * adds are groupings that this module uses, so its nodes are of this module's namespace.
 */
final class NetworkInstanceSchema {
  private static final String BASE = "http://openconfig.net/yang/";
  private static final SchemaNodes NETWORK =
      new SchemaNodes(
          new YangModule(BASE + "network-instance", "oc-netinst", "openconfig-network-instance"));
  private static final YangModule TYPES =
      new YangModule(
          BASE + "network-instance-types", "oc-ni-types", "openconfig-network-instance-types");
  private static final YangModule EVPN_TYPES =
      new YangModule(BASE + "evpn-types", "oc-evpn-types", "openconfig-evpn-types");

  /** The modules for hello. */
  static final List<YangModule> MODULES = List.of(NETWORK.module(), TYPES);

  /** Those of a switch that knows EVPN besides. */
  static final List<YangModule> EVPN_MODULES =
      List.of(new YangModule(BASE + "evpn", "oc-evpn", "openconfig-evpn"), EVPN_TYPES);

  /** The type of the instance that every switch has, as a leaf holds it. */
  static final String DEFAULT_INSTANCE = "oc-ni-types:DEFAULT_INSTANCE";

  /** That of one that only switches frames. */
  static final String L2VSI = "oc-ni-types:L2VSI";

  /** An encapsulation, as a leaf holds it. */
  static final String VXLAN = "oc-ni-types:VXLAN";

  /** What fits the 24 bits of a VXLAN network identifier (RFC 7348 section 5). */
  private static final int VNI_MAX = 0xff_ffff;

  private static final LeafType TEXT = LeafType.text(255);

  /** A route target of a two-octet AS (RFC 4360 section 3.1), with its kind or without. */
  private static final LeafType ROUTE_TARGET =
      LeafType.pattern(
          "(route-target:)?[1-9]\\d{0,4}:\\d{1,10}", "a route target such as 65000:10100");

  /** What stands at the root of a datastore. */
  static final Schema PLAIN = tree(false);

  /** The same on a switch that knows EVPN. */
  static final Schema WITH_EVPN = tree(true);

  private NetworkInstanceSchema() {}

  private static Schema tree(boolean evpn) {
    List<Schema> vlan =
        List.of(
            NETWORK.leaf("vlan-id", LeafType.number(1, VlanTag.ID_MAX)),
            NETWORK.leaf("name", TEXT),
            NETWORK.leaf("status", LeafType.oneOf("ACTIVE", "SUSPENDED")));
    List<Schema> instance =
        List.of(
            NETWORK.leaf("name", TEXT),
            NETWORK.leaf("type", LeafType.identity(TYPES, "DEFAULT_INSTANCE", "L2VSI")),
            NETWORK.leaf("enabled", LeafType.flag()));
    Stream<Schema> below =
        Stream.of(
            state(instance),
            NETWORK.container("vlans", NETWORK.list("vlan", 1, vlan, state(vlan))));
    return NETWORK.container(
        "network-instances",
        NETWORK.list(
            "network-instance",
            1,
            instance,
            Stream.concat(below, evpn ? Stream.of(evpn()) : Stream.of()).toArray(Schema[]::new)));
  }

  private static Schema evpn() {
    List<Schema> config =
        List.of(
            NETWORK.leaf("evi", TEXT),
            NETWORK.leaf("encapsulation-type", LeafType.identity(TYPES, "MPLS", "VXLAN")),
            NETWORK.leaf(
                "service-type",
                LeafType.identity(EVPN_TYPES, "VLAN_BASED", "VLAN_BUNDLE", "VLAN_AWARE")));
    return NETWORK.container(
        "evpn",
        NETWORK.container(
            "evpn-instances",
            NETWORK.list(
                "evpn-instance",
                1,
                config,
                NETWORK.container(
                    "import-export-policy",
                    NETWORK.container(
                        "config", targets("export-route-target"), targets("import-route-target"))),
                NETWORK.setting("vxlan", NETWORK.leaf("vni", LeafType.number(1, VNI_MAX))))));
  }

  private static Schema targets(String name) {
    return new Schema.LeafList(NETWORK.module(), name, ROUTE_TARGET);
  }

  private static Schema state(List<Schema> leaves) {
    return new Schema.Container(NETWORK.module(), "state", false, leaves);
  }
}

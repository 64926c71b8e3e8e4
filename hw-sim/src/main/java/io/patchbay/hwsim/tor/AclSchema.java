package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;
import java.util.Map;

/** The part of openconfig-acl that the simulated switch speaks. */
final class AclSchema {
  private static final SchemaNodes ACL = SchemaNodes.of("acl");
  private static final YangModule PACKET_TYPES =
      new YangModule(
          "http://openconfig.net/yang/packet-match-types",
          "oc-pkt-match-types",
          "openconfig-packet-match-types");

  /** The modules for hello. */
  static final List<YangModule> MODULES = List.of(ACL.module(), PACKET_TYPES);

  /** The identities that stand for an EtherType. */
  private static final Map<String, Integer> ETHER_TYPES =
      Map.of(
          "ETHERTYPE_IPV4", 0x0800,
          "ETHERTYPE_ARP", 0x0806,
          "ETHERTYPE_IPV6", 0x86dd,
          "ETHERTYPE_MPLS", 0x8847,
          "ETHERTYPE_ROCE", 0x8915);

  /** The identities that stand for an IP protocol, with IANA's numbers. */
  private static final Map<String, Integer> PROTOCOLS =
      Map.of(
          "IP_ICMP", 1,
          "IP_IGMP", 2,
          "IP_IN_IP", 4,
          "IP_TCP", 6,
          "IP_UDP", 17,
          "IP_RSVP", 46,
          "IP_GRE", 47,
          "IP_AUTH", 51,
          "IP_PIM", 103,
          "IP_L2TP", 115);

  private static final LeafType TEXT = LeafType.text(255);
  private static final LeafType ACL_TYPE =
      LeafType.identity(ACL.module(), "ACL_IPV4", "ACL_L2", "ACL_MIXED");
  private static final LeafType ADDRESS =
      LeafType.pattern(
          "[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", "a MAC address such as 02:00:5e:10:00:01");
  private static final String OCTET = "([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
  private static final LeafType PREFIX =
      LeafType.pattern(
          "(" + OCTET + "\\.){3}" + OCTET + "/([0-9]|[12][0-9]|3[0-2])",
          "an IPv4 prefix such as 172.20.0.0/24");

  /** A number below 1536 is a length (IEEE 802.3 clause 3.2.6). */
  private static final LeafType ETHER_TYPE =
      LeafType.either(
          LeafType.number(1536, 65535),
          LeafType.identity(PACKET_TYPES, ETHER_TYPES.keySet().toArray(String[]::new)));

  private static final LeafType PROTOCOL =
      LeafType.either(
          LeafType.number(0, 254),
          LeafType.identity(PACKET_TYPES, PROTOCOLS.keySet().toArray(String[]::new)));

  private static final LeafType PORTS =
      LeafType.either(
          LeafType.number(0, 65535),
          (text, prefixes) -> {
            PortRange.parse(text);
            return text;
          });

  /** What stands at the root of a datastore. */
  static final Schema TREE = ACL.container("acl", sets(), interfaces());

  private AclSchema() {}

  /** The number that a leaf of type ethertype-type means. */
  static int etherType(String canonical) {
    return number(canonical, ETHER_TYPES);
  }

  /** The number that a leaf of type ip-protocol-type means. */
  static int protocol(String canonical) {
    return number(canonical, PROTOCOLS);
  }

  private static int number(String canonical, Map<String, Integer> identities) {
    int colon = canonical.indexOf(':');
    return colon < 0
        ? Integer.parseInt(canonical)
        : identities.getOrDefault(canonical.substring(colon + 1), 0);
  }

  private static Schema sets() {
    Schema entry =
        ACL.list(
            "acl-entry",
            1,
            List.of(
                ACL.leaf("sequence-id", LeafType.number(0, 0xffff_ffffL)),
                ACL.leaf("description", TEXT)),
            part(
                "l2",
                ACL.leaf("source-mac", ADDRESS),
                ACL.leaf("source-mac-mask", ADDRESS),
                ACL.leaf("destination-mac", ADDRESS),
                ACL.leaf("destination-mac-mask", ADDRESS),
                ACL.leaf("ethertype", ETHER_TYPE)),
            part(
                "ipv4",
                ACL.leaf("source-address", PREFIX),
                ACL.leaf("destination-address", PREFIX),
                ACL.leaf("protocol", PROTOCOL)),
            part("transport", ACL.leaf("source-port", PORTS), ACL.leaf("destination-port", PORTS)),
            part(
                "actions",
                ACL.leaf(
                    "forwarding-action",
                    LeafType.identity(ACL.module(), "ACCEPT", "DROP", "REJECT"))));
    return ACL.container(
        "acl-sets",
        ACL.list(
            "acl-set",
            2,
            List.of(
                ACL.leaf("name", TEXT), ACL.leaf("type", ACL_TYPE), ACL.leaf("description", TEXT)),
            ACL.container("acl-entries", entry)));
  }

  private static Schema part(String name, Schema... leaves) {
    return ACL.container(name, ACL.container("config", leaves));
  }

  private static Schema interfaces() {
    return ACL.container(
        "interfaces",
        ACL.list(
            "interface",
            1,
            List.of(ACL.leaf("id", TEXT)),
            ACL.interfaceReference(),
            bindings("ingress"),
            bindings("egress")));
  }

  private static Schema bindings(String direction) {
    return ACL.container(
        direction + "-acl-sets",
        ACL.list(
            direction + "-acl-set",
            2,
            List.of(ACL.leaf("set-name", TEXT), ACL.leaf("type", ACL_TYPE))));
  }
}

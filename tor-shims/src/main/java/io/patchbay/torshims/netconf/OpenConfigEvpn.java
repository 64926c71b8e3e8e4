package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.OpenConfigVlans.NETWORK;
import static io.patchbay.torshims.netconf.OpenConfigVlans.leaf;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Xml;
import io.patchbay.torshims.EvpnInstance;
import io.patchbay.torshims.EvpnReading;
import io.patchbay.torshims.VlanTable;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * A network instance with one EVPN instance in the words of OpenConfig. What openconfig-evpn
 * defines are groupings that openconfig-network-instance uses, and so of the latter's namespace
 * (contracts tor.md 2; RFC 7950 section 7.13). Pure.
 */
final class OpenConfigEvpn {
  private static final String TYPES = "http://openconfig.net/yang/network-instance-types";
  private static final String EVPN_TYPES = "http://openconfig.net/yang/evpn-types";

  private OpenConfigEvpn() {}

  /** Makes it so, whatever it was. */
  static String making(EvpnInstance segment) {
    String name = escape(segment.name());
    return "<network-instance"
        + OpenConfigPort.OPERATION
        + "\"replace\"><name>%1$s</name><config><name>%1$s</name>".formatted(name)
        + identity("type", "oc-ni-types", TYPES, "L2VSI")
        + "<enabled>true</enabled></config><vlans>"
        + OpenConfigVlans.vlan(segment.vlan(), segment.name())
        + "</vlans><evpn><evpn-instances><evpn-instance><evi>%1$s</evi><config><evi>%1$s</evi>"
            .formatted(segment.evi())
        + identity("encapsulation-type", "oc-ni-types", TYPES, "VXLAN")
        + identity("service-type", "oc-evpn-types", EVPN_TYPES, "VLAN_BASED")
        + "</config><import-export-policy><config><export-route-target>%1$s</export-route-target><import-route-target>%1$s</import-route-target></config></import-export-policy>"
            .formatted(segment.routeTarget())
        + "<vxlan><config><vni>%d</vni></config></vxlan>".formatted(segment.vni())
        + "</evpn-instance></evpn-instances></evpn></network-instance>";
  }

  private static String identity(String leaf, String prefix, String namespace, String name) {
    return "<%1$s xmlns:%2$s=\"%3$s\">%2$s:%4$s</%1$s>".formatted(leaf, prefix, namespace, name);
  }

  /** What a switch tells of one. */
  static EvpnReading reading(String name, Element instance, Map<Integer, VlanTable.Entry> vlans) {
    Optional<Element> config = child(instance, NETWORK, "config");
    return new EvpnReading(
        name,
        config.map(of -> leaf(of, "type")).orElse(""),
        !config.map(of -> leaf(of, "enabled")).orElse("").equals("false"),
        vlans,
        below(Optional.of(instance), "evpn", "evpn-instances").stream()
            .flatMap(all -> children(all, NETWORK, "evpn-instance").stream())
            .map(OpenConfigEvpn::segment)
            .toList());
  }

  private static EvpnReading.Segment segment(Element evpn) {
    Optional<Element> config = below(Optional.of(evpn), "config");
    Optional<Element> policy = below(Optional.of(evpn), "import-export-policy", "config");
    return new EvpnReading.Segment(
        leaf(evpn, "evi"),
        config.map(of -> leaf(of, "encapsulation-type")).orElse(""),
        config.map(of -> leaf(of, "service-type")).orElse(""),
        all(policy, "import-route-target"),
        all(policy, "export-route-target"),
        below(Optional.of(evpn), "vxlan", "config").map(of -> leaf(of, "vni")).orElse(""));
  }

  private static Optional<Element> below(Optional<Element> element, String... names) {
    Optional<Element> at = element;
    for (String name : names) {
      at = at.flatMap(parent -> child(parent, NETWORK, name));
    }
    return at;
  }

  private static Set<String> all(Optional<Element> of, String leafList) {
    return of.stream()
        .flatMap(parent -> children(parent, NETWORK, leafList).stream())
        .map(Xml::text)
        .collect(Collectors.toSet());
  }
}

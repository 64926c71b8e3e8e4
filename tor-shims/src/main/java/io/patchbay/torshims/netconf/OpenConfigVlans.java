package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.EvpnReading;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.VlanTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.w3c.dom.Element;

/**
 * The VLANs of network instances in the words of OpenConfig: {@code
 * network-instances/network-instance/vlans} (contracts tor.md 2). Pure.
 */
final class OpenConfigVlans {
  static final String NETWORK = "http://openconfig.net/yang/network-instance";

  /** Selects what EVPN instances all network instances have. */
  static final String EVPN_FILTER = all("<network-instance><name/><evpn/></network-instance>");

  private static final int SELECTED_MOST = 64;

  private OpenConfigVlans() {}

  /**
   * Selects these VLANs of an instance, or, if they are many, all of them; none of no instance.
   *
   * @param others network instances that are selected whole
   */
  static String filter(String instance, Collection<Integer> vlans, Set<String> others) {
    if (instance.isEmpty() || vlans.isEmpty()) {
      return "";
    }
    String some =
        vlans.size() > SELECTED_MOST
            ? ""
            : vlans.stream()
                .map("<vlan><vlan-id>%d</vlan-id></vlan>"::formatted)
                .collect(Collectors.joining());
    return all(
        vlansOf(instance, some)
            + others.stream().map(OpenConfigVlans::named).collect(Collectors.joining()));
  }

  private static String all(String instances) {
    return "<network-instances xmlns=\"%s\">%s</network-instances>".formatted(NETWORK, instances);
  }

  private static String vlansOf(String instance, String vlans) {
    return "<network-instance><name>%s</name><vlans>%s</vlans></network-instance>"
        .formatted(escape(instance), vlans);
  }

  private static String named(String instance) {
    return "<network-instance><name>%s</name></network-instance>".formatted(escape(instance));
  }

  /**
   * What the answer to a get-config with that filter says. A switch may let others' through: they
   * are none of the shim's business.
   *
   * @param shared the instance that all VLANs share that have none of their own
   * @param others the names of those that may be the shim's
   */
  static VlanTable table(Element reply, String shared, Set<String> others) {
    Map<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    Map<String, EvpnReading> instances = new TreeMap<>();
    instances(reply)
        .forEach(instance -> {
          String name = leaf(instance, "name");
          if (name.equals(shared)) {
            vlans.putAll(vlans(instance));
          } else if (others.contains(name)) {
            instances.put(name, OpenConfigEvpn.reading(name, instance, vlans(instance)));
          }
        });
    return new VlanTable(new TreeMap<>(vlans), new TreeMap<>(instances));
  }

  private static Stream<Element> instances(Element reply) {
    return child(reply, Operations.BASE, "data").stream()
        .flatMap(data -> children(data, NETWORK, "network-instances").stream())
        .flatMap(all -> children(all, NETWORK, "network-instance").stream());
  }

  /** The VNIs that the answer tells of in network instances with the shim's names. */
  static SortedMap<Integer, String> vnis(Element reply) {
    List<EvpnReading> ours = new ArrayList<>();
    instances(reply)
        .forEach(instance -> {
          String name = leaf(instance, "name");
          if (VlanNames.isOurs(name)) {
            ours.add(OpenConfigEvpn.reading(name, instance, Map.of()));
          }
        });
    return EvpnReading.vnis(ours);
  }

  private static Map<Integer, VlanTable.Entry> vlans(Element instance) {
    Map<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    children(instance, NETWORK, "vlans").stream()
        .flatMap(list -> children(list, NETWORK, "vlan").stream())
        .forEach(vlan -> vlans.put(id(vlan), entry(vlan)));
    return vlans;
  }

  private static int id(Element vlan) {
    String id = leaf(vlan, "vlan-id");
    try {
      return Integer.parseInt(id);
    } catch (NumberFormatException e) {
      throw new Failure(
          Failure.Kind.INTERNAL, "the switch tells of a VLAN '" + id + "', which is no number", e);
    }
  }

  private static VlanTable.Entry entry(Element vlan) {
    return child(vlan, NETWORK, "config")
        .map(config ->
            new VlanTable.Entry(leaf(config, "name"), !leaf(config, "status").equals("SUSPENDED")))
        .orElse(new VlanTable.Entry("", true));
  }

  /** A leaf of that namespace; empty where it is not there. */
  static String leaf(Element of, String name) {
    return child(of, NETWORK, name).map(Xml::text).orElse("");
  }

  /** One that is active. */
  static String vlan(int vlan, String name) {
    return "<vlan><vlan-id>%d</vlan-id><config><vlan-id>%d</vlan-id><name>%s</name><status>ACTIVE</status></config></vlan>"
        .formatted(vlan, vlan, escape(name));
  }

  /**
   * Makes and takes away; nothing for nothing. What is to go has to be there.
   *
   * @param shared the instance that all VLANs share that have none of their own
   */
  static String edit(String shared, VlanEdit edit) {
    StringBuilder instances = new StringBuilder();
    if (edit.touchesShared()) {
      StringBuilder vlans = new StringBuilder();
      edit.removed()
          .forEach(vlan ->
              vlans.append(
                  "<vlan%s\"delete\"><vlan-id>%d</vlan-id></vlan>"
                      .formatted(OpenConfigPort.OPERATION, vlan)));
      edit.made().forEach((vlan, name) -> vlans.append(vlan(vlan, name)));
      instances.append(vlansOf(shared, vlans.toString()));
    }
    edit.removedSegments()
        .forEach(name ->
            instances.append(
                "<network-instance%s\"delete\"><name>%s</name></network-instance>"
                    .formatted(OpenConfigPort.OPERATION, escape(name))));
    edit.segments().values().forEach(segment -> instances.append(OpenConfigEvpn.making(segment)));
    return edit.isEmpty() ? "" : all(instances.toString());
  }
}

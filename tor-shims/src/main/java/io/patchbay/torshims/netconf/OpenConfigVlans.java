package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.VlanTable;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * The VLANs of a network instance in the words of OpenConfig: {@code
 * network-instances/network-instance/vlans} (contracts tor.md 2). Pure.
 */
final class OpenConfigVlans {
  static final String NETWORK = "http://openconfig.net/yang/network-instance";

  private static final int SELECTED_MOST = 64;

  private OpenConfigVlans() {}

  /** Selects these VLANs of an instance, or, if they are many, all of them; none of no instance. */
  static String filter(String instance, Collection<Integer> vlans) {
    if (instance.isEmpty() || vlans.isEmpty()) {
      return "";
    }
    return vlans.size() > SELECTED_MOST
        ? within(instance, "")
        : within(
            instance,
            vlans.stream()
                .map("<vlan><vlan-id>%d</vlan-id></vlan>"::formatted)
                .collect(Collectors.joining()));
  }

  private static String within(String instance, String vlans) {
    return "<network-instances xmlns=\"%s\"><network-instance><name>%s</name><vlans>%s</vlans></network-instance></network-instances>"
        .formatted(NETWORK, escape(instance), vlans);
  }

  /** What the answer to a get-config with that filter says. */
  static VlanTable table(Element reply) {
    Map<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    child(reply, Operations.BASE, "data").stream()
        .flatMap(data -> children(data, NETWORK, "network-instances").stream())
        .flatMap(all -> children(all, NETWORK, "network-instance").stream())
        .flatMap(instance -> children(instance, NETWORK, "vlans").stream())
        .flatMap(list -> children(list, NETWORK, "vlan").stream())
        .forEach(vlan -> vlans.put(id(vlan), entry(vlan)));
    return new VlanTable(new TreeMap<>(vlans));
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

  private static String leaf(Element of, String name) {
    return child(of, NETWORK, name).map(Xml::text).orElse("");
  }

  /** Makes VLANs, by id and name; nothing for none. */
  static String making(String instance, Map<Integer, String> vlans) {
    StringBuilder all = new StringBuilder();
    vlans.forEach((vlan, name) ->
        all.append(
            "<vlan><vlan-id>%d</vlan-id><config><vlan-id>%d</vlan-id><name>%s</name><status>ACTIVE</status></config></vlan>"
                .formatted(vlan, vlan, escape(name))));
    return vlans.isEmpty() ? "" : within(instance, all.toString());
  }

  /** Takes VLANs away that are there. */
  static String removing(String instance, Collection<Integer> vlans) {
    StringBuilder all = new StringBuilder();
    vlans.forEach(vlan ->
        all.append(
            "<vlan%s\"delete\"><vlan-id>%d</vlan-id></vlan>"
                .formatted(OpenConfigPort.OPERATION, vlan)));
    return within(instance, all.toString());
  }
}

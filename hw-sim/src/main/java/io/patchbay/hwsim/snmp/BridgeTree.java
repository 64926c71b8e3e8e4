package io.patchbay.hwsim.snmp;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.PortVlans;
import io.patchbay.hwsim.netconf.Schema;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where in a device's data the things are that a bridge has. Pure. */
final class BridgeTree {
  private BridgeTree() {}

  /** A port's entry. */
  static Optional<Data> entry(Data root, String port) {
    return root.child("interfaces").stream()
        .flatMap(data -> data.all("interface"))
        .filter(data -> data.key().equals(port))
        .findFirst();
  }

  /** What a port does with VLANs. */
  static Optional<Data> switched(Data root, String port) {
    return entry(root, port).flatMap(PortVlans::config);
  }

  /** Of what {@link #switched} is. */
  static Schema switchedSchema(Data root) {
    return root.schema()
        .child("interfaces")
        .child("interface")
        .child("ethernet")
        .child("switched-vlan")
        .child("config");
  }

  /** The data with what a port does with VLANs replaced. */
  static Data with(Data root, String port, Optional<Data> config) {
    Data entry = entry(root, port).orElseThrow();
    return withEntry(root, PortVlans.with(entry, config));
  }

  /** The data with a leaf of a port's {@code config} set; an empty text is none. */
  static Data with(Data root, String port, String leaf, String value) {
    Data entry = entry(root, port).orElseThrow();
    Data config = entry.child("config").orElseThrow();
    Data changed =
        value.isEmpty()
            ? config.without(Data.empty(config.schema().child(leaf)))
            : config.with(leaf, value);
    return withEntry(root, entry.with(changed));
  }

  private static Data withEntry(Data root, Data entry) {
    return root.with(root.child("interfaces").orElseThrow().with(entry));
  }

  /** The VLANs of the database, with their names. */
  static SortedMap<Integer, String> vlans(Data root) {
    SortedMap<Integer, String> vlans = new TreeMap<>();
    instance(root)
        .child("vlans")
        .ifPresent(list ->
            list.all("vlan")
                .forEach(vlan ->
                    vlans.put(
                        Integer.valueOf(vlan.key()),
                        vlan.at("config", "name").map(Data::value).orElse(""))));
    return vlans;
  }

  /** The data with a VLAN in the database. */
  static Data withVlan(Data root, int vlan, String name) {
    Data instance = instance(root);
    Data vlans =
        instance.child("vlans").orElseGet(() -> Data.empty(instance.schema().child("vlans")));
    Schema list = vlans.schema().child("vlan");
    String id = Integer.toString(vlan);
    Data named = Data.empty(list).with("vlan-id", id);
    Data entry = vlans.inPlaceOf(named).orElse(named);
    Data config =
        entry
            .child("config")
            .orElseGet(() -> Data.empty(list.child("config")).with("status", "ACTIVE"))
            .with("vlan-id", id);
    Data whole =
        name.isEmpty()
            ? config.without(Data.empty(config.schema().child("name")))
            : config.with("name", name);
    return withInstance(root, instance.with(vlans.with(entry.with(whole))));
  }

  /** The data without a VLAN in the database. */
  static Data withoutVlan(Data root, int vlan) {
    Data instance = instance(root);
    Optional<Data> vlans = instance.child("vlans");
    if (vlans.isEmpty()) {
      return root;
    }
    Schema list = vlans.get().schema().child("vlan");
    Data left = vlans.get().without(Data.empty(list).with("vlan-id", Integer.toString(vlan)));
    return withInstance(root, left.isEmpty() ? instance.without(left) : instance.with(left));
  }

  private static Data instance(Data root) {
    return root.child("network-instances").stream()
        .flatMap(data -> data.all("network-instance"))
        .filter(instance -> instance.key().equals("default"))
        .findFirst()
        .orElseThrow();
  }

  private static Data withInstance(Data root, Data instance) {
    return root.with(root.child("network-instances").orElseThrow().with(instance));
  }
}

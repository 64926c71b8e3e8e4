package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.RpcError;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import io.patchbay.hwsim.netconf.Schema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the network instances of a configuration mean, and what of them makes no sense. There is the
 * one called {@code default}; each other one switches VLANs of its own, which are told apart by
 * their numbers like all VLANs of the switch. Pure.
 */
final class NetworkInstances {
  private static final String DEFAULT = "default";

  private NetworkInstances() {}

  /**
   * The instances of a switch that nobody has configured.
   *
   * @param root of the switch's datastores
   */
  static Data factoryConfig(Schema root) {
    Data config =
        OpenConfig.empty(root, "network-instances", "network-instance", "config")
            .with("name", DEFAULT)
            .with("type", NetworkInstanceSchema.DEFAULT_INSTANCE);
    return OpenConfig.empty(root, "network-instances")
        .with(
            OpenConfig.empty(root, "network-instances", "network-instance")
                .with("name", DEFAULT)
                .with(config));
  }

  private static Stream<Located> all(Located root) {
    return root.all("network-instances", "network-instance");
  }

  /**
   * The VLANs of which nothing is forwarded.
   *
   * @param knownOnly whether one that no instance lists is not forwarded
   */
  static Set<Integer> idle(Located root, boolean knownOnly) {
    Map<Integer, Boolean> active = new HashMap<>();
    all(root)
        .forEach(instance -> {
          boolean enabled = !has(instance.data(), "enabled", "false");
          instance
              .all("vlans", "vlan")
              .map(Located::data)
              .forEach(vlan ->
                  active.put(
                      Integer.valueOf(vlan.key()), enabled && !has(vlan, "status", "SUSPENDED")));
        });
    return IntStream.rangeClosed(1, VlanTag.ID_MAX)
        .boxed()
        .filter(vlan -> !active.getOrDefault(vlan, !knownOnly))
        .collect(Collectors.toSet());
  }

  /** What VLANs are called over the underlay, by their ids. */
  static Map<Integer, Segment> segments(Located root) {
    Map<Integer, Segment> segments = new HashMap<>();
    all(root)
        .forEach(instance ->
            instance
                .all("evpn", "evpn-instances", "evpn-instance")
                .map(Located::data)
                .filter(evpn -> has(evpn, "encapsulation-type", NetworkInstanceSchema.VXLAN))
                .forEach(evpn ->
                    instance
                        .all("vlans", "vlan")
                        .forEach(vlan ->
                            segments.put(Integer.valueOf(vlan.data().key()), segment(evpn)))));
    return segments;
  }

  private static Segment segment(Data evpn) {
    return new Segment(
        Integer.parseInt(evpn.at("vxlan", "config", "vni").orElseThrow().value()),
        targets(evpn, "import-route-target"),
        targets(evpn, "export-route-target"));
  }

  /** Without their kind, which may stand before them. */
  private static Set<String> targets(Data evpn, String leafList) {
    return evpn.at("import-export-policy", "config").stream()
        .flatMap(policy -> policy.all(leafList))
        .map(target -> target.value().replaceFirst("^route-target:", ""))
        .collect(Collectors.toSet());
  }

  private static boolean has(Data entry, String leaf, String value) {
    return entry.at("config", leaf).filter(data -> data.value().equals(value)).isPresent();
  }

  /** Throws {@link RpcError.Refusal} at the first thing that makes no sense. */
  static void validate(Located root) {
    List<Located> instances = all(root).toList();
    Map<String, String> seen = new HashMap<>();
    for (Located instance : instances) {
      validateInstance(instance);
      String name = instance.data().key();
      instance
          .all("vlans", "vlan")
          .forEach(vlan -> {
            Constraints.keysRepeated(vlan.data(), vlan.path());
            requireOnce(vlan, "VLAN " + vlan.data().key(), seen, name);
          });
      instance
          .all("evpn", "evpn-instances", "evpn-instance")
          .forEach(segment -> {
            validateSegment(segment);
            segment
                .at("vxlan", "config", "vni")
                .ifPresent(vni -> requireOnce(vni, "VNI " + vni.data().value(), seen, name));
          });
    }
  }

  private static void validateInstance(Located instance) {
    Constraints.keysRepeated(instance.data(), instance.path());
    Constraints.present(instance.data(), "type", instance.path());
    boolean isDefault = instance.data().key().equals(DEFAULT);
    if (isDefault != has(instance.data(), "type", NetworkInstanceSchema.DEFAULT_INSTANCE)) {
      throw RpcError.at(
              instance.path(),
              Tag.INVALID_VALUE,
              "the network-instance default, and no other, is of type DEFAULT_INSTANCE")
          .with("bad-element", "type")
          .refusal();
    }
  }

  /** One that says how it goes over the underlay has to say under which number. */
  private static void validateSegment(Located segment) {
    Constraints.keysRepeated(segment.data(), segment.path());
    if (has(segment.data(), "encapsulation-type", NetworkInstanceSchema.VXLAN)
        && segment.at("vxlan", "config", "vni").isEmpty()) {
      throw RpcError.at(segment.path(), Tag.DATA_MISSING, "a VXLAN segment needs vxlan/config/vni")
          .with("bad-element", "vni")
          .refusal();
    }
  }

  private static void requireOnce(
      Located node, String what, Map<String, String> seen, String instance) {
    String other = seen.put(what, instance);
    if (other != null) {
      throw RpcError.at(
              node.path(), Tag.INVALID_VALUE, what + " is in network-instance " + other + ", too")
          .with("bad-element", node.data().schema().name())
          .refusal();
    }
  }
}

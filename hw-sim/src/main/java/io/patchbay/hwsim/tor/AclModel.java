package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.RpcError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What a configuration's {@code acl} means, and what of it makes no sense. Pure. */
final class AclModel {
  private static final String IPV4 = "oc-acl:ACL_IPV4";
  private static final String ACCEPT = "oc-acl:ACCEPT";

  /** What an entry cannot ask of the frames that its set is for. */
  private static final Map<String, Set<String>> STRANGE =
      Map.of(
          IPV4,
          Set.of("l2"),
          "oc-acl:ACL_L2",
          Set.of("ipv4", "transport"),
          "oc-acl:ACL_MIXED",
          Set.of());

  private AclModel() {}

  /**
   * Throws {@link RpcError.Refusal} at the first thing that makes no sense.
   *
   * @param ports of the switch
   */
  static void validate(Located root, Set<String> ports) {
    root.all("acl", "acl-sets", "acl-set").forEach(AclModel::validateSet);
    List<Located> interfaces = root.all("acl", "interfaces", "interface").toList();
    InterfaceReference.validate(interfaces, root, ports);
    interfaces.forEach(entry -> {
      for (String direction : List.of("ingress", "egress")) {
        entry
            .all(direction + "-acl-sets", direction + "-acl-set")
            .forEach(binding -> validateBinding(binding, root));
      }
    });
  }

  /** The lists that judge what passes each port that is bound to any, compiled. */
  static Map<String, List<AccessList>> bound(Located root, String direction) {
    Map<List<String>, AccessList> sets =
        root.all("acl", "acl-sets", "acl-set")
            .map(Located::data)
            .collect(Collectors.toMap(Data::keys, AclModel::compiled));
    Map<String, List<AccessList>> bound = new HashMap<>();
    root.all("acl", "interfaces", "interface")
        .forEach(entry ->
            bound.put(
                InterfaceReference.port(entry.data()),
                entry
                    .all(direction + "-acl-sets", direction + "-acl-set")
                    .map(binding -> sets.get(binding.data().keys()))
                    .filter(Objects::nonNull)
                    .toList()));
    return bound;
  }

  private static AccessList compiled(Data set) {
    return new AccessList(
        set.keys().contains(IPV4),
        set.child("acl-entries").stream()
            .flatMap(entries -> entries.all("acl-entry")) // in the order of their numbers
            .map(AclModel::compiledEntry)
            .toList());
  }

  private static AccessList.Entry compiledEntry(Data entry) {
    return new AccessList.Entry(
        Conditions.of(entry),
        entry.at("actions", "config", "forwarding-action").orElseThrow().value().equals(ACCEPT));
  }

  private static void validateSet(Located set) {
    Constraints.keysRepeated(set.data(), set.path());
    String type = set.data().leaf("type").orElseThrow();
    set.all("acl-entries", "acl-entry")
        .forEach(entry -> {
          Constraints.keysRepeated(entry.data(), entry.path());
          Located actions = entry.below("actions");
          Constraints.present(actions.data(), "forwarding-action", actions.path());
          for (String part : STRANGE.getOrDefault(type, Set.of())) {
            entry
                .at(part)
                .ifPresent(
                    node -> Constraints.absent(node, part + " is not for a set of type " + type));
          }
        });
  }

  private static void validateBinding(Located binding, Located root) {
    Constraints.keysRepeated(binding.data(), binding.path());
    String name = binding.data().leaf("set-name").orElseThrow();
    List<String> types =
        root.all("acl", "acl-sets", "acl-set")
            .map(Located::data)
            .filter(set -> set.key().equals(name))
            .flatMap(set -> set.leaf("type").stream())
            .toList();
    Constraints.refers(
        binding.at("config", "set-name").orElseThrow(),
        !types.isEmpty(),
        "there is no ACL set " + name);
    String type = binding.data().leaf("type").orElseThrow();
    Constraints.refers(
        binding.at("config", "type").orElseThrow(),
        types.contains(type),
        "ACL set " + name + " is not of type " + type);
  }
}

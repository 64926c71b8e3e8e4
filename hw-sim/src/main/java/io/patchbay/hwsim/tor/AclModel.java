package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.RpcError;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a configuration's {@code acl} means, and what of it makes no sense. Pure. */
final class AclModel {
  /** What an entry cannot ask of the frames that its set is for. */
  private static final Map<String, Set<String>> STRANGE =
      Map.of(
          "oc-acl:ACL_IPV4", Set.of("l2"),
          "oc-acl:ACL_L2", Set.of("ipv4", "transport"),
          "oc-acl:ACL_MIXED", Set.of());

  private AclModel() {}

  /**
   * Throws {@link RpcError.Refusal} at the first thing that makes no sense.
   *
   * @param ports of the switch
   */
  static void validate(Located root, Set<String> ports) {
    root.all("acl", "acl-sets", "acl-set").forEach(AclModel::validateSet);
    root.all("acl", "interfaces", "interface")
        .forEach(entry -> {
          InterfaceReference.validate(entry, root, ports);
          for (String direction : List.of("ingress", "egress")) {
            entry
                .all(direction + "-acl-sets", direction + "-acl-set")
                .forEach(binding -> validateBinding(binding, root));
          }
        });
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

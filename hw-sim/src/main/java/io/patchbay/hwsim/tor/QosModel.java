package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.RpcError;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a configuration's {@code qos} means, and what of it makes no sense. Pure. */
final class QosModel {
  private QosModel() {}

  /**
   * Throws {@link RpcError.Refusal} at the first thing that makes no sense.
   *
   * @param ports of the switch
   */
  static void validate(Located root, Set<String> ports) {
    List<Located> policies = root.all("qos", "scheduler-policies", "scheduler-policy").toList();
    policies.forEach(QosModel::validatePolicy);
    Set<String> names =
        policies.stream().map(policy -> policy.data().key()).collect(Collectors.toSet());
    root.all("qos", "interfaces", "interface")
        .forEach(entry -> {
          InterfaceReference.validate(entry, root, ports);
          entry
              .all("input", "classifiers", "classifier")
              .forEach(used -> Constraints.keysRepeated(used.data(), used.path()));
          for (String direction : List.of("input", "output")) {
            entry
                .at(direction, "scheduler-policy", "config", "name")
                .ifPresent(leaf -> validateName(leaf, names));
          }
        });
  }

  private static void validatePolicy(Located policy) {
    Constraints.keysRepeated(policy.data(), policy.path());
    policy
        .all("schedulers", "scheduler")
        .forEach(scheduler -> Constraints.keysRepeated(scheduler.data(), scheduler.path()));
  }

  private static void validateName(Located leaf, Set<String> names) {
    String name = leaf.data().value();
    Constraints.refers(leaf, names.contains(name), "there is no scheduler policy " + name);
  }
}

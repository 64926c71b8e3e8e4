package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.RpcError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a configuration's {@code qos} means, and what of it makes no sense. Pure. */
final class QosModel {
  /** A burst that is not said is a tenth of a second's octets, at least the longest frame. */
  private static final int BURSTS_PER_SECOND = 10;

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
    List<Located> interfaces = root.all("qos", "interfaces", "interface").toList();
    InterfaceReference.validate(interfaces, root, ports);
    interfaces.forEach(entry -> {
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

  /** The rate of each port that is bound to a policy that polices. */
  static Map<String, Rate> bound(Located root, String direction) {
    Map<String, Rate> policies = new HashMap<>();
    root.all("qos", "scheduler-policies", "scheduler-policy")
        .map(Located::data)
        .forEach(policy -> rate(policy).ifPresent(rate -> policies.put(policy.key(), rate)));
    Map<String, Rate> bound = new HashMap<>();
    root.all("qos", "interfaces", "interface")
        .map(Located::data)
        .forEach(entry ->
            entry
                .at(direction, "scheduler-policy", "config", "name")
                .map(name -> policies.get(name.value()))
                .ifPresent(rate -> bound.put(InterfaceReference.port(entry), rate)));
    return bound;
  }

  /** That of the first scheduler that has one and drops what exceeds it. */
  private static Optional<Rate> rate(Data policy) {
    return policy.child("schedulers").stream()
        .flatMap(schedulers -> schedulers.all("scheduler")) // in the order of their numbers
        .flatMap(scheduler -> scheduler.at("one-rate-two-color").stream())
        .filter(QosModel::drops)
        .flatMap(policer -> policer.at("config", "cir").stream().map(cir -> rate(policer, cir)))
        .findFirst();
  }

  private static boolean drops(Data policer) {
    return policer
        .at("exceed-action", "config", "drop")
        .filter(drop -> drop.value().equals("true"))
        .isPresent();
  }

  private static Rate rate(Data policer, Data cir) {
    long bits = Long.parseLong(cir.value());
    return new Rate(
        bits,
        policer
            .at("config", "bc")
            .map(bc -> Long.parseLong(bc.value()))
            .orElse(Math.max(bits / 8 / BURSTS_PER_SECOND, Frame.OCTETS_MAX)));
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

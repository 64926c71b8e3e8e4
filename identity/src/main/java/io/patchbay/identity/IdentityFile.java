package io.patchbay.identity;

import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wrote: who is who, and whom to believe besides.
 *
 * @param trustDomain such as {@code k8s.nsm}
 * @param rules the first that matches a process gives it its identity
 * @param federated PEM files with the bundles of other trust domains
 */
record IdentityFile(String trustDomain, List<Rule> rules, Map<String, Path> federated) {
  IdentityFile(
      @Nullable String trustDomain,
      @Nullable List<Rule> rules,
      @Nullable Map<String, Path> federated) {
    if (trustDomain == null || trustDomain.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "trustDomain: is missing");
    }
    this.trustDomain = trustDomain;
    this.rules = List.copyOf(Objects.requireNonNullElse(rules, List.of()));
    this.federated = Map.copyOf(Objects.requireNonNullElse(federated, Map.of()));
    if (this.rules.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "rules: there is none, so nobody would be anybody");
    }
    for (int index = 0; index < this.rules.size(); index++) {
      requireOwn(index);
    }
  }

  private void requireOwn(int index) {
    String id = rules.get(index).id();
    if (!id.startsWith("spiffe://" + trustDomain + "/")) {
      throw new Failure(
          Failure.Kind.INVALID,
          "rules[" + index + "].id: " + id + " is not below spiffe://" + trustDomain + "/");
    }
  }
}

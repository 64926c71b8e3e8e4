package io.patchbay.mesh.policy;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Optional;

/** The policies of one door, all of which an access must satisfy. Safe for all threads. */
public final class Policies {
  /** What a refused peer reads first; examples of upstream's look for it (contracts/nsm.md 24). */
  public static final String REFUSAL = "no sufficient privileges";

  /** Nothing is forbidden: for a peer that cannot prove anything, without TLS. */
  public static final Policies NONE = new Policies(List.of());

  private final List<Policy> policies;

  /** In the order in which they are asked. */
  public Policies(List<? extends Policy> policies) {
    this.policies = List.copyOf(policies);
  }

  /** Their names, in the order in which they are asked. */
  public List<String> names() {
    return policies.stream().map(Policy::name).toList();
  }

  /**
   * Returns if the access satisfies all. Throws Failure DENIED when one objects, and UNAVAILABLE
   * when one could not be decided; both begin with {@link #REFUSAL}.
   */
  public void check(Access access) {
    for (Policy policy : policies) {
      Optional<String> objection = policy.objection(access);
      if (objection.isPresent()) {
        throw denied(policy.name() + ": " + objection.get());
      }
    }
  }

  /** A refusal for a reason that is no policy's. */
  public static Failure denied(String why) {
    return new Failure(Failure.Kind.DENIED, REFUSAL + ": " + why);
  }
}

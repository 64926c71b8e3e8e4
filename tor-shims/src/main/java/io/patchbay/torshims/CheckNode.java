package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Policies;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Believes {@code node} and {@code pfMac} only from the identity that is bound to that node:
 * whoever could name another node's VF could put its switch port onto any service. Must be behind
 * the link that has proven who asks. Without an identity of our own nobody can prove anything, and
 * everybody is believed.
 */
final class CheckNode implements Link {
  private final NodeIdentities bound;
  private final Optional<Identities> identities;

  CheckNode(NodeIdentities bound, Optional<Identities> identities) {
    this.bound = bound;
    this.identities = identities;
  }

  @Override
  public Connection request(Call call, Handler next) {
    if (identities.isPresent()) {
      String own = SpiffeId.parse(identities.get().current().id()).trustDomain();
      String asking = Paths.requester(call.connection()).orElse("");
      Stream.concat(Stream.of(call.connection().getMechanism()), call.preferences().stream())
          .forEach(mechanism -> check(mechanism, asking, own));
    }
    return next.request(call);
  }

  private void check(Mechanism mechanism, String asking, String trustDomain) {
    VlanParameters.of(mechanism)
        .flatMap(VlanParameters::function)
        .map(VlanParameters.Function::node)
        .filter(node -> !bound.of(node, trustDomain).equals(asking))
        .ifPresent(node -> {
          throw Policies.denied(
              "'%s' does not speak for node '%s'; see 'identities' in the fabric file"
                  .formatted(asking, node));
        });
  }
}

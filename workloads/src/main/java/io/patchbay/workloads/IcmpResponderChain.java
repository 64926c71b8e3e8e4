package io.patchbay.workloads;

import io.patchbay.base.Time;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.SendDescriptors;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import java.time.Duration;
import java.util.List;

/** What the endpoint does with a request, in this order. */
final class IcmpResponderChain {
  private IcmpResponderChain() {}

  static Chain of(
      Policies policies,
      Sessions sessions,
      Announce announce,
      PointToPoint addresses,
      OwnNamespace namespace,
      Time time) {
    return Chain.of(
        List.of(
            new Authorize(policies),
            sessions,
            new Expire(time, Duration.ZERO),
            announce,
            new SendDescriptors(),
            addresses,
            namespace,
            (call, next) -> Paths.end(call.connection())));
  }
}

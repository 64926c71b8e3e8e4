package io.patchbay.kernelforwarder;

import io.patchbay.base.Time;
import io.patchbay.linux.Namespaces;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.ReceiveDescriptors;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.FindEndpoint;
import io.patchbay.mesh.registry.Registries;
import java.time.Duration;
import java.util.List;

/** What kernel-forwarder does with a request, in this order. */
final class KernelForwarderChain {
  /** How long a connection lives at least after a restart: clients retry within 5 s. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private KernelForwarderChain() {}

  static Chain of(
      Policies policies,
      Sessions sessions,
      Announce announce,
      Registries registries,
      Dial dial,
      Time time) {
    return Chain.of(
        List.of(
            new Authorize(policies),
            sessions,
            new Expire(time, GRACE),
            announce,
            new Follow(sessions, dial, time, announce::relay),
            ReceiveDescriptors.toUse(
                time, file -> Namespaces.isInhabited(file.device(), file.inode())),
            new FindEndpoint(registries, time),
            new HoldVeth(),
            dial));
  }
}

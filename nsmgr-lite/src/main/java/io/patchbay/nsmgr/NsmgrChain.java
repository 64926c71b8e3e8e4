package io.patchbay.nsmgr;

import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.ReceiveDescriptors;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.Registries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a request goes through at a manager, whether from this node or from another. */
final class NsmgrChain {
  /** Clients try a refresh that failed again after 5 s at most. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private NsmgrChain() {}

  static Chain of(
      Sessions sessions,
      Announce announce,
      Registries registries,
      Node node,
      Dial dial,
      Time time) {
    return Chain.of(
        List.of(
            new Authorize(node.policies()),
            sessions,
            new Expire(time, GRACE),
            announce,
            new Follow(sessions, dial, time, announce::relay),
            new KeepMatching(sessions, registries, time),
            ReceiveDescriptors.toPassOn(time),
            new FindService(registries.services()),
            new ExcludePrefixes(node.excludedPrefixes()),
            new PickForwarder(registries.endpoints(), node.forwarders(), node.url()),
            dial));
  }

  /**
   * What is particular to this node.
   *
   * @param forwarders the service that its forwarders are registered for
   * @param url the address of this manager, under which the domain knows them
   * @param excludedPrefixes the file of addresses that no endpoint may give
   * @param policies what whoever asks must satisfy
   */
  record Node(String forwarders, Url url, Path excludedPrefixes, Policies policies) {}
}

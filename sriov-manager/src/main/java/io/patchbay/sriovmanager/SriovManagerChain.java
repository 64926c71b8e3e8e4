package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.ReceiveDescriptors;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.FindEndpoint;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sriovmanager.events.Refusals;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * What a request for hardware goes through, from top to bottom; the answer comes back from bottom
 * to top, and at the end all is let go in the reverse of the order in which it was taken: the
 * interface comes home, the tag goes, the next hop is told, the VF is verified and free.
 *
 * @param policies what whoever asks must satisfy
 * @param sessions as restored from an earlier process
 * @param dial the next hop
 * @param offer what this node is called, and what its VFs are
 * @param pods says which pod a request is for, or throws
 * @param refusals told which requests were refused
 */
record SriovManagerChain(
    Time time,
    Policies policies,
    Sessions sessions,
    Announce announce,
    Registries registries,
    Dial dial,
    NodeOffer offer,
    Function<Connection, ClientPod> pods,
    Refusals refusals) {
  /** How long a connection lives at least after a restart: a refresh may have been missed. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  Chain over(Ledger ledger, Hardware hardware, Homecoming homecoming) {
    return Chain.of(
        List.<Link>of(
            new TellDenials(new Authorize(policies), refusals),
            new TellRefusals(refusals, pods, ledger),
            sessions,
            new Expire(time, GRACE),
            announce,
            new Follow(sessions, dial, time, announce::relay),
            ReceiveDescriptors.toUse(
                time, file -> Namespaces.isInhabited(file.device(), file.inode())),
            new FindEndpoint(registries, time),
            new HoldVf(ledger, hardware, homecoming, SriovManagerChain::lives, offer, pods),
            new Address(),
            new Attach(ledger, hardware),
            new Tag(ledger, hardware),
            dial));
  }

  private static boolean lives(String namespace) {
    try (NetworkNamespace found = Namespaces.open(namespace)) {
      return found.inode() > 0;
    } catch (Failure e) {
      return e.kind() != Failure.Kind.NOT_FOUND;
    }
  }
}

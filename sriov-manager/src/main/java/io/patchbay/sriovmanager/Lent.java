package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Session;
import java.util.Optional;

/**
 * The VF that a connection has, as its session remembers it. The ledger knows the rest.
 *
 * @param vf the PCI address
 * @param hold what the ledger was told when it was taken
 * @param tokenId how the client proved its right; empty when its identity did
 */
record Lent(String vf, Hold hold, String tokenId) {
  static final Key<Lent> KEY = Key.durable("vf", Lent.class);

  /** What {@link HoldVf} holds for this session. */
  static Lent in(Session session) {
    return session
        .held(KEY)
        .orElseThrow(() -> new IllegalStateException("no HoldVf link before this one"));
  }

  PciAddress address() {
    return PciAddress.parse(vf);
  }

  MacAddress mac() {
    return Hardware.lentMac(address(), hold.home());
  }

  /** The client's interface on the wire, keeping what else it asked for. */
  Mechanism mechanism(Mechanism asked) {
    return new KernelParameters(
            Optional.of(hold.namespace()),
            Optional.of(hold.interfaceName()),
            Optional.of(tokenId).filter(id -> !id.isEmpty()))
        .onto(asked);
  }

  /** Refuses a refresh that asks for another place than the one the VF is in. */
  void refuseMove(KernelParameters asked) {
    boolean moved =
        asked.inodeUrl().filter(url -> !url.equals(hold.namespace())).isPresent()
            || asked.name().filter(name -> !name.equals(hold.interfaceName())).isPresent();
    if (moved) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          vf
              + " is '"
              + hold.interfaceName()
              + "' in "
              + hold.namespace()
              + "; close the connection before asking for another place");
    }
  }
}

package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;
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
 * @param preset what the config wanted of it then; sessions of old do not tell
 */
record Lent(String vf, Hold hold, String tokenId, VfOptions.Preset preset) {
  Lent {
    preset = preset == null ? VfOptions.Preset.NONE : preset;
  }

  /** One of which the config wants nothing in particular. */
  Lent(String vf, Hold hold, String tokenId) {
    this(vf, hold, tokenId, VfOptions.Preset.NONE);
  }

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

  /**
   * The largest frame payload that its interface takes, in bytes; 0 for one without an interface.
   */
  @JsonIgnore
  int mtu() {
    return preset.mtu() == 0 ? hold.home().mtu() : preset.mtu();
  }

  /** Whether its container drives it itself. */
  @JsonIgnore
  boolean isDevice() {
    return hold.home().bare();
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
  void refuseMove(Wish asked) {
    boolean moved =
        switch (asked) {
          case Wish.Interface there -> isDevice() || isElsewhere(there.place());
          case Wish.Device _ -> !isDevice();
        };
    if (moved) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          vf
              + (isDevice() ? " is driven" : " is '" + hold.interfaceName() + "'")
              + " in "
              + (isDevice() ? "its container" : hold.namespace())
              + "; close the connection before asking for another place");
    }
  }

  private boolean isElsewhere(KernelParameters asked) {
    return asked.inodeUrl().filter(url -> !url.equals(hold.namespace())).isPresent()
        || asked.name().filter(name -> !name.equals(hold.interfaceName())).isPresent();
  }
}

package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.linux.MacAddress;
import java.util.Map;
import java.util.Optional;

/**
 * The other switch of an MLAG pair, as one of them sees it: over the peer link go frames, past it
 * the two tell each other what they have learnt and which of their ports have carrier. Immutable,
 * safe for all threads.
 */
final class MlagPeer {
  /** The two ends of an MLAG. */
  enum Role {
    /** Keeps its ports when the peer link is lost. */
    PRIMARY,
    /** Takes its MLAG ports down when the peer link is lost and the primary lives. */
    SECONDARY
  }

  private final Role role;
  private final SimulatedSwitch other;
  private final FramePort link;
  private final Map<String, String> partners;

  /**
   * @param role of the switch that has this peer
   * @param link its end of the peer link
   * @param partners the other's port by the port here that is of the same MLAG
   */
  MlagPeer(Role role, SimulatedSwitch other, FramePort link, Map<String, String> partners) {
    this.role = role;
    this.other = other;
    this.link = link;
    this.partners = Map.copyOf(partners);
  }

  /** This switch's end of the peer link. */
  FramePort link() {
    return link;
  }

  /** Whether the other switch's port of the same MLAG as this one has carrier. */
  boolean reaches(String port) {
    return partner(port).map(other::carrier).orElse(false);
  }

  /** Tells the other switch what was learnt on a port here. */
  void learned(int vlan, MacAddress station, String port) {
    if (link.carrier()) {
      other.learned(vlan, station, partner(port).orElse(Forwarding.PEER_LINK));
    }
  }

  /**
   * Whether a port may be lit. Without the peer link the two switches know too little of each other
   * to both serve one MLAG.
   */
  boolean allows(String port) {
    return role == Role.PRIMARY || partner(port).isEmpty() || link.carrier() || !other.poweredOn();
  }

  private Optional<String> partner(String port) {
    return Optional.ofNullable(partners.get(port));
  }
}

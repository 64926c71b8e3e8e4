package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.FramePort;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Two switches as one to whoever has a link to each (multi-chassis link aggregation): a peer link
 * between them carries all VLANs, and what came over it does not go out of a port whose partner at
 * the peer has carrier, for the peer has sent it there itself. When the peer link is lost while
 * both live, the secondary takes its ports of MLAGs down.
 */
public final class MlagPair {
  /**
   * One switch of the pair.
   *
   * @param peerLink its end of the link between the two
   */
  public record Member(SimulatedSwitch tor, FramePort peerLink) {}

  private MlagPair() {}

  /**
   * Makes a pair of two switches for good. To be called before frames flow.
   *
   * @param partners for each MLAG the primary's port and the secondary's; ports that are not in it
   *     belong to one switch alone. Throws {@link io.patchbay.base.Failure} of kind NOT_FOUND when
   *     a switch has no such port
   */
  public static void join(Member primary, Member secondary, Map<String, String> partners) {
    partners.forEach((first, second) -> {
      primary.tor().checkPort(first);
      secondary.tor().checkPort(second);
    });
    Map<String, String> back =
        partners.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    primary
        .tor()
        .pair(new MlagPeer(MlagPeer.Role.PRIMARY, secondary.tor(), primary.peerLink(), partners));
    secondary
        .tor()
        .pair(new MlagPeer(MlagPeer.Role.SECONDARY, primary.tor(), secondary.peerLink(), back));
  }
}

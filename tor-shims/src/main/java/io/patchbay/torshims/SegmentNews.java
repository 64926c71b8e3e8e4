package io.patchbay.torshims;

import java.util.Map;

/** Who is told what a switch has of services. Called by the switch's writer only. */
@FunctionalInterface
interface SegmentNews {
  /** The names of the VLANs that were made there; only after the disk was lost. */
  void names(Map<Integer, String> byVlan);

  /** Whether the switch is to be asked for its VNIs. */
  default boolean asksForVnis() {
    return false;
  }

  /** The names of the network instances there that have them, once all of its ports are right. */
  default void vnis(Map<Integer, String> byVni) {}

  /** Has the switch asked, where that is called for. Throws {@link io.patchbay.base.Failure}. */
  default void askForVnis(SwitchDriver driver) {
    if (asksForVnis()) {
      driver.vnis().ifPresent(this::vnis);
    }
  }

  /** Tells the fabric's segments. */
  static SegmentNews to(Segments segments, String switchName) {
    return new SegmentNews() {
      @Override
      public void names(Map<Integer, String> byVlan) {
        segments.recover(byVlan);
      }

      @Override
      public boolean asksForVnis() {
        return segments.asksForVnis(switchName);
      }

      @Override
      public void vnis(Map<Integer, String> byVni) {
        segments.hearVnis(switchName, byVni);
      }
    };
  }
}

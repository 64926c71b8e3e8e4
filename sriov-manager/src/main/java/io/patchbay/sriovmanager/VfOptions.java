package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.patchbay.base.Failure;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
import io.patchbay.linux.VfVlan;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a VF is set on its NIC while a connection has it, beyond address and VLAN. What is absent
 * stays as it is; all of it is put back when the VF comes home.
 *
 * @param trust whether it may change its address and receive what is not addressed to it
 * @param spoofCheck whether frames with a foreign source address are dropped; so if absent
 * @param minTxRate what it may send at least, in Mbit/s; 0 is no promise
 * @param maxTxRate what it may send at most, in Mbit/s; 0 is no limit
 * @param linkState what carrier it is shown
 * @param vlanQos the priority of its tag where the service does not say, 0 to 7
 * @param vlanProtocol which tag it gets, 802.1Q if absent
 * @param mtu of its interface in bytes; a service may ask for less
 * @param reset whether an interface that was in a pod is reset on its way home; so if absent
 */
record VfOptions(
    @Nullable Boolean trust,
    @Nullable Boolean spoofCheck,
    @Nullable Integer minTxRate,
    @Nullable Integer maxTxRate,
    @Nullable Carrier linkState,
    @Nullable Integer vlanQos,
    @Nullable Tagging vlanProtocol,
    @Nullable Integer mtu,
    @Nullable Boolean reset) {
  /** Nothing is asked for. */
  static final VfOptions NONE = new VfOptions(null, null, null, null, null);

  private static final int MTU_MIN = 68; // RFC 791
  private static final int MTU_MAX = 65_535;

  VfOptions {
    var unused = rates(minTxRate, maxTxRate); // which refuses what is no range
    requireWithin("vlanQos", vlanQos, 0, 7);
    requireWithin("mtu", mtu, MTU_MIN, MTU_MAX);
  }

  /** Options that say nothing of its tag and its MTU. */
  VfOptions(
      @Nullable Boolean trust,
      @Nullable Boolean spoofCheck,
      @Nullable Integer minTxRate,
      @Nullable Integer maxTxRate,
      @Nullable Carrier linkState) {
    this(trust, spoofCheck, minTxRate, maxTxRate, linkState, null, null, null);
  }

  /** Options of a VF that is reset as usual. */
  VfOptions(
      @Nullable Boolean trust,
      @Nullable Boolean spoofCheck,
      @Nullable Integer minTxRate,
      @Nullable Integer maxTxRate,
      @Nullable Carrier linkState,
      @Nullable Integer vlanQos,
      @Nullable Tagging vlanProtocol,
      @Nullable Integer mtu) {
    this(trust, spoofCheck, minTxRate, maxTxRate, linkState, vlanQos, vlanProtocol, mtu, null);
  }

  private static void requireWithin(String name, @Nullable Integer value, int least, int most) {
    if (value != null && (value < least || value > most)) {
      throw new Failure(
          Failure.Kind.INVALID, name + " " + value + " is out of " + least + ".." + most);
    }
  }

  /** Throws {@link Failure} of kind INVALID if they make no sense for VFs with this driver. */
  void checkFor(String vfKernelDriver) {
    if (!vfKernelDriver.equals(Vfio.DRIVER)) {
      return;
    }
    if (mtu != null) {
      throw new Failure(
          Failure.Kind.INVALID, "mtu is a matter of interfaces: a VF with vfio-pci has none");
    }
    if (!wantsReset()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "reset is a matter of interfaces: a VF with vfio-pci is always reset");
    }
  }

  /** What counts for a connection once it has the VF. */
  Preset preset() {
    return new Preset(
        vlanQos == null ? 0 : vlanQos,
        vlanProtocol == null ? VfVlan.Protocol.DOT1Q : vlanProtocol.protocol(),
        mtu == null ? 0 : mtu);
  }

  /**
   * What is needed of the options after the VF was configured, as they were then. Kept on disk.
   *
   * @param qos the priority of its tag where the service does not say
   * @param protocol which tag it gets
   * @param mtu of its interface; 0 for what it has
   */
  record Preset(int qos, VfVlan.Protocol protocol, int mtu) {
    static final Preset NONE = new Preset(0, VfVlan.Protocol.DOT1Q, 0);
  }

  /** The rates, if one of them is written; the other is 0 then. */
  Optional<VfRates> rates() {
    return rates(minTxRate, maxTxRate);
  }

  private static Optional<VfRates> rates(@Nullable Integer min, @Nullable Integer max) {
    return min == null && max == null
        ? Optional.empty()
        : Optional.of(new VfRates(min == null ? 0 : min, max == null ? 0 : max));
  }

  boolean checksSpoofing() {
    return spoofCheck == null || spoofCheck;
  }

  boolean wantsReset() {
    return reset == null || reset;
  }

  /** A kind of tag as people write it. */
  record Tagging(VfVlan.Protocol protocol) {
    /** Reads {@code 802.1q} or {@code 802.1ad}; an error names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Tagging of(String text) {
      return new Tagging(
          switch (text.toLowerCase(Locale.ROOT)) {
            case "802.1q" -> VfVlan.Protocol.DOT1Q;
            case "802.1ad" -> VfVlan.Protocol.DOT1AD;
            default ->
                throw new Failure(
                    Failure.Kind.INVALID,
                    "VLAN protocol '" + text + "' is neither 802.1q nor 802.1ad");
          });
    }
  }

  /** A link state as people write it. */
  record Carrier(VfLinkState state) {
    /** Reads {@code auto}, {@code enable} or {@code disable}; an error names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Carrier of(String text) {
      return new Carrier(
          switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> VfLinkState.AUTO;
            case "enable" -> VfLinkState.ENABLE;
            case "disable" -> VfLinkState.DISABLE;
            default ->
                throw new Failure(
                    Failure.Kind.INVALID,
                    "link state '" + text + "' is none of auto, enable and disable");
          });
    }
  }
}

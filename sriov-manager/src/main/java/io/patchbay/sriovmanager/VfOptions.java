package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.patchbay.base.Failure;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
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
 */
record VfOptions(
    @Nullable Boolean trust,
    @Nullable Boolean spoofCheck,
    @Nullable Integer minTxRate,
    @Nullable Integer maxTxRate,
    @Nullable Carrier linkState) {
  /** Nothing is asked for. */
  static final VfOptions NONE = new VfOptions(null, null, null, null, null);

  VfOptions {
    var unused = rates(minTxRate, maxTxRate); // which refuses what is no range
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

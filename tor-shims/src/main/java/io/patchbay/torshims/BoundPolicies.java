package io.patchbay.torshims;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which scheduler policies a service has bound to its ports. They are the network's own: the shim
 * makes none.
 *
 * @param in the name of that for frames from the port; null when the service leaves that alone
 * @param out and for frames to it
 * @param capabilities for VFs that were asked for as a resource of that name, in place of both;
 *     none when not given
 */
public record BoundPolicies(
    @Nullable String in, @Nullable String out, Map<String, Named> capabilities) {
  static final BoundPolicies NONE = new BoundPolicies(null, null);

  /**
   * Those for VFs of one capability.
   *
   * @param in null when none is bound for them, also if there is one for others; so is out
   */
  public record Named(@Nullable String in, @Nullable String out) {
    private void requireValid(String field) {
      if (in != null) {
        SwitchName.requireValid(field + "in", in);
      }
      if (out != null) {
        SwitchName.requireValid(field + "out", out);
      }
    }
  }

  public BoundPolicies {
    capabilities =
        capabilities == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(capabilities));
  }

  /** The same for every VF. */
  public BoundPolicies(@Nullable String in, @Nullable String out) {
    this(in, out, Map.of());
  }

  /** What is bound for a VF that was asked for so. */
  BoundPolicies of(String capability) {
    Named own = capabilities.get(capability);
    return own == null ? new BoundPolicies(in, out) : new BoundPolicies(own.in(), own.out());
  }

  /** Whether it says anything of such a VF; where it says nothing of any, no VF needs it. */
  boolean covers(String capability) {
    return capabilities.isEmpty()
        || capabilities.containsKey(capability)
        || in != null
        || out != null;
  }

  /** Throws {@link io.patchbay.base.Failure} of kind INVALID that begins with the field. */
  void requireValid() {
    new Named(in, out).requireValid("qos.");
    capabilities.forEach(
        (capability, named) -> named.requireValid("qos.capabilities." + capability + "."));
  }
}

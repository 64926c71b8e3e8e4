package io.patchbay.torshims;

import org.jspecify.annotations.Nullable;

/**
 * Which scheduler policies a service has bound to its ports. They are the network's own: the shim
 * makes none.
 *
 * @param in the name of that for frames from the port; null when the service leaves that alone
 * @param out and for frames to it
 */
public record BoundPolicies(@Nullable String in, @Nullable String out) {
  static final BoundPolicies NONE = new BoundPolicies(null, null);

  /** Throws {@link io.patchbay.base.Failure} of kind INVALID that begins with the field. */
  void requireValid() {
    if (in != null) {
      SwitchName.requireValid("qos.in", in);
    }
    if (out != null) {
      SwitchName.requireValid("qos.out", out);
    }
  }
}

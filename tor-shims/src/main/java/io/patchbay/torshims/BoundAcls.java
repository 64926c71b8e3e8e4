package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.AclSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which ACLs a service has bound to its ports. They are the network's own: the shim makes none.
 *
 * @param in for frames from the port; null when the service leaves that alone
 * @param out for frames to it
 */
public record BoundAcls(@Nullable Named in, @Nullable Named out) {
  static final BoundAcls NONE = new BoundAcls(null, null);

  /** OpenConfig's types of ACLs, but for MPLS, which no VF sends. */
  private static final List<String> TYPES = List.of("ACL_IPV4", "ACL_IPV6", "ACL_L2", "ACL_MIXED");

  /**
   * One ACL of the switch.
   *
   * @param type one of {@code ACL_IPV4}, which it is when not given, {@code ACL_IPV6}, {@code
   *     ACL_L2} and {@code ACL_MIXED}
   */
  public record Named(String name, String type) {
    public Named {
      name = requireNonNullElse(name, "");
      type = requireNonNullElse(type, TYPES.getFirst());
    }

    AclSet set() {
      return new AclSet(name, type);
    }

    private void requireValid(String field) {
      SwitchName.requireValid(field + ".name", name);
      if (!TYPES.contains(type)) {
        throw new Failure(Failure.Kind.INVALID, field + ".type '" + type + "' is none of " + TYPES);
      }
    }
  }

  /** Throws {@link Failure} of kind INVALID that begins with the field. */
  void requireValid() {
    if (in != null) {
      in.requireValid("acl.in");
    }
    if (out != null) {
      out.requireValid("acl.out");
    }
  }
}

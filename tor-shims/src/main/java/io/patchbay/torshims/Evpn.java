package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.util.Objects;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * How a service is known in the fabric's EVPN: by a VXLAN network identifier and a route target
 * that both follow from its VLAN, so that they are the same on every switch.
 *
 * @param vniBase what is added to the VLAN to make the VNI; 0 to 16777215 less the VLAN
 * @param routeTarget the number of the autonomous system that stands before the VNI in the route
 *     target, 1 to 65535: with two octets there are four for the VNI, which has three (RFC 4360
 *     section 3.1, RFC 7348 section 5)
 */
record Evpn(@Nullable Integer vniBase, @Nullable Integer routeTarget) {
  private static final int VNI_MOST = 0xff_ffff;
  private static final int AS_MOST = 0xffff;

  Evpn {
    if (vniBase == null || vniBase < 0 || vniBase >= VNI_MOST) {
      throw new Failure(
          Failure.Kind.INVALID, "evpn.vniBase " + vniBase + " is not in 0.." + (VNI_MOST - 1));
    }
    if (routeTarget == null || routeTarget < 1 || routeTarget > AS_MOST) {
      throw new Failure(
          Failure.Kind.INVALID, "evpn.routeTarget " + routeTarget + " is not in 1.." + AS_MOST);
    }
  }

  private int base() {
    return Objects.requireNonNull(vniBase);
  }

  /** Throws {@link Failure} of kind INVALID where a VLAN of the pool would have no VNI. */
  void requireRoom(String service, SortedSet<Integer> pool) {
    if (base() + pool.last() > VNI_MOST) {
      throw new Failure(
          Failure.Kind.INVALID,
          "evpn.vniBase %d of service %s is too high: with VLAN %d the VNI is more than %d"
              .formatted(base(), service, pool.last(), VNI_MOST));
    }
  }

  /** The segment of a service that has a VLAN. */
  EvpnInstance instance(String service, int vlan) {
    int vni = base() + vlan;
    return new EvpnInstance(VlanNames.tag(service), vlan, vni, routeTarget + ":" + vni);
  }

  /**
   * Whether two services may come to one VNI: with the same base they do not, for a VLAN is given
   * to one of them only.
   */
  boolean collides(SortedSet<Integer> pool, Evpn other, SortedSet<Integer> others) {
    int shift = base() - other.base();
    return shift != 0 && pool.stream().anyMatch(vlan -> others.contains(vlan + shift));
  }
}

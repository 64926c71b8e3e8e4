package io.patchbay.torshims;

/**
 * One segment of the fabric's EVPN as the shim makes it on a switch: a network instance of one
 * VLAN, with one EVPN instance that is called by its VNI.
 *
 * @param name of the network instance, and of the VLAN in it
 * @param vni 1 to 16777215
 * @param routeTarget both imported and exported, such as {@code 65000:10100}
 */
public record EvpnInstance(String name, int vlan, int vni, String routeTarget) {
  /** What the EVPN instance is called in its network instance. */
  public String evi() {
    return String.valueOf(vni);
  }
}

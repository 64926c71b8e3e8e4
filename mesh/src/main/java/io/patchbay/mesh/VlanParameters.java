package io.patchbay.mesh;

import static io.patchbay.mesh.KernelParameters.parameter;

import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import java.util.Optional;

/**
 * A VLAN on the wire behind a VF (contracts/nsm.md section 2). Besides the standard {@code vlan-id}
 * it says which VF asks, in keys that other endpoints ignore.
 *
 * @param vlanId the VLAN, 1..4094; absent in a request
 * @param function the VF that asks; absent when the other side is not Patchbay
 */
public record VlanParameters(Optional<Integer> vlanId, Optional<Function> function) {
  /** The mechanism's type on the wire. */
  public static final String TYPE = "VLAN";

  private static final String VLAN_ID = "vlan-id";

  /**
   * Where a VF sits.
   *
   * @param node the node's name
   * @param pfMac the PF's MAC address, which the cable map and LLDP know
   * @param pciAddress the VF's PCI address, full form
   * @param number the VF's number on its PF
   * @param mac the VF's MAC address
   * @param mtu the VF's MTU in bytes; 0 when it is not known
   * @param capability the resource that the VF was asked for as, {@code example.com/100g}; empty
   *     when it is not known
   */
  public record Function(
      String node,
      String pfMac,
      String pciAddress,
      int number,
      String mac,
      int mtu,
      String capability) {}

  public VlanParameters {
    vlanId.ifPresent(id -> {
      if (id < 1 || id > 4094) {
        throw new Failure(Failure.Kind.INVALID, "vlan-id " + id + " is out of 1..4094");
      }
    });
  }

  /**
   * Reads a VLAN mechanism; empty for any other. Throws Failure INVALID for numbers that are none.
   */
  public static Optional<VlanParameters> of(Mechanism mechanism) {
    if (!mechanism.getType().equals(TYPE)) {
      return Optional.empty();
    }
    Optional<Integer> id = parameter(mechanism, VLAN_ID).map(text -> number(VLAN_ID, text));
    return Optional.of(new VlanParameters(id, function(mechanism)));
  }

  private static Optional<Function> function(Mechanism mechanism) {
    if (parameter(mechanism, "node").isEmpty() || parameter(mechanism, "pfMac").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Function(
            text(mechanism, "node"),
            text(mechanism, "pfMac"),
            text(mechanism, "pciAddress"),
            number("vf", mechanism.getParametersOrDefault("vf", "0")),
            text(mechanism, "vfMac"),
            number("mtu", mechanism.getParametersOrDefault("mtu", "0")),
            text(mechanism, "capability")));
  }

  /** The mechanism on the wire. */
  public Mechanism mechanism() {
    Mechanism.Builder mechanism = Mechanism.newBuilder().setCls("REMOTE").setType(TYPE);
    vlanId.ifPresent(id -> mechanism.putParameters(VLAN_ID, Integer.toString(id)));
    function.ifPresent(vf ->
        mechanism
            .putParameters("node", vf.node())
            .putParameters("pfMac", vf.pfMac())
            .putParameters("pciAddress", vf.pciAddress())
            .putParameters("vf", Integer.toString(vf.number()))
            .putParameters("vfMac", vf.mac())
            .putParameters("mtu", Integer.toString(vf.mtu())));
    function
        .map(Function::capability)
        .filter(known -> !known.isEmpty())
        .ifPresent(known -> mechanism.putParameters("capability", known));
    return mechanism.build();
  }

  private static String text(Mechanism mechanism, String key) {
    return mechanism.getParametersOrDefault(key, "");
  }

  private static int number(String key, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Failure(
          Failure.Kind.INVALID, "VLAN parameter " + key + "='" + text + "' is not a number", e);
    }
  }
}

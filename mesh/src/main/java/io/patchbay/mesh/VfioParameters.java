package io.patchbay.mesh;

import static io.patchbay.mesh.KernelParameters.parameter;

import io.patchbay.api.connection.Mechanism;
import java.util.Optional;

/**
 * A PCI device that its container drives itself (contracts/nsm.md section 2). The container has the
 * device nodes from the kubelet; their numbers are told for clients that make nodes of their own.
 *
 * @param tokenId the grant of a VF, for clients that were given one
 * @param device what the client gets; absent in a request
 */
public record VfioParameters(Optional<String> tokenId, Optional<Device> device) {
  /** The mechanism's type on the wire. */
  public static final String TYPE = "VFIO";

  private static final String PCI_ADDRESS = "pciAddress";
  private static final String IOMMU_GROUP = "iommuGroup";

  /**
   * The device.
   *
   * @param pciAddress full form
   * @param iommuGroup what its node in {@code /dev/vfio} is called
   * @param vfio the node of all such devices
   * @param group the node of its group
   */
  public record Device(String pciAddress, String iommuGroup, Node vfio, Node group) {}

  /** The numbers of a device node. */
  public record Node(int major, int minor) {}

  /** Reads what a client asks for in a VFIO mechanism; empty for any other. */
  public static Optional<VfioParameters> asked(Mechanism mechanism) {
    if (!mechanism.getType().equals(TYPE)) {
      return Optional.empty();
    }
    return Optional.of(
        new VfioParameters(parameter(mechanism, KernelParameters.TOKEN_ID), Optional.empty()));
  }

  /** The mechanism on the wire, keeping what else an earlier one said. */
  public Mechanism onto(Mechanism earlier) {
    Mechanism.Builder mechanism = earlier.toBuilder().setCls("LOCAL").setType(TYPE);
    tokenId.ifPresent(value -> mechanism.putParameters(KernelParameters.TOKEN_ID, value));
    device.ifPresent(told -> {
      mechanism.putParameters(PCI_ADDRESS, told.pciAddress());
      mechanism.putParameters(IOMMU_GROUP, told.iommuGroup());
      put(mechanism, "vfio", told.vfio());
      put(mechanism, "device", told.group());
    });
    return mechanism.build();
  }

  private static void put(Mechanism.Builder mechanism, String which, Node node) {
    mechanism.putParameters(which + "Major", Integer.toString(node.major()));
    mechanism.putParameters(which + "Minor", Integer.toString(node.minor()));
  }
}

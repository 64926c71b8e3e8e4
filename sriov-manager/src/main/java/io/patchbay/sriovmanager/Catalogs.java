package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.PciAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts together what the config, the hardware and the ledger know of each VF. Pure. */
final class Catalogs {
  private Catalogs() {}

  /** The catalog in the order of addresses. A PF that is not in the config contributes nothing. */
  static Catalog of(
      SriovConfig config, Inventory found, Map<PciAddress, Claim> claims, long version) {
    Map<PciAddress, String> problems = Plan.of(config, found, claims.keySet()).problems();
    Catalog.Builder catalog = Catalog.newBuilder().setVersion(version);
    config
        .physicalFunctions()
        .forEach((address, wanted) ->
            found
                .physical(address)
                .ifPresent(pf -> {
                  VirtualFunction any = ofAll(pf, wanted);
                  String problem = problems.getOrDefault(address, "");
                  for (Inventory.Virtual vf : pf.virtualFunctions()) {
                    VirtualFunction.Builder told = judged(described(any, vf), wanted, problem);
                    catalog.addFunctions(owned(told, claims.get(vf.address())));
                  }
                }));
    return catalog.build();
  }

  /** What is true of all VFs of a PF. */
  private static VirtualFunction ofAll(Inventory.Physical pf, SriovConfig.Entry wanted) {
    return VirtualFunction.newBuilder()
        .addAllResourceNames(wanted.names().stream().map(ResourceName::toString).toList())
        .setPfAddress(pf.address().toString())
        .setPfName(pf.port().name())
        .setPfMac(pf.port().mac())
        .setNumaNode(pf.numaNode())
        .build();
  }

  private static VirtualFunction.Builder described(VirtualFunction any, Inventory.Virtual vf) {
    return any.toBuilder()
        .setPciAddress(vf.address().toString())
        .setNumber(vf.number())
        .setIommuGroup(vf.iommuGroup())
        .setDriver(vf.driver());
  }

  private static VirtualFunction.Builder judged(
      VirtualFunction.Builder vf, SriovConfig.Entry wanted, String problem) {
    String wrong = problem.isEmpty() ? wrong(vf, wanted) : problem;
    return vf.setReason(wrong).setState(wrong.isEmpty() ? State.FREE : State.BROKEN);
  }

  private static String wrong(VirtualFunction.Builder vf, SriovConfig.Entry wanted) {
    if (vf.getDriver().equals(wanted.vfKernelDriver())) {
      return "";
    }
    String has = vf.getDriver().isEmpty() ? "no driver" : "driver " + vf.getDriver();
    return "has " + has + " instead of " + wanted.vfKernelDriver();
  }

  /** A claim tells the state even of a VF that is broken: its pod still has it. */
  private static VirtualFunction owned(VirtualFunction.Builder vf, @Nullable Claim claim) {
    if (claim == null) {
      return vf.build();
    }
    String reason = claim.draining().isEmpty() ? vf.getReason() : claim.draining();
    return vf.setState(claim.state()).setReason(reason).setOwner(owner(claim)).build();
  }

  private static Owner owner(Claim claim) {
    return Owner.newBuilder()
        .setResourceName(claim.grant().resource())
        .setPodNamespace(claim.use().namespace())
        .setPodName(claim.use().pod())
        .setContainerName(claim.use().container())
        .setConnectionId(claim.hold().connection())
        .setSinceMillis(claim.grant().sinceMillis())
        .build();
  }
}

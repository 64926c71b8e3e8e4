package io.patchbay.sriovmanager;

import static java.util.stream.Collectors.joining;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.PciAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Puts together what the config, the hardware and the ledger know of each VF. Pure. */
final class Catalogs {
  private static final String LOST =
      "there is no such VF now: its PF was reset, is gone, or not in the config";

  private Catalogs() {}

  /**
   * What the ledger knows of the VFs that are not free.
   *
   * @param troubles why one could not be brought home
   */
  record Books(Map<PciAddress, Claim> claims, Map<PciAddress, String> troubles) {}

  /**
   * The catalog in the order of addresses, then the claims on VFs that are not there: their PF was
   * reset, or is gone. A PF or VF that is not in the config contributes nothing but its claims.
   */
  static Catalog of(SriovConfig config, Inventory found, Books books, long version) {
    Map<PciAddress, String> problems = Plan.of(config, found, books.claims().keySet()).problems();
    Catalog.Builder catalog = Catalog.newBuilder().setVersion(version);
    Map<PciAddress, Claim> missing = new TreeMap<>(books.claims());
    Set<PciAddress> ours = ours(config, found, books);
    config
        .physicalFunctions()
        .forEach((address, wanted) ->
            found
                .physical(address)
                .ifPresent(pf -> {
                  String fault = found.faults().getOrDefault(address, "");
                  VirtualFunction any = ofAll(pf, fault);
                  String link =
                      fault.isEmpty() ? found.misplaced().getOrDefault(address, "") : fault;
                  String problem = problems.getOrDefault(address, link);
                  for (Inventory.Virtual vf : pf.virtualFunctions()) {
                    VirtualFunction.Builder told = described(any, vf);
                    wanted
                        .wish(vf.number())
                        .map(wish -> judged(told, wish, problem, IommuGroups.problem(vf, ours)))
                        .or(() ->
                            Optional.ofNullable(missing.get(vf.address()))
                                .map(claim -> unwanted(told, claim)))
                        .map(known -> owned(known, vf.address(), books))
                        .ifPresent(catalog::addFunctions);
                    missing.remove(vf.address());
                  }
                }));
    String lost = found.troubles().isEmpty() ? LOST : "";
    missing.forEach(
        (vf, claim) -> catalog.addFunctions(owned(missing(vf, claim, lost), vf, books)));
    return IommuGroups.judged(catalog.build());
  }

  /** What is parked while it serves nobody. */
  private static Set<PciAddress> ours(SriovConfig config, Inventory found, Books books) {
    Set<PciAddress> ours = new TreeSet<>(books.claims().keySet());
    config
        .physicalFunctions()
        .forEach((address, wanted) ->
            found.physical(address).stream()
                .flatMap(pf -> pf.virtualFunctions().stream())
                .filter(vf -> wanted.wish(vf.number()).isPresent())
                .forEach(vf -> ours.add(vf.address())));
    return ours;
  }

  /**
   * Only the claim knows of it now. While a PF cannot be read, it may be one of that PF's: then
   * nothing is wrong with it as far as we know.
   */
  private static VirtualFunction.Builder missing(PciAddress vf, Claim claim, String lost) {
    return VirtualFunction.newBuilder()
        .setPciAddress(vf.toString())
        .addResourceNames(claim.grant().resource())
        .setNumaNode(-1)
        .setReason(lost.isEmpty() ? "was not found yet" : lost)
        .setFault(lost);
  }

  /** What is true of all VFs of a PF. */
  private static VirtualFunction ofAll(Inventory.Physical pf, String fault) {
    return VirtualFunction.newBuilder()
        .setPfAddress(pf.address().toString())
        .setPfName(pf.port().name())
        .setPfMac(pf.port().mac())
        .setNumaNode(pf.numaNode())
        .setFault(fault)
        .build();
  }

  private static VirtualFunction.Builder described(VirtualFunction any, Inventory.Virtual vf) {
    return any.toBuilder()
        .setPciAddress(vf.address().toString())
        .setNumber(vf.number())
        .setIommuGroup(vf.iommuGroup())
        .setDriver(vf.driver());
  }

  /** A claim of before the config was changed and the manager started anew. */
  private static VirtualFunction.Builder unwanted(VirtualFunction.Builder vf, Claim claim) {
    return vf.addResourceNames(claim.grant().resource()).setReason("the config no longer has it");
  }

  private static VirtualFunction.Builder judged(
      VirtualFunction.Builder vf, SriovConfig.Wish wanted, String ofPf, String own) {
    String wrong =
        Stream.of(ofPf, wrong(vf, wanted), own)
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("");
    return vf.addAllResourceNames(wanted.names().stream().map(ResourceName::toString).toList())
        .setReason(wrong)
        .setState(wrong.isEmpty() ? State.FREE : State.BROKEN);
  }

  private static String wrong(VirtualFunction.Builder vf, SriovConfig.Wish wanted) {
    if (!wanted.problem().isEmpty() || vf.getDriver().equals(wanted.driver())) {
      return wanted.problem();
    }
    String has = vf.getDriver().isEmpty() ? "no driver" : "driver " + vf.getDriver();
    return "has " + has + " instead of " + wanted.driver();
  }

  /** A claim tells the state even of a VF that is broken: its pod still has it. */
  private static VirtualFunction owned(
      VirtualFunction.Builder vf, PciAddress address, Books books) {
    Claim claim = books.claims().get(address);
    if (claim == null) {
      return vf.build();
    }
    String reason = claim.draining().isEmpty() ? vf.getReason() : claim.draining();
    String trouble = books.troubles().getOrDefault(address, "");
    String all = Stream.of(reason, trouble).filter(text -> !text.isEmpty()).collect(joining("; "));
    return vf.setState(claim.state()).setReason(all).setOwner(owner(claim)).build();
  }

  private static Owner owner(Claim claim) {
    return Owner.newBuilder()
        .setResourceName(claim.grant().resource())
        .setPodNamespace(claim.use().namespace())
        .setPodName(claim.use().pod())
        .setContainerName(claim.use().container())
        .setConnectionId(claim.hold().connection())
        .setSwitchName(claim.hold().cable().switchName())
        .setSwitchPort(claim.hold().cable().port())
        .setSinceMillis(claim.grant().sinceMillis())
        .build();
  }
}

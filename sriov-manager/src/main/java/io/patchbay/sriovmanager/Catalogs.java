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
  private static final String LOST = "there is no such VF now: its PF was reset or is gone";
  private static final String UNWANTED = "the config no longer has it";

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
    Map<PciAddress, String> problems = Plan.of(config, found, books.claims()).problems();
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
                                .map(claim -> told.setReason(UNWANTED)))
                        .map(known -> owned(known, vf.address(), books))
                        .ifPresent(catalog::addFunctions);
                    missing.remove(vf.address());
                  }
                }));
    for (PciAddress vf : missing.keySet()) {
      VirtualFunction.Builder told = missing(vf, found.others(), problems);
      catalog.addFunctions(owned(told, vf, books));
    }
    return catalog.build();
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
   * None of our PFs was seen to have it. Only when there is nothing at its address it is lost: its
   * PF may not have been read, or may not be in the config now, and its pod uses it all the same.
   */
  private static VirtualFunction.Builder missing(
      PciAddress vf, Inventory.Others others, Map<PciAddress, String> problems) {
    VirtualFunction.Builder told =
        VirtualFunction.newBuilder().setPciAddress(vf.toString()).setNumaNode(-1);
    if (others.gone().contains(vf)) {
      return told.setReason(LOST).setFault(LOST);
    }
    Inventory.Stray stray = others.there().get(vf);
    if (stray == null) {
      return told.setReason("was not found yet");
    }
    told.setPfAddress(stray.pf().toString())
        .setPfName(stray.pfName())
        .setReason(problems.getOrDefault(stray.pf(), UNWANTED));
    return described(told.build(), stray.vf());
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

  /**
   * A claim tells the state even of a VF that is broken, and a name even if the config no longer
   * has that: its pod still has it.
   */
  private static VirtualFunction owned(
      VirtualFunction.Builder vf, PciAddress address, Books books) {
    Claim claim = books.claims().get(address);
    if (claim == null) {
      return vf.build();
    }
    String granted = claim.grant().resource();
    if (!vf.getResourceNamesList().contains(granted)) {
      vf.addResourceNames(granted);
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

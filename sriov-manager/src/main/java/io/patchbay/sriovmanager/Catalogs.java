package io.patchbay.sriovmanager;

import static java.util.stream.Collectors.joining;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.PciAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Puts together what the config, the hardware and the ledger know of each VF. All but the ledger's
 * word is prepared once, so that a change of one claim costs no more than one VF. Pure.
 */
final class Catalogs {
  private static final String LOST = "there is no such VF now: its PF was reset or is gone";
  private static final String UNWANTED = "the config no longer has it";

  /** What is told of each VF that has no claim, in the order of the catalog. */
  private final Map<PciAddress, VirtualFunction> unclaimed;

  /** Those that are in the catalog even without a claim. */
  private final Set<PciAddress> wanted;

  private final Map<PciAddress, Integer> places = new HashMap<>();

  private Catalogs(Map<PciAddress, VirtualFunction> unclaimed, Set<PciAddress> wanted) {
    this.unclaimed = unclaimed;
    this.wanted = wanted;
    unclaimed.keySet().forEach(vf -> places.put(vf, places.size()));
  }

  /**
   * What the ledger knows of the VFs that are not free.
   *
   * @param troubles why one could not be brought home
   */
  record Books(Map<PciAddress, Claim> claims, Map<PciAddress, String> troubles) {}

  /** The whole catalog at once. */
  static Catalog of(SriovConfig config, Inventory found, Books books, long version) {
    return of(config, found, books.claims().keySet()).catalog(books, version);
  }

  /**
   * Prepares it in the order of addresses, then the claims on VFs that are not there: their PF was
   * reset, or is gone. A PF or VF that is not in the config contributes nothing but its claims.
   *
   * @param claimed the VFs that have a claim now
   */
  static Catalogs of(SriovConfig config, Inventory found, Set<PciAddress> claimed) {
    Map<PciAddress, String> problems = Plan.problems(config, found);
    Map<PciAddress, VirtualFunction> told = new LinkedHashMap<>();
    Set<PciAddress> wanted = new HashSet<>();
    Set<PciAddress> missing = new TreeSet<>(claimed);
    Set<PciAddress> ours = ours(config, found, claimed);
    config
        .physicalFunctions()
        .forEach((address, entry) ->
            found
                .physical(address)
                .ifPresent(pf -> {
                  String fault = found.faults().getOrDefault(address, "");
                  VirtualFunction any = ofAll(pf, fault);
                  String link =
                      fault.isEmpty() ? found.misplaced().getOrDefault(address, "") : fault;
                  String problem = problems.getOrDefault(address, link);
                  for (Inventory.Virtual vf : pf.virtualFunctions()) {
                    VirtualFunction.Builder one = described(any, vf);
                    Optional<SriovConfig.Wish> wish = entry.wish(vf.number());
                    if (wish.isPresent()) {
                      wanted.add(vf.address());
                      String own =
                          Optional.of(IommuGroups.problem(vf, ours))
                              .filter(text -> !text.isEmpty())
                              .orElseGet(() -> without(vf, wish.get()));
                      one.addAllDeviceNodes(Extra.nodes(wish.get().extras(), vf.features()));
                      told.put(vf.address(), judged(one, wish.get(), problem, own).build());
                    } else if (missing.contains(vf.address())) {
                      told.put(vf.address(), one.setReason(UNWANTED).build());
                    }
                    missing.remove(vf.address());
                  }
                }));
    missing.forEach(vf -> told.put(vf, missing(vf, found.others(), problems).build()));
    return new Catalogs(told, wanted);
  }

  /** All VFs. */
  Catalog catalog(Books books, long version) {
    Catalog.Builder catalog = Catalog.newBuilder().setVersion(version);
    for (PciAddress vf : unclaimed.keySet()) {
      Optional<Claim> claim = Optional.ofNullable(books.claims().get(vf));
      catalog.addFunctions(told(vf, claim, books.troubles().getOrDefault(vf, "")));
    }
    return catalog.build();
  }

  /** Where in the catalog a VF is; empty when it is not in it. */
  OptionalInt place(PciAddress vf) {
    Integer place = places.get(vf);
    return place == null ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /**
   * Whether a claim on this VF, or its end, changes nothing but what is told of itself.
   *
   * @param claimed whether it has a claim now; of the others it is the claim that brings them here
   */
  boolean holds(PciAddress vf, boolean claimed) {
    return wanted.contains(vf) || (claimed && places.containsKey(vf));
  }

  /**
   * What is told of a VF that is in the catalog. A claim tells the state even of a VF that is
   * broken, and a name even if the config no longer has that: its pod still has it.
   */
  VirtualFunction told(PciAddress vf, Optional<Claim> claim, String trouble) {
    VirtualFunction found = Objects.requireNonNull(unclaimed.get(vf));
    return claim.map(known -> owned(found.toBuilder(), known, trouble)).orElse(found);
  }

  /** What is parked while it serves nobody. */
  private static Set<PciAddress> ours(
      SriovConfig config, Inventory found, Set<PciAddress> claimed) {
    Set<PciAddress> ours = new HashSet<>(claimed);
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
        .addAllPfRdmaDevices(pf.port().rdma())
        .setEswitchMode(
            pf.port().eswitch().map(mode -> mode.name().toLowerCase(Locale.ROOT)).orElse(""))
        .setFault(fault)
        .build();
  }

  private static VirtualFunction.Builder described(VirtualFunction any, Inventory.Virtual vf) {
    return any.toBuilder()
        .setPciAddress(vf.address().toString())
        .setNumber(vf.number())
        .setIommuGroup(vf.iommuGroup())
        .setDriver(vf.driver())
        .addAllRdmaDevices(vf.features().rdma())
        .setRepresentor(vf.features().representor())
        .setVhostNet(vf.features().vhostNet());
  }

  private static String without(Inventory.Virtual vf, SriovConfig.Wish wanted) {
    return Extra.problem(wanted.extras(), wanted.origin(), vf.features());
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

  private static VirtualFunction owned(VirtualFunction.Builder vf, Claim claim, String trouble) {
    String granted = claim.grant().resource();
    if (!vf.getResourceNamesList().contains(granted)) {
      vf.addResourceNames(granted);
    }
    String reason = claim.draining().isEmpty() ? vf.getReason() : claim.draining();
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
        .setResourceClaim(claim.grant().resourceClaim())
        .build();
  }
}

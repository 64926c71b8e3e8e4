package io.patchbay.deviceplugin.dra;

import io.grpc.Context;
import io.patchbay.api.dra.Claim;
import io.patchbay.api.dra.Device;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.deviceplugin.dra.AllocatedClaim.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a claim's VFs ready and lets go of them (contracts/kubelet.md section 7). It remembers
 * nothing: which claim has which VF is in sriov-manager's ledger, so the same claim gets the same
 * answer after a restart, too. Thread-safe.
 */
final class Preparation {
  private static final Logger log = LoggerFactory.getLogger(Preparation.class);

  /**
   * What it stands on.
   *
   * @param functions the VFs there are
   * @param variables what a container's environment has of VFs that were granted under a name
   */
  record Ground(
      Cluster cluster,
      ClaimGrants grants,
      ClaimFiles files,
      Supplier<? extends Collection<VirtualFunction>> functions,
      BiFunction<String, List<Grant>, Map<String, String>> variables) {}

  private final String driver;
  private final String pool;
  private final Ground ground;

  /**
   * @param pool the node's name, for each has one
   */
  Preparation(String driver, String pool, Ground ground) {
    this.driver = driver;
    this.pool = pool;
    this.ground = ground;
  }

  /** A device of ours in a claim, and where it is. */
  private record Chosen(Result result, String address, String resource) {}

  /** The devices of a claim, ready to be used. Throws {@link Failure} that says why not. */
  List<Device> prepare(Claim claim) {
    AllocatedClaim known = known(claim);
    List<Chosen> chosen =
        known.results().stream()
            .filter(result -> result.driver().equals(driver))
            .map(result -> choose(claim, known, result))
            .toList();
    if (chosen.isEmpty()) {
      throw new Failure(
          Failure.Kind.CONFLICT, text(claim) + " has no device of driver " + driver + " allocated");
    }
    Map<String, Grant> granted = reserve(claim, pod(claim, known), chosen);
    if (Context.current().isCancelled()) { // the kubelet may have let it go since
      throw new Failure(Failure.Kind.UNAVAILABLE, "the kubelet did not wait for " + text(claim));
    }
    ground.files().write(claim.getUid(), contents(chosen, granted));
    log.info("{} has {}", text(claim), granted.keySet());
    return chosen.stream().map(each -> device(claim, each.result())).toList();
  }

  private AllocatedClaim known(Claim claim) {
    AllocatedClaim known =
        ground
            .cluster()
            .find(claim.getNamespace(), claim.getName())
            .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "there is no " + text(claim)));
    if (!known.uid().equals(claim.getUid())) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          text(claim)
              + " is another by now: its uid is "
              + known.uid()
              + ", not "
              + claim.getUid());
    }
    return known;
  }

  private static String pod(Claim claim, AllocatedClaim known) {
    if (known.pods().size() != 1 || known.pods().getFirst().isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "a VF is in one pod at a time, but " + text(claim) + " is reserved for " + known.pods());
    }
    return known.pods().getFirst();
  }

  private Chosen choose(Claim claim, AllocatedClaim known, Result result) {
    if (result.admin() || !result.pool().equals(pool)) {
      throw new Failure(
          Failure.Kind.INVALID,
          result.admin()
              ? "VFs cannot be had with adminAccess"
              : result.device() + " is of pool " + result.pool() + ", this is " + pool);
    }
    VirtualFunction vf =
        DeviceName.address(result.device())
            .flatMap(address ->
                ground.functions().get().stream()
                    .filter(each -> each.getPciAddress().equals(address))
                    .findFirst()
                    .map(VirtualFunction.class::cast))
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.NOT_FOUND,
                    "sriov-manager does not tell of a VF " + result.device()));
    return new Chosen(result, vf.getPciAddress(), resource(claim, known, result, vf));
  }

  /** A VF goes by several names, and is granted as one of them. */
  private static String resource(
      Claim claim, AllocatedClaim known, Result result, VirtualFunction vf) {
    if (vf.getOwner().getResourceClaim().equals(id(claim))) {
      return vf.getOwner().getResourceName();
    }
    List<String> names = vf.getResourceNamesList();
    return known
        .resourceName(result)
        .or(() -> names.stream().findFirst().filter(only -> names.size() == 1))
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.INVALID,
                result.device()
                    + " goes by "
                    + names
                    + ": say which as resourceName in the parameters of the claim or its class"));
  }

  /** By address. What a later name refuses leaves the claim what earlier ones gave. */
  private Map<String, Grant> reserve(Claim claim, String pod, List<Chosen> chosen) {
    SortedMap<String, List<String>> byName = new TreeMap<>();
    for (Chosen each : chosen) {
      byName.computeIfAbsent(each.resource(), name -> new ArrayList<>()).add(each.address());
    }
    Map<String, Grant> granted = new TreeMap<>();
    byName.forEach((name, addresses) -> {
      ReserveRequest request =
          ReserveRequest.newBuilder()
              .setResourceName(name)
              .addAllPciAddresses(addresses)
              .setResourceClaim(id(claim))
              .setPodName(pod)
              .build();
      ground.grants().reserve(request).forEach(grant -> granted.put(grant.getPciAddress(), grant));
    });
    return granted;
  }

  /**
   * By request. A container may have one request of the claim, or all of them: so that these do not
   * set the same variable to different values, each tells of all that the claim has by the name.
   */
  private Map<String, ClaimFiles.Content> contents(
      List<Chosen> chosen, Map<String, Grant> granted) {
    Map<String, ClaimFiles.Content> contents = new TreeMap<>();
    for (Chosen each : chosen) {
      ClaimFiles.Content content =
          contents.computeIfAbsent(
              each.result().mainRequest(),
              request -> new ClaimFiles.Content(new HashMap<>(), new LinkedHashSet<DeviceNode>()));
      List<Grant> sameName =
          chosen.stream()
              .filter(other -> other.resource().equals(each.resource()))
              .map(other -> grant(granted, other))
              .toList();
      content.variables().putAll(ground.variables().apply(each.resource(), sameName));
      content.nodes().addAll(grant(granted, each).getDeviceNodesList());
    }
    return contents;
  }

  private static Grant grant(Map<String, Grant> granted, Chosen chosen) {
    Grant grant = granted.get(chosen.address());
    if (grant == null) {
      throw new Failure(Failure.Kind.INTERNAL, "sriov-manager granted " + granted.keySet());
    }
    return grant;
  }

  private static Device device(Claim claim, Result result) {
    Device.Builder device =
        Device.newBuilder()
            .addRequestNames(result.mainRequest())
            .setPoolName(result.pool())
            .setDeviceName(result.device())
            .addCdiDeviceIds(ClaimFiles.name(claim.getUid(), result.mainRequest()));
    return result.share().isEmpty() ? device.build() : device.setShareId(result.share()).build();
  }

  /**
   * Lets go of a claim's VFs, whether or not it has any. Throws {@link Failure} to be asked again.
   */
  void unprepare(Claim claim) {
    ground.grants().release(id(claim));
    ground.files().remove(claim.getUid());
    log.info("{} has no VF any more", text(claim));
  }

  /** The claim as the ledger has it. */
  private static String id(Claim claim) {
    return claim.getNamespace() + "/" + claim.getName() + "/" + claim.getUid();
  }

  private static String text(Claim claim) {
    return "resource claim " + claim.getNamespace() + "/" + claim.getName();
  }
}

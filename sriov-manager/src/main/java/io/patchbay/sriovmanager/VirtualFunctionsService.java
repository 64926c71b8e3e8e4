package io.patchbay.sriovmanager;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.InUseResponse;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.ReleaseResponse;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.ReserveResponse;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsImplBase;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Outbox;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** What device-plugin calls: the catalog, and the ledger's doors. Thread-safe. */
final class VirtualFunctionsService extends VirtualFunctionsImplBase implements AutoCloseable {
  /** Claims come and go; so many share a turn that their number does not matter. */
  private static final int CLAIM_TURNS = 64;

  private final Stock stock;
  private final Ledger ledger;
  private final Hardware hardware;
  private final GrantTimes times;
  private final Refusals refusals;
  private final ReturnWait returns;
  private final Turns<String> turns = new Turns<>(); // of IOMMU groups
  private final Turns<Integer> claims = new Turns<>(); // of resource claims
  private final Set<Outbox<Catalog>> watchers = ConcurrentHashMap.newKeySet();

  VirtualFunctionsService(Stock stock, Ledger ledger, Hardware hardware) {
    this(stock, ledger, hardware, new GrantTimes(), Refusals.NONE);
  }

  /**
   * @param times told how long each reservation takes
   * @param refusals told which were refused
   */
  VirtualFunctionsService(
      Stock stock, Ledger ledger, Hardware hardware, GrantTimes times, Refusals refusals) {
    this.refusals = refusals;
    this.stock = stock;
    this.ledger = ledger;
    this.returns = new ReturnWait(ledger);
    this.hardware = hardware;
    this.times = times;
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<Catalog> observer) {
    UnaryOperator<Catalog> finish =
        request.getChanges() ? new CatalogChanges()::until : UnaryOperator.identity();
    Outbox<Catalog> outbox =
        new Outbox<>((ServerCallStreamObserver<Catalog>) observer, 1, catalog -> "", finish);
    watchers.add(outbox);
    outbox.onEnd(() -> watchers.remove(outbox));
    Runnable unfollow = stock.catalog().follow(outbox::offer);
    outbox.onEnd(unfollow);
  }

  @Override
  public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> observer) {
    Calls.answer(observer, () -> times.of(() -> reserveOrTell(request)));
  }

  /** The kubelet says for which pod it asks only in the pod's own status. */
  private ReserveResponse reserveOrTell(ReserveRequest request) {
    try {
      Reservation wanted = wanted(request);
      awaitReturns(addresses(request.getPciAddressesList()), wanted);
      return stock.unchanged(() -> reserveInTurn(request, wanted));
    } catch (RuntimeException e) {
      refusals.tell(Refusal.ofNode(Refusal.Reason.VF_NOT_RESERVED, Failure.text(e)));
      throw e;
    }
  }

  /** Not when one of them could not be had then either. */
  private void awaitReturns(List<PciAddress> vfs, Reservation wanted) {
    if (vfs.isEmpty() || new HashSet<>(vfs).size() < vfs.size()) {
      throw new Failure(
          Failure.Kind.INVALID, "a reservation names each VF once, and at least one: " + vfs);
    }
    for (PciAddress vf : vfs) {
      if (!returns.comesFree(vf, wanted)) {
        var unused = asked(vf, wanted);
      }
    }
    returns.await(vfs, wanted);
  }

  private ReserveResponse reserveInTurn(ReserveRequest request, Reservation wanted) {
    return inTurn(
        wanted.claim(),
        () -> {
          checkStillAsked();
          return reserve(request, wanted);
        });
  }

  /** Whoever has given up meanwhile would never learn what was granted. */
  private static void checkStillAsked() {
    if (Context.current().isCancelled()) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "whoever asked has given up meanwhile");
    }
  }

  /** A claim's release must not overtake its reservation, nor find it undone. */
  private <T> T inTurn(ResourceClaim claim, Supplier<T> task) {
    return claim.present()
        ? claims.of(Math.floorMod(claim.text().hashCode(), CLAIM_TURNS), task)
        : task.get();
  }

  private ReserveResponse reserve(ReserveRequest request, Reservation wanted) {
    List<PciAddress> vfs = addresses(request.getPciAddressesList());
    List<VirtualFunction> functions = vfs.stream().map(vf -> asked(vf, wanted)).toList();
    boolean driven = functions.stream().anyMatch(IommuGroups::isDriven);
    List<Claim> claims = driven ? reserveDriven(wanted, vfs, functions) : reserve(wanted, vfs);
    return ReserveResponse.newBuilder()
        .addAllGrants(
            IntStream.range(0, vfs.size())
                .mapToObj(i -> grant(functions.get(i), claims.get(i)))
                .toList())
        .build();
  }

  private static Reservation wanted(ReserveRequest request) {
    ResourceName name = ResourceName.parse(request.getResourceName());
    ResourceClaim claim = ResourceClaim.parse(request.getResourceClaim());
    if (claim.present() == request.getPodName().isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, "a reservation names a pod if it is for a resource claim");
    }
    return new Reservation(name, claim, request.getPodName());
  }

  /**
   * What a claim has it keeps, whatever is wrong with it meanwhile: its pod may run. It is told so
   * once the VF is as it was when it was granted, after a start of the machine as well.
   */
  private VirtualFunction asked(PciAddress vf, Reservation wanted) {
    Optional<Claim> has =
        ledger
            .find(vf)
            .filter(is -> wanted.claim().present() && is.grant().to().matches(wanted.claim()));
    if (has.isEmpty()) {
      return usable(vf, wanted.name());
    }
    VirtualFunction function = known(vf);
    String driver = has.get().grant().driver();
    if (!driver.isEmpty() && !driver.equals(function.getDriver())) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "%s was granted with driver %s and has not got it now: %s"
              .formatted(vf, driver, function.getReason()));
    }
    checkLacking(Failure.Kind.UNAVAILABLE, function);
    return function;
  }

  /**
   * For a container that drives them itself, and could do so at once: they and what it can reach
   * with them are parked before it can be told of them. What hangs here holds up nobody else.
   */
  private List<Claim> reserveDriven(
      Reservation wanted, List<PciAddress> vfs, List<VirtualFunction> functions) {
    SortedSet<String> groups = new TreeSet<>();
    Map<PciAddress, String> mates = new TreeMap<>();
    for (int i = 0; i < vfs.size(); i++) {
      if (IommuGroups.isDriven(functions.get(i))) {
        groups.add(functions.get(i).getIommuGroup());
        mates.putAll(hardware.groupMates(vfs.get(i)));
      }
    }
    vfs.forEach(mates::remove);
    Set<String> before = new HashSet<>();
    List<Claim> claims =
        turns.ofAll(
            groups, // which must not go to two containers
            () -> {
              IommuGroups.check(
                  mates,
                  vf -> stock.catalog().find(vf).isPresent(),
                  vf -> ledger.find(vf).isPresent());
              vfs.forEach(vf -> ledger.find(vf).ifPresent(old -> before.add(old.grant().token())));
              return reserve(wanted, vfs);
            });
    try {
      for (int i = 0; i < vfs.size(); i++) {
        if (IommuGroups.isDriven(functions.get(i))) {
          whileIdle(vfs.get(i), hardware::lookAndPark);
        }
      }
      mates.forEach((mate, driver) -> {
        if (driver.equals(Vfio.DRIVER)) {
          whileIdle(mate, hardware::park);
        }
      });
      return claims;
    } catch (RuntimeException e) {
      List<PciAddress> made =
          IntStream.range(0, vfs.size())
              .filter(i -> !before.contains(claims.get(i).grant().token()))
              .mapToObj(vfs::get)
              .toList();
      ledger.release(made, "it cannot be handed over: " + Failure.text(e));
      throw e;
    }
  }

  /** One that a request has put in its service meanwhile is where it should be. */
  private void whileIdle(PciAddress vf, Consumer<PciAddress> task) {
    var unused =
        ledger.whileStill(
            vf,
            claim -> {
              if (claim.filter(known -> known.hold().present()).isEmpty()) {
                task.accept(vf);
              }
              return vf;
            });
  }

  private List<Claim> reserve(Reservation wanted, List<PciAddress> vfs) {
    return ledger.reserve(wanted, vfs, vf -> grantable(vf, wanted.name()));
  }

  /**
   * Checked again in the VF's turn, as it may have come free since; what it says is its driver. One
   * that containers drive forgets here what the last of them told it, however that one came to its
   * end: before the ledger knows of the next, so that a manager killed at it does it again.
   */
  private String grantable(PciAddress vf, ResourceName name) {
    VirtualFunction function = usable(vf, name);
    if (!stock.wants(vf, name)) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          vf + " was granted as " + name + ", the config no longer wants so");
    }
    if (IommuGroups.isDriven(function)) {
      hardware.reset(vf);
    }
    checkStillAsked();
    return function.getDriver();
  }

  private static List<PciAddress> addresses(List<String> texts) {
    return texts.stream().map(PciAddress::parse).toList();
  }

  private VirtualFunction usable(PciAddress vf, ResourceName name) {
    VirtualFunction function = known(vf);
    if (function.getState() == State.BROKEN || !function.getFault().isEmpty()) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " " + function.getReason());
    }
    if (!function.getResourceNamesList().contains(name.toString())) {
      throw new Failure(
          Failure.Kind.INVALID,
          vf + " is not offered as " + name + ", only as " + function.getResourceNamesList());
    }
    checkLacking(Failure.Kind.CONFLICT, function);
    return function;
  }

  private void checkLacking(Failure.Kind kind, VirtualFunction function) {
    String lacking = stock.lacking(function);
    if (!lacking.isEmpty()) {
      throw new Failure(kind, function.getPciAddress() + " " + lacking);
    }
  }

  private VirtualFunction known(PciAddress vf) {
    return stock
        .catalog()
        .find(vf)
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "there is no VF " + vf));
  }

  private static Grant grant(VirtualFunction function, Claim claim) {
    return Grant.newBuilder()
        .setPciAddress(function.getPciAddress())
        .setToken(claim.grant().token())
        .addAllDeviceNodes(nodes(function))
        .build();
  }

  /**
   * What a container needs to drive the VF itself, nothing for one that is an interface, and what
   * the config gives it beside.
   */
  private static List<DeviceNode> nodes(VirtualFunction function) {
    List<String> paths = new ArrayList<>();
    if (IommuGroups.isDriven(function) && !function.getIommuGroup().isEmpty()) {
      paths.addAll(List.of("/dev/vfio/vfio", "/dev/vfio/" + function.getIommuGroup()));
    }
    paths.addAll(function.getDeviceNodesList());
    return paths.stream()
        .map(path ->
            DeviceNode.newBuilder()
                .setContainerPath(path)
                .setHostPath(path)
                .setPermissions("rw")
                .build())
        .toList();
  }

  @Override
  public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> observer) {
    Calls.answer(
        observer,
        () -> {
          ledger.release(addresses(request.getPciAddressesList()), "released on request");
          ResourceClaim claim = ResourceClaim.parse(request.getResourceClaim());
          return inTurn(
              claim,
              () -> {
                ledger.release(claim, claim + " has ended");
                return ReleaseResponse.getDefaultInstance();
              });
        });
  }

  @Override
  public void reportInUse(InUse request, StreamObserver<InUseResponse> observer) {
    Calls.answer(
        observer,
        () -> {
          ledger.report(listed(request.getUsesList()), request.getSettling());
          return InUseResponse.getDefaultInstance();
        });
  }

  /** What concerns VFs that exist; the kubelet may still list one that is gone. */
  private Map<PciAddress, Listed> listed(List<Use> uses) {
    Map<PciAddress, Listed> listed = new HashMap<>();
    for (Use use : uses) {
      PciAddress vf = PciAddress.parse(use.getPciAddress());
      if (ledger.find(vf).isPresent() || stock.catalog().find(vf).isPresent()) {
        listed.put(
            vf,
            new Listed(
                use.getResourceName(),
                new Claim.Use(use.getPodNamespace(), use.getPodName(), use.getContainerName(), 0),
                ResourceClaim.listed(use.getResourceClaim())));
      }
    }
    return listed;
  }

  /** Ends the watches; their clients come back to our successor. */
  @Override
  public void close() {
    watchers.forEach(Outbox::close);
  }
}

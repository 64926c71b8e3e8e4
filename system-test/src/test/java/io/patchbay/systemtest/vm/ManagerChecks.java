package io.patchbay.systemtest.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.Ping;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.systemtest.ManagedNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The daemon on the emulated NIC, and what remains when it is killed; each after the one before.
 */
final class ManagerChecks implements AutoCloseable {
  private static final int FIRST = 1;
  private static final int SECOND = 4;
  private static final int THIRD = 2;
  private static final int FOURTH = 3;

  /** Its container drives it. */
  private static final int DEVICE = 6;

  private static final int PARKING = 4094;

  /** The machine's owner can read it afterwards. */
  private static final Path LOG = Path.of("/results/manager.log");

  private static final String RESOURCE = "example.com/1g";

  private final Stack opened = new Stack();
  private final PciSysfs pci = new PciSysfs();
  private final NetworkNamespace home = opened.push(NetworkNamespace.own());
  private final VirtualFunctions settings =
      opened.push(new VirtualFunctions(NetlinkEndpoint.kernel()));
  private final ManagedNode node = opened.push(new ManagedNode(Path.of("/tmp/manager"), LOG));
  private final NetworkNamespace firstPod = opened.push(NetworkNamespace.create());
  private final NetworkNamespace secondPod = opened.push(NetworkNamespace.create());

  /** What was there before anybody had a VF. */
  private final Map<Integer, Rest> before = new HashMap<>();

  private String token = "";

  /** The indices of their interfaces. */
  private final Map<Integer, Integer> indices = new HashMap<>();

  /** A VF that serves nobody: its interface, and what the PF says about it. */
  private record Rest(String name, MacAddress mac, int mtu, boolean up, VfState state) {}

  void starts() {
    home.links().up(pfLink());
    node.configure(
        """
        selectors:
          - {pfNames: ["%1$s#0-5"], vfKernelDriver: igbvf, capabilities: [1g],
             serviceDomains: [example.com]}
          - {pfNames: ["%1$s#6"], vfKernelDriver: vfio-pci, capabilities: [vfio],
             serviceDomains: [example.com]}
        """
            .formatted(pf().interfaces().getFirst()));
    node.start();
    for (int vf = 0; vf < 7; vf++) {
      await(vf, State.FREE);
      assertEquals(vf == DEVICE ? "vfio-pci" : "igbvf", listed(vf).getDriver());
    }
    List.of(FIRST, SECOND).forEach(vf -> indices.put(vf, index(vf)));
    List.of(FIRST, SECOND, FOURTH).forEach(vf -> before.put(vf, rest(vf)));
  }

  void killedBefore() {
    token = node.allocate(RESOURCE, vf(FIRST), "cnf-1");
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<Void> gate = new CompletableFuture<>();
    node.thought =
        () -> {
          asked.countDown();
          gate.join();
        };
    var request = inBackground(() -> node.request("cnf-1", firstPod, token));
    await("the shim is asked for a VLAN", () -> asked.getCount() == 0);
    node.kill();
    gate.complete(null);
    node.thought = () -> {};
    var failed = assertThrows(CompletionException.class, request::join);
    assertEquals(StatusRuntimeException.class, failed.getCause().getClass());
    node.start();
    awaitRest(FIRST);
    await(FIRST, State.RESERVED);
  }

  void killedAmidst() {
    var request = inBackground(() -> node.request("cnf-1", firstPod, token));
    await("the VF is tagged", () -> tag(FIRST).equals(VfVlan.tag(node.vlan)));
    node.kill();
    var unused = request.handle((answered, failed) -> failed).join(); // it may have come through
    node.start();
    await("the client is served", this::served);
    await(FIRST, State.HELD);
  }

  /** As clients do, that close what they are not sure of before they ask again. */
  private boolean served() {
    try {
      return node.request("cnf-1", firstPod, token).hasMechanism();
    } catch (StatusRuntimeException e) {
      System.out.println("cnf-1 is refused: " + e.getStatus());
      node.close("cnf-1");
      return false;
    }
  }

  void connects() {
    String other = node.allocate(RESOURCE, vf(SECOND), "cnf-2");
    assertTrue(node.request("cnf-2", secondPod, other).hasMechanism());
    for (int number : List.of(FIRST, SECOND)) {
      assertEquals(VfVlan.tag(node.vlan), tag(number));
      assertEquals(List.of(), pci.interfaces(vf(number)));
    }
    Link inPod = firstPod.links().require("nsm-1");
    assertEquals(settings.read(pfLink(), FIRST).mac(), inPod.mac());
    assertEquals(Optional.of(vf(FIRST).toString()), inPod.parentDevice());
    awaitReaches();
  }

  void cableComesAndGoes() {
    Cable.plug(false);
    await("no free VF is offered", () -> listed(0).getState() == State.BROKEN);
    await("a VF in use is at fault", () -> listed(FIRST).getFault().contains("no carrier"));
    assertEquals(State.HELD, listed(FIRST).getState());
    Cable.plug(true);
    await(0, State.FREE);
    await("a VF in use is well again", () -> listed(FIRST).getFault().isEmpty());
    awaitReaches();
  }

  void containerDriven() {
    assertEquals(VfVlan.tag(PARKING), tag(DEVICE));
    String grant = node.allocate("example.com/vfio", vf(DEVICE), "cnf-3");
    var device = node.requestDevice("cnf-3", grant).getMechanism().getParametersMap();
    assertEquals(vf(DEVICE).toString(), device.get("pciAddress"));
    int group = pci.require(vf(DEVICE)).placement().iommuGroup().orElseThrow();
    assertEquals(Integer.toString(group), device.get("iommuGroup"));
    assertEquals(VfVlan.tag(node.vlan), tag(DEVICE));
    assertTrue(Files.exists(Path.of("/dev/vfio", Integer.toString(group))));
    node.close("cnf-3");
    await(DEVICE, State.RESERVED);
    assertEquals(VfVlan.tag(PARKING), tag(DEVICE));
  }

  void killed() {
    node.kill();
    awaitReaches();
  }

  void podIsGone() {
    secondPod.close();
    node.start();
    awaitRest(SECOND);
    await(SECOND, State.RESERVED);
  }

  void otherStays() {
    await(FIRST, State.HELD);
    assertEquals(VfVlan.tag(node.vlan), tag(FIRST));
    assertEquals(true, firstPod.links().require("nsm-1").up());
  }

  void closes() {
    node.close("cnf-1");
    awaitRest(FIRST);
    assertEquals(Optional.empty(), firstPod.links().find("nsm-1"));
    await(FIRST, State.RESERVED);
  }

  /** Each has another interface since it came home: its driver was taken off, as for a reset. */
  void reset() {
    for (int number : List.of(FIRST, SECOND)) {
      assertTrue(index(number) != indices.get(number), "VF " + number + " has its old interface");
      String last = vf(number) + " was reset";
      await(last, () -> said(last));
    }
    String next = node.allocate(RESOURCE, vf(THIRD), "cnf-4");
    NetworkNamespace pod = opened.push(NetworkNamespace.create());
    assertTrue(node.request("cnf-4", pod, next).hasMechanism());
    assertTrue(node.request("cnf-1", firstPod, token).hasMechanism());
    awaitReaches(THIRD);
    node.close("cnf-1");
    awaitRest(FIRST);
  }

  /** Close has moved the VF home and taken its tag; its reset is still to come. */
  void killedBeforeReset() {
    assertTrue(node.request("cnf-1", firstPod, token).hasMechanism());
    CountDownLatch told = new CountDownLatch(1);
    CompletableFuture<Void> gate = new CompletableFuture<>();
    node.farewell =
        () -> {
          told.countDown();
          gate.join();
        };
    var close = closing("cnf-1");
    await("the shim is told of the end", () -> told.getCount() == 0);
    node.kill();
    node.farewell = () -> {};
    gate.complete(null);
    assertThrows(CompletionException.class, close::join);
    int left = index(FIRST);
    node.start();
    await(FIRST, State.RESERVED);
    assertTrue(index(FIRST) != left, "nobody has reset the VF");
    assertEquals(before.get(FIRST), rest(FIRST));
    awaitFree(FIRST, "cnf-1");
  }

  /**
   * The kernel is resetting the VF, which takes it 100 ms at least. A kill that comes later, as on
   * a busy machine, says nothing, and is tried again.
   */
  void killedInReset() {
    String other = node.allocate(RESOURCE, vf(FOURTH), "cnf-5");
    Path driver = Path.of("/sys/bus/pci/devices", vf(FOURTH).toString(), "driver");
    boolean amidst = false;
    for (int tries = 0; !amidst; tries++) {
      assertTrue(tries < 5, "each time the VF had its driver again");
      assertTrue(node.request("cnf-5", firstPod, other).hasMechanism());
      var close = closing("cnf-5");
      awaitAbsence(driver);
      node.kill();
      amidst = isAbsent(driver);
      var unused = close.handle((closed, failed) -> failed).join();
      node.start();
      await(FOURTH, State.RESERVED);
      assertEquals(before.get(FOURTH), rest(FOURTH));
    }
    awaitFree(FOURTH, "cnf-5");
    await(THIRD, State.HELD);
  }

  private CompletableFuture<Boolean> closing(String connection) {
    return inBackground(() -> {
      node.close(connection);
      return true;
    });
  }

  /** Looks without a pause: what comes is short. */
  private static void awaitAbsence(Path file) {
    Time time = Time.system();
    long end = time.nanos() + ManagedNode.PATIENCE.toNanos();
    while (!isAbsent(file)) {
      assertTrue(time.nanos() < end, file + " does not go");
      Thread.onSpinWait();
    }
  }

  private static boolean isAbsent(Path file) {
    return Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
  }

  private void awaitFree(int number, String pod) {
    node.podEnds(pod);
    await(
        "VF " + number + " is free",
        () -> {
          node.report(); // the kubelet's word counts when it is said twice
          return listed(number).getState() == State.FREE;
        });
    assertEquals(before.get(number), rest(number));
  }

  private static boolean said(String words) {
    try {
      return Files.readString(LOG).contains(words);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int index(int number) {
    return home.links().require(interfaceOf(vf(number))).index();
  }

  private String interfaceOf(PciAddress vf) {
    return pci.interfaces(vf).stream()
        .findFirst()
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, vf + " has no interface"));
  }

  private static <T> CompletableFuture<T> inBackground(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, Thread::startVirtualThread);
  }

  private PciFunction pf() {
    return pci.scan().stream()
        .filter(each -> each.physical().isPresent())
        .findFirst()
        .orElseThrow();
  }

  private PciAddress vf(int number) {
    return pf().physical().orElseThrow().virtualFunctions().get(number);
  }

  private int pfLink() {
    return settings.physicalFunction(pf().interfaces().getFirst()).index();
  }

  private VfVlan tag(int number) {
    return settings.read(pfLink(), number).vlan();
  }

  private VirtualFunction listed(int number) {
    return node.listed(vf(number)).orElseThrow();
  }

  private static void await(String what, BooleanSupplier condition) {
    Await.until(what, ManagedNode.PATIENCE, condition);
  }

  private void await(int number, State state) {
    await(
        "the manager says that VF " + number + " is " + state,
        () ->
            pf().physical().orElseThrow().virtualFunctions().size() > number
                && node.listed(vf(number)).filter(vf -> vf.getState() == state).isPresent());
  }

  private Rest rest(int number) {
    Link link = home.links().require(interfaceOf(vf(number)));
    return new Rest(
        link.name(), link.mac(), link.mtu(), link.up(), settings.read(pfLink(), number));
  }

  private void awaitRest(int number) {
    if (!Await.comesTrue(ManagedNode.PATIENCE, () -> isAtRest(number))) {
      assertEquals(before.get(number), rest(number));
    }
  }

  /** Its interface goes and comes while it is reset. */
  private boolean isAtRest(int number) {
    try {
      return rest(number).equals(before.get(number));
    } catch (Failure e) {
      return false;
    }
  }

  /** The first frames may be lost while a NIC settles, so this asks until an answer comes. */
  private void awaitReaches() {
    awaitReaches(SECOND);
  }

  private void awaitReaches(int vf) {
    var to = IpPrefix.parse(ManagedNode.address(vf) + "/24").address();
    await(
        "one pod reaches the other", () -> Ping.run(firstPod, Ping.Plan.to(to, 1)).received() == 1);
  }

  @Override
  public void close() {
    opened.close();
  }
}

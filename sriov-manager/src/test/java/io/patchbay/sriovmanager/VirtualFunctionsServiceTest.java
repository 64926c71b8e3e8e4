package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsBlockingStub;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.PciAddress;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sriovmanager.events.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualFunctionsServiceTest {
  private static final String FAST = "example.com/100g";

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private Node node;
  private VirtualFunctionsBlockingStub stub;
  private final List<Refusal> told = new CopyOnWriteArrayList<>();

  @BeforeEach
  void serve() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    node = opened.push(new Node(folder, new FakeTime()));
    serve(node.stock, "vf.sock");
  }

  private void serve(Stock stock, String socket) {
    Url url = new Url("unix", folder.resolve(socket).toString());
    VirtualFunctionsService service =
        new VirtualFunctionsService(stock, node.ledger, node.hardware, new GrantTimes(), told::add);
    opened.push(GrpcServer.start(List.of(url), List.of(service)));
    opened.push(service);
    stub = VirtualFunctionsGrpc.newBlockingStub(opened.push(new Channels()).to(url));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private List<Grant> reserve(String name, String... vfs) {
    ReserveRequest request =
        ReserveRequest.newBuilder().setResourceName(name).addAllPciAddresses(List.of(vfs)).build();
    return stub.reserve(request).getGrantsList();
  }

  private void refused(Status.Code code, String words, String name, String... vfs) {
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> reserve(name, vfs));
    assertEquals(code, refused.getStatus().getCode());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  /** The kubelet does not say for which pod it asks, so it is told of the node. */
  @Test
  void aRefusedReservationIsToldInTheSameWords() {
    String vf = node.address(0).toString();
    var unused = reserve("example.com/100g", vf);
    assertEquals(List.of(), told);
    refused(Status.Code.INVALID_ARGUMENT, "not offered as", "example.com/other", vf);
    assertEquals(1, told.size());
    assertEquals(
        Refusal.ofNode(
            Refusal.Reason.VF_NOT_RESERVED,
            vf
                + " is not offered as example.com/other, only as [example.com/100g,"
                + " example.com/ptp, lab.example.org/100g, lab.example.org/ptp]"),
        told.getFirst());
  }

  private static Use use(String vf) {
    return Use.newBuilder()
        .setPciAddress(vf)
        .setResourceName("example.com/100g")
        .setPodNamespace("default")
        .setPodName("cnf-1")
        .setContainerName("app")
        .build();
  }

  private static State state(Catalog catalog, int number) {
    return catalog.getFunctions(number).getState();
  }

  @Test
  void tellsEachChangeAtOnce() {
    Iterator<Catalog> catalogs = stub.watch(WatchRequest.getDefaultInstance());
    Catalog first = catalogs.next();
    assertEquals(12, first.getFunctionsCount());
    String vf = first.getFunctions(0).getPciAddress();
    reserve("example.com/100g", vf);
    Catalog second = catalogs.next();
    assertEquals(State.RESERVED, state(second, 0));
    assertEquals("example.com/100g", second.getFunctions(0).getOwner().getResourceName());
    assertTrue(second.getVersion() > first.getVersion());
    stub.release(ReleaseRequest.newBuilder().addPciAddresses(vf).build());
    assertEquals(State.FREE, state(catalogs.next(), 0));
  }

  @Test
  void aResourceClaimHasItUntilItIsReleased() {
    String vf = node.address(0).toString();
    ReserveRequest request =
        ReserveRequest.newBuilder()
            .setResourceName("example.com/100g")
            .addPciAddresses(vf)
            .setResourceClaim("default/fast/uid-1")
            .setPodName("cnf-1")
            .build();
    Grant granted = stub.reserve(request).getGrants(0);
    assertEquals(granted, stub.reserve(request).getGrants(0));
    refused(Status.Code.FAILED_PRECONDITION, "resource claim", "example.com/100g", vf);
    Owner owner = stub.watch(WatchRequest.getDefaultInstance()).next().getFunctions(0).getOwner();
    assertEquals("default/fast/uid-1 cnf-1", owner.getResourceClaim() + " " + owner.getPodName());
    for (ReserveRequest bad :
        List.of(
            request.toBuilder().clearPodName().build(),
            request.toBuilder().setResourceClaim("fast").build())) {
      StatusRuntimeException invalid =
          assertThrows(StatusRuntimeException.class, () -> stub.reserve(bad));
      assertEquals(Status.Code.INVALID_ARGUMENT, invalid.getStatus().getCode());
    }
    var unused =
        stub.release(ReleaseRequest.newBuilder().setResourceClaim("default/fast/uid-1").build());
    assertTrue(!reserve("example.com/100g", vf).getFirst().getToken().equals(granted.getToken()));
  }

  /** A pod's connection has it, and nobody looks after what ends. */
  private Hold served(PciAddress vf) throws InterruptedException {
    node.homecoming.close();
    reserve("example.com/100g", vf.toString());
    stub.reportInUse(InUse.newBuilder().addUses(use(vf.toString())).build());
    Hold hold = Hold.wanted("c1", "inode://4/1", "nsm-1");
    return node.ledger.hold(vf, hold, namespace -> true, () -> node.hardware.look(vf));
  }

  /** The pod that had it has ended, and the kubelet has given it to the next. */
  private void returns(PciAddress vf) throws InterruptedException {
    Hold held = served(vf);
    assertEquals(
        Optional.of(held.at(Hold.Step.RETURNING)), node.ledger.sendHome(vf, "c1", () -> true));
  }

  /** The kubelet was faster than the end of the connection. */
  @Test
  void theNextPodWaitsForTheEndOfTheConnectionBefore() throws Exception {
    PciAddress vf = node.address(0);
    Hold held = served(vf);
    node.ledger.advance(vf, held.connection(), Hold.Step.ATTACHED);
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> reserve("example.com/100g", vf + ""));
    assertTrue(refused.getMessage().contains("connection c1 of pod default/cnf-1"), refused + "");
    stub = stub.withDeadlineAfter(60, TimeUnit.SECONDS);
    var next = new FutureTask<>(() -> reserve("example.com/100g", vf.toString()).getFirst());
    Thread asks = Thread.ofVirtual().start(next);
    assertFalse(asks.join(Duration.ofMillis(300)));
    assertTrue(node.ledger.sendHome(vf, "c1", () -> true).isPresent());
    node.ledger.home(vf, "c1");
    assertFalse(next.get().getToken().isEmpty());
  }

  @Test
  void theNextPodWaitsForWhatIsOnItsWayHome() throws Exception {
    PciAddress vf = node.address(0);
    returns(vf);
    stub = stub.withDeadlineAfter(60, TimeUnit.SECONDS);
    String before = node.ledger.find(vf).orElseThrow().grant().token();
    var next = new FutureTask<>(() -> reserve("example.com/100g", vf.toString()).getFirst());
    Thread asks = Thread.ofVirtual().start(next);
    assertFalse(asks.join(Duration.ofMillis(300)));
    SriovConfig more =
        SriovConfigTest.parse(
            """
            physicalFunctions:
              "%s": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [100g, ptp, more],
                serviceDomains: [example.com, lab.example.org]}
            """
                .formatted(node.listed(0).getPfAddress()));
    assertEquals(List.of(), node.stock.become(more), "a change of the config need not wait");
    node.ledger.home(vf, "c1");
    assertNotEquals(before, next.get().getToken());
    assertEquals(List.of(), told);
  }

  /** What cannot be had is refused now, not after the wait for the other. */
  @Test
  void nobodyWaitsForOneWhenAnotherCannotBeHad() throws Exception {
    PciAddress vf = node.address(0);
    returns(vf);
    stub = stub.withDeadlineAfter(600, TimeUnit.SECONDS);
    FutureTask<Void> asks =
        new FutureTask<>(
            () -> refused(Status.Code.NOT_FOUND, "no VF 0000:ff", FAST, vf + "", "0000:ff:00.0"),
            null);
    Thread.ofVirtual().start(asks);
    asks.get(20, TimeUnit.SECONDS); // it would have waited for eight minutes
    assertEquals(1, told.size());
    assertTrue(told.getFirst().toString().contains("no VF 0000:ff:00.0"), told.toString());
  }

  @Test
  void whatDoesNotComeHomeInTimeIsRefused() throws InterruptedException {
    PciAddress vf = node.address(0);
    returns(vf);
    stub = stub.withDeadlineAfter(3, TimeUnit.SECONDS);
    refused(
        Status.Code.FAILED_PRECONDITION,
        "is on its way home from connection c1 and being reset",
        "example.com/100g",
        vf.toString());
    stub = stub.withDeadlineAfter(60, TimeUnit.SECONDS);
    refused(Status.Code.FAILED_PRECONDITION, "taken as", "example.com/ptp", vf.toString());
    node.ledger.troubles().put(vf, "cannot come home");
    refused(Status.Code.FAILED_PRECONDITION, "way home", "example.com/100g", vf.toString());
  }

  @Test
  void nobodyWaitsForOneWhoHasGivenUp() throws Exception {
    PciAddress vf = node.address(0);
    returns(vf);
    stub = stub.withDeadlineAfter(60, TimeUnit.SECONDS);
    var caller = Context.current().withCancellation();
    Thread asks =
        Thread.ofVirtual()
            .start(
                caller.wrap(
                    () -> refused(Status.Code.CANCELLED, "", "example.com/100g", vf.toString())));
    assertFalse(asks.join(Duration.ofMillis(300)));
    caller.cancel(null);
    Node.eventually("noticed", () -> !told.isEmpty());
    assertTrue(told.getFirst().toString().contains("given up"), told.toString());
    asks.join();
  }

  @Test
  void tellsWhoWantsSoOnlyWhatHasChanged() {
    Iterator<Catalog> changes = stub.watch(WatchRequest.newBuilder().setChanges(true).build());
    Catalog first = changes.next();
    assertEquals(12, first.getFunctionsCount());
    assertFalse(first.getPartial());
    String vf = first.getFunctions(3).getPciAddress();
    reserve("example.com/100g", vf);
    Catalog second = changes.next();
    assertTrue(second.getPartial());
    assertEquals(1, second.getFunctionsCount());
    assertEquals(vf, second.getFunctions(0).getPciAddress());
    assertEquals(State.RESERVED, state(second, 0));
  }

  @Test
  void refusesWhatCannotBeReserved() {
    String vf = node.address(0).toString();
    refused(Status.Code.NOT_FOUND, "no VF 0000:ff:00.0", "example.com/100g", "0000:ff:00.0");
    refused(Status.Code.INVALID_ARGUMENT, "not a PCI address", "example.com/100g", "eth0");
    refused(Status.Code.INVALID_ARGUMENT, "not offered as", "example.com/10g", vf);
    refused(Status.Code.INVALID_ARGUMENT, "no slash", "100g", vf);
    refused(Status.Code.INVALID_ARGUMENT, "each VF once", "example.com/100g", vf, vf);
    refused(Status.Code.INVALID_ARGUMENT, "at least one", "example.com/100g");
    assertEquals(
        vf, reserve("example.com/100g", vf.substring("0000:".length())).getFirst().getPciAddress());
    refused(Status.Code.FAILED_PRECONDITION, "taken as", "example.com/ptp", vf);
  }

  @Test
  void learnsWhoHasWhat() {
    String vf = node.address(2).toString();
    Use use = use(vf);
    Use unknown = use.toBuilder().setPciAddress("0000:ff:00.0").build();
    reserve("example.com/100g", vf);
    stub.reportInUse(InUse.newBuilder().addUses(use).addUses(unknown).build());
    assertEquals("cnf-1", node.listed(2).getOwner().getPodName());
    assertEquals(1, node.ledger.claims().size());
  }

  /** What the kubelet asks again of its own it gets; nobody is granted what is no longer wanted. */
  @Test
  void whatTheConfigNoLongerWantsIsNotGrantedAgain() {
    String vf = node.address(0).toString();
    PciAddress pf = PciAddress.parse(node.listed(0).getPfAddress());
    List<Grant> granted = reserve("example.com/100g", vf);
    SriovConfig other =
        SriovConfigTest.parse(
            """
            physicalFunctions:
              "%s": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [other],
                serviceDomains: [example.com]}
            """
                .formatted(pf));
    Stock stock =
        opened.push(
            new Stock(
                other,
                node.hardware,
                node.ledger,
                () -> new Damping(new FakeTime(), Duration.ofSeconds(2)),
                Node.PATIENT));
    stock.start();
    serve(stock, "later.sock");
    assertEquals(granted, reserve("example.com/100g", vf));
    stub.reportInUse(InUse.newBuilder().addUses(use(vf)).build());
    refused(Status.Code.FAILED_PRECONDITION, "no longer wants", "example.com/100g", vf);
    assertEquals("iavf", node.ledger.find(node.address(0)).orElseThrow().grant().driver());
    stub.release(ReleaseRequest.newBuilder().addPciAddresses(vf).build());
    refused(Status.Code.INVALID_ARGUMENT, "not offered as", "example.com/100g", vf);
  }
}

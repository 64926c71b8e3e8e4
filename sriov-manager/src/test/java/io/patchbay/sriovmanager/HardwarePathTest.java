package io.patchbay.sriovmanager;

import static io.patchbay.sriovmanager.Node.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Signed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the grant to the pod and home again, with real interfaces in real namespaces. */
class HardwarePathTest {
  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private Node node;

  @BeforeEach
  void powerOn() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    node = new Node(folder, time);
  }

  @AfterEach
  void powerOff() {
    if (node != null) {
      node.close();
    }
  }

  private State state(int number) {
    return node.listed(number).getState();
  }

  private static Link inPod(NetworkNamespace pod) {
    return pod.links().require("nsm-1");
  }

  @Test
  void makesAllFunctionsAndOffersThem() {
    List<VirtualFunction> functions = node.stock.catalog().get().getFunctionsList();
    assertEquals(12, functions.size());
    for (VirtualFunction function : functions) {
      assertEquals(State.FREE, function.getState(), function.getReason());
      assertEquals("iavf", function.getDriver());
      assertEquals("pf0", function.getPfName());
      assertEquals("02:00:00:00:01:00", function.getPfMac());
      assertEquals(node.address(function.getNumber()).toString(), function.getPciAddress());
    }
  }

  /** Defect 2: sorted as texts the numbers went wrong, and a MAC and VLAN to the wrong VF. */
  @Test
  void theEleventhFunctionIsConfiguredAsTheEleventh() {
    node.allocate(10, "cnf-1");
    node.reportInUse();
    node.request("c1", node.pod(), "cnf-1");
    assertEquals(100, node.vf(10).settings().vlan());
    assertEquals(1, IntStream.range(0, 12).filter(i -> node.vf(i).settings().vlan() != 0).count());
  }

  @Test
  void goesIntoThePodAndComesHome() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    assertEquals("nsm-1", agreed.getMechanism().getParametersOrThrow("name"));
    assertEquals("KERNEL", agreed.getMechanism().getType());
    assertTrue(inPod(pod).up());
    assertTrue(
        pod.links().addresses().list(inPod(pod).index()).stream()
            .anyMatch(address -> address.prefix().equals(IpPrefix.parse(Node.ADDRESS))));
    assertEquals(State.HELD, state(3));
    assertEquals("cnf-1", node.listed(3).getOwner().getPodName());

    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(3), node.vf(3).toString());
    assertEquals(List.of("lo"), pod.links().list().stream().map(Link::name).toList());
    assertEquals(State.RESERVED, state(3), "the pod still has it");

    node.podEnds(3);
    node.reportInUse();
    node.reportInUse();
    time.advance(Duration.ofSeconds(3));
    node.reportInUse();
    assertEquals(State.FREE, state(3));
  }

  @Test
  void tellsTheNextHopWhereTheCableIs() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    List<VlanParameters.Function> told = new java.util.concurrent.CopyOnWriteArrayList<>();
    node.shim =
        asked -> {
          told.add(VlanParameters.of(asked.getMechanism()).orElseThrow().function().orElseThrow());
          return Node.answered(asked, 100);
        };
    node.request("c1", node.pod(), "cnf-1");
    assertEquals(
        new VlanParameters.Function(
            "node-1",
            "02:00:00:00:01:00",
            node.address(3).toString(),
            3,
            node.vf(3).settings().mac().toString(),
            1500,
            Node.FAST.toString()),
        told.getFirst());
  }

  @Test
  void waitsForTheKubeletToSayWhichPodItIs() throws InterruptedException {
    node.allocate(3, "cnf-1");
    NetworkNamespace pod = node.pod();
    Thread request = Thread.ofVirtual().start(() -> node.request("c1", pod, "cnf-1"));
    assertFalse(request.join(Duration.ofMillis(100)));
    node.reportInUse();
    request.join();
    assertTrue(pod.links().find("nsm-1").isPresent());
  }

  @Test
  void aRefreshThatChangesNothingWritesNothing() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    int before = node.netlinkWrites.get();
    try (var events = pod.links().subscribe()) {
      Call refresh = Call.of(agreed, List.of(), new Cause.Refresh(), time.now().plusSeconds(10));
      assertEquals(agreed.getMechanism(), node.chain.request(refresh).getMechanism());
      assertTrue(events.next(Duration.ofMillis(50)).isEmpty());
    }
    assertEquals(before, node.netlinkWrites.get());
  }

  @Test
  void anotherVlanInTheAnswerMovesItThere() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.shim = asked -> Node.answered(asked, 200);
    node.chain.request(Call.of(agreed, List.of(), new Cause.Refresh(), time.now().plusSeconds(10)));
    assertEquals(200, node.vf(3).settings().vlan());
    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(3));
  }

  @Test
  void whatTheNextHopRefusesLeavesNothing() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    node.shim =
        asked -> {
          throw new Failure(Failure.Kind.NOT_FOUND, "no such service");
        };
    refused(Failure.Kind.NOT_FOUND, "no such service", node.call("c1", pod, "cnf-1", ""));
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
    node.shim = asked -> asked;
    refused(Failure.Kind.INVALID, "without a vlan-id", node.call("c1", pod, "cnf-1", ""));
    assertTrue(node.untouched(3));
  }

  /** Complaint sriov-network-device-plugin#8: an interface name clash. */
  @Test
  void aNameThatIsTakenInThePodIsRefusedAndLeavesNothing() {
    node.allocate(3, "cnf-1");
    node.allocate(4, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    node.request("c1", pod, "cnf-1");
    refused(Failure.Kind.CONFLICT, "nsm-1", node.call("c2", pod, "cnf-1", ""));
    assertTrue(node.untouched(4));
    assertEquals(State.RESERVED, state(4));
    assertEquals(State.HELD, state(3));
  }

  /** Alternative names share their space with names; {@code ip link} and udev set them. */
  @Test
  void anAlternativeNameThatIsTakenInThePodIsRefusedAndLeavesNothing() throws Exception {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    List<String> command =
        List.of(
            "nsenter",
            "--net=" + pod.path(),
            "ip",
            "link",
            "property",
            "add",
            "dev",
            "lo",
            "altname",
            "nsm-1");
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    refused(Failure.Kind.CONFLICT, "nsm-1", node.call("c1", pod, "cnf-1", ""));
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
  }

  @Test
  void aDyingNamespaceGivesItsFunctionBack() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    pod.close();
    eventually("the session ends", () -> node.sessions.find(agreed.getId()).isEmpty());
    eventually("home", () -> node.untouched(3));
    assertEquals(State.RESERVED, state(3));
  }

  /** The kubelet says that the pod is gone while something keeps its namespace. */
  @Test
  void aPodThatIsGoneLosesItsFunction() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    node.request("c1", node.pod(), "cnf-1");
    node.podEnds(3);
    for (int second = 0; second < 60; second++) {
      node.reportInUse();
      time.advance(Duration.ofSeconds(1));
      assertEquals(State.HELD, state(3), "a short list is no reason to take a wire away");
    }
    node.reportInUse();
    node.reportInUse();
    time.advance(Duration.ofSeconds(1));
    node.reportInUse();
    eventually("free", () -> state(3) == State.FREE);
    assertTrue(node.untouched(3));
  }

  /** The kubelet starts the pod again with the same device, in another namespace. */
  @Test
  void whatWasInAPodIsHomeAfterAReboot() {
    Claim claim = node.allocate(3, "cnf-1");
    node.reportInUse();
    String token = claim.grant().token();
    NetworkNamespace before = node.pod();
    Connection agreed = node.chain.request(node.call("c1", before, "", token));
    before.close(); // the VF falls home; what else the manager did is on the NIC still
    node.reboot();
    eventually("the session is ended", () -> node.sessions.find(agreed.getId()).isEmpty());
    eventually("reserved", () -> state(3) == State.RESERVED);
    assertTrue(node.untouched(3), node.vf(3).toString());
    NetworkNamespace after = node.pod();
    node.chain.request(node.call("c1", after, "", token));
    assertTrue(inPod(after).up());
  }

  /** It is reset there, which takes seconds. */
  @Test
  void theHolderOfATokenWaitsForItsFunctionToComeHome() throws InterruptedException {
    String token = node.allocate(3, "cnf-1").grant().token();
    NetworkNamespace before = node.pod();
    String first = node.chain.request(node.call("c1", before, "", token)).getId();
    node.homecoming.close();
    Hold hold = node.ledger.sendHome(node.address(3), first, () -> true).orElseThrow();
    NetworkNamespace after = node.pod();
    Thread request =
        Thread.ofVirtual().start(() -> node.chain.request(node.call("c2", after, "", token)));
    eventually("it waits for its VF", () -> LedgerRig.awaitsNews(request));
    assertTrue(before.links().find("nsm-1").isPresent(), "it is not home, and nobody has it");
    before.close();
    node.hardware.renew(node.address(3), hold);
    node.ledger.home(node.address(3), first);
    request.join();
    assertTrue(inPod(after).up());
  }

  /** Inode numbers begin anew with each boot: the old one is somebody else's namespace now. */
  @Test
  void aNamespaceOfAnEarlierBootIsNotEntered() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.reboot(); // in this one the same number is a living namespace with such an interface
    eventually("the session is ended", () -> node.sessions.find(agreed.getId()).isEmpty());
    assertTrue(pod.links().find("nsm-1").isPresent(), "nobody reached into it");
    pod.close();
    time.advance(Duration.ofMinutes(1));
    node.homecoming.wake();
    eventually("reserved", () -> state(3) == State.RESERVED);
    assertTrue(node.untouched(3), node.vf(3).toString());
  }

  /** Any endpoint could answer with any VLAN; only the domain that owns the cable may. */
  @Test
  void onlyServicesOfTheGrantsDomainAreBelieved() {
    Claim claim = node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    for (String service : List.of("svc", "svc@lab.example.org", "svc@x@example.com")) {
      for (String token : List.of("", claim.grant().token())) {
        Call call = node.call("c1", pod, "cnf-1", token);
        refused(
            Failure.Kind.DENIED, "name@example.com", call.edit(c -> c.setNetworkService(service)));
      }
    }
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
    Connection agreed = node.request("c1", pod, "cnf-1");
    Connection other = agreed.toBuilder().setNetworkService("svc@lab.example.org").build();
    refused(
        Failure.Kind.DENIED,
        "name@example.com",
        Call.of(other, List.of(), new Cause.Refresh(), time.now().plusSeconds(10)));
    assertEquals(100, node.vf(3).settings().vlan());
  }

  /** Defect 9: after the forwarder's death VFs leaked or were handed out twice. */
  @Test
  void aSuccessorFindsWhatToUndo() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.crash();
    assertEquals(State.HELD, state(3));
    assertTrue(inPod(pod).up(), "the wire is still there");
    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
  }

  @Test
  void aPodThatEndsWhileNobodyIsThereIsNoticedByTheSuccessor() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    node.request("c1", pod, "cnf-1");
    pod.close();
    node.crash();
    eventually("home", () -> node.untouched(3));
    eventually("reserved", () -> state(3) == State.RESERVED);
  }

  /** Killed between two steps: the ledger knows of a VF that no session knows. */
  @Test
  void whatNoSessionKnowsIsBroughtHome() throws InterruptedException {
    for (Hold.Step step : Hold.Step.values()) {
      node.homecoming.close(); // it would do now what its successor is to do
      node.allocate(3, "cnf-1");
      NetworkNamespace pod = node.pod();
      Home home = node.hardware.look(node.address(3));
      Hold hold = Hold.wanted("killed", pod.inodeUrl(), "nsm-1").from(home);
      node.ledger.hold(node.address(3), hold, url -> false, () -> home);
      node.ledger.advance(node.address(3), "killed", step);
      if (step.compareTo(Hold.Step.TAGGED) >= 0) {
        node.hardware
            .control()
            .tag(node.hardware.place(node.address(3)), io.patchbay.linux.VfVlan.tag(77));
        var unused =
            node.hardware
                .interfaces()
                .attach(node.address(3), hold, node.hardware.atHome(node.address(3)));
      }
      node.crash();
      eventually("reserved after " + step, () -> state(3) == State.RESERVED);
      assertTrue(node.untouched(3), step + ": " + node.vf(3));
      node.ledger.release(List.of(node.address(3)), "done");
    }
    assertEquals(Map.of(), node.ledger.claims());
  }

  @Test
  void aTokenIsAGrantForOneNamespace() {
    Claim claim = node.allocate(3, "cnf-1");
    NetworkNamespace pod = node.pod();
    String token = claim.grant().token();
    refused(Failure.Kind.DENIED, "no VF", node.call("c0", pod, "", "guessed"));
    refused(Failure.Kind.DENIED, "no VF", node.call("c0", pod, "", node.address(3).toString()));
    Connection agreed = node.chain.request(node.call("c1", pod, "", token));
    assertEquals(token, agreed.getMechanism().getParametersOrThrow("tokenID"));
    NetworkNamespace other = node.pod();
    refused(Failure.Kind.CONFLICT, "serves connection", node.call("c2", other, "", token));
    node.sessions.close(agreed.getId());
    refused(Failure.Kind.DENIED, "another network namespace", node.call("c2", other, "", token));
    node.chain.request(node.call("c3", pod, "", token));
  }

  @Test
  void aRequestForAnotherPodsFunctionHoldsNothing() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    SpiffeId own = SpiffeId.parse("spiffe://k8s.nsm/ns/ns/pod/sriov-manager");
    node.pods = connection -> ClientPod.proven(connection, own);
    Signed mesh = new Signed("k8s.nsm", time);
    Identity mallory = mesh.identity("mallory");
    Identity manager = mesh.identity("nsmgr");
    io.patchbay.api.connection.Path path =
        Signed.path(
            2,
            List.of(
                mesh.token(mallory, manager),
                mesh.token(manager, mesh.identity("sriov-manager")),
                mesh.token(mesh.identity("sriov-manager"), manager)));
    refused(
        Failure.Kind.DENIED,
        "label podName says 'cnf-1'",
        node.call("c1", node.pod(), "cnf-1", "").edit(asked -> asked.setPath(path)));
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
  }

  /** Defect 8: a refresh with another mechanism leaked the old one. */
  @Test
  void aConnectionCannotMoveItsFunctionElsewhere() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    node.request("c1", node.pod(), "cnf-1");
    refused(
        Failure.Kind.CONFLICT, "close the connection", node.call("c1", node.pod(), "cnf-1", ""));
    assertEquals(State.HELD, state(3));
  }

  @Test
  void whatIsNotForHardwareIsRefused() {
    Call call = node.call("c1", node.pod(), "cnf-1", "");
    refused(Failure.Kind.UNSUPPORTED, "for hardware", call.edit(c -> c.removeLabels("sriovToken")));
    refused(Failure.Kind.UNSUPPORTED, "as KERNEL or VFIO", call.preferring(List.of()));
    refused(
        Failure.Kind.INVALID,
        "resource name 'fast'",
        call.edit(c -> c.putLabels("sriovToken", "fast")));
    refused(Failure.Kind.INVALID, "podName", call.edit(c -> c.removeLabels("podName")));
  }

  @Test
  void aNameThatNoFunctionHasIsRefusedAtOnceWithTheNamesThereAre() {
    Call call = node.call("c1", node.pod(), "cnf-1", "");
    refused(
        Failure.Kind.NOT_FOUND,
        "no VF of node-1 is called 'example.com/400g'; there are [example.com/100g, "
            + "example.com/ptp, lab.example.org/100g, lab.example.org/ptp]",
        call.edit(c -> c.putLabels("sriovToken", "example.com/400g")));
  }

  /** The pod owns its namespace: it may call the interface what it likes and change its address. */
  @Test
  void aPodCannotHideItsFunction() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    String mac = node.hardware.look(node.address(3)).mac();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    int index = inPod(pod).index();
    pod.links().down(index);
    pod.links().mac(index, MacAddress.parse("02:66:66:66:66:66"));
    pod.links().rename(index, "mine");
    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(3), node.vf(3).toString());
    assertEquals(mac, node.home.links().require("pf0v3").mac().toString());
    assertEquals(State.RESERVED, state(3));
  }

  /** Without its tag it could reach every VLAN of the port. */
  @Test
  void aFunctionThatIsNotHomeKeepsItsTag() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    NetworkNamespace inner = node.pod();
    var hidden = pod.links().moveAndRename(inPod(pod).index(), inner, "hidden");
    assertThrows(Failure.class, () -> node.sessions.close(agreed.getId()));
    assertEquals(100, node.vf(3).settings().vlan());
    assertEquals(State.HELD, state(3));
    node.homecoming.wake();
    eventually(
        "the reason is told", () -> node.listed(3).getReason().startsWith("cannot come home: "));

    var found = inner.links().moveAndRename(hidden.index(), pod, "nsm-1");
    assertEquals(hidden.index(), found.index());
    time.advance(Duration.ofMinutes(1));
    node.homecoming.wake();
    eventually("reserved", () -> state(3) == State.RESERVED);
    assertTrue(node.untouched(3), node.vf(3).toString());
    eventually("no reason is left", () -> node.listed(3).getReason().isEmpty());
  }

  @Test
  void aFunctionComesHomeThoughItsNameIsTaken() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.home.links().createBridge("pf0v3");
    assertThrows(Failure.class, () -> node.sessions.close(agreed.getId()));
    assertTrue(node.vf(3).binding().netdev().orElseThrow().home());
    assertEquals(0, node.vf(3).settings().vlan());
    node.home.links().delete("pf0v3");
    time.advance(Duration.ofMinutes(1));
    node.homecoming.wake();
    eventually("home under its name", () -> node.untouched(3));
  }

  @Test
  void aLateCloseDoesNotTouchASuccessor() throws InterruptedException {
    node.homecoming.close();
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.ledger.home(node.address(3), agreed.getId());
    Hold next = Hold.wanted("next", pod.inodeUrl(), "nsm-1");
    node.ledger.hold(node.address(3), next, url -> true, () -> Home.UNKNOWN);
    node.sessions.close(agreed.getId());
    assertTrue(inPod(pod).up());
    assertEquals(100, node.vf(3).settings().vlan());
    assertEquals("next", node.listed(3).getOwner().getConnectionId());
  }

  @Test
  void aTagThatSomebodyLeftIsTakenOff() {
    var place = node.hardware.place(node.address(3));
    node.hardware.control().tag(place, io.patchbay.linux.VfVlan.tag(77));
    node.allocate(3, "cnf-1");
    node.reportInUse();
    Connection agreed = node.request("c1", node.pod(), "cnf-1");
    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(3), node.vf(3).toString());
  }

  @Test
  void theNodesOwnNamespaceIsNoClients() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    refused(Failure.Kind.DENIED, "own namespace", node.call("c1", node.home, "cnf-1", ""));
    Call call = node.call("c1", node.pod(), "cnf-1", "");
    Mechanism file =
        call.preferences().getFirst().toBuilder()
            .putParameters("inodeURL", "file:///proc/self/ns/net")
            .build();
    refused(Failure.Kind.INVALID, "inode://", call.preferring(List.of(file)));
    assertTrue(node.untouched(3));
    assertEquals(State.RESERVED, state(3));
  }

  @Test
  void afterAnotherVlanADyingNamespaceStillGivesItsFunctionBack() {
    node.allocate(3, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.shim = asked -> Node.answered(asked, 200);
    node.chain.request(Call.of(agreed, List.of(), new Cause.Refresh(), time.now().plusSeconds(10)));
    pod.close();
    eventually("the session ends", () -> node.sessions.find(agreed.getId()).isEmpty());
    eventually("home", () -> node.untouched(3));
  }

  private void refused(Failure.Kind kind, String words, Call call) {
    Failure failure = assertThrows(Failure.class, () -> node.chain.request(call));
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
    assertEquals(kind, failure.kind());
  }
}

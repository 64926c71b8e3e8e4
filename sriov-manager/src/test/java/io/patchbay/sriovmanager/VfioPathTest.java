package io.patchbay.sriovmanager;

import static io.patchbay.sriovmanager.Node.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.linux.Link;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * VFs that containers drive themselves: from the reservation to a service and back, with nothing
 * moved anywhere. The PF is in IOMMU group 40, its VFs in those after it; their device nodes are
 * stood in for by those of /dev/null and /dev/zero.
 */
class VfioPathTest extends VfioRig {
  private static final int VF = 3;
  private static final String GROUP = "44";

  VfioPathTest() {
    super(slot(), Map.of(GROUP, "/dev/zero"));
  }

  private static NicHardware.Slot slot() {
    return new NicHardware.Slot(0, OptionalInt.of(40), NicHardware.Delays.NONE);
  }

  @BeforeEach
  void bound() {
    eventually("bound", () -> node.listed(VF).getState() == State.FREE);
  }

  private Grant reserve(int number) {
    Url url = socket();
    try (Channels channels = new Channels();
        GrpcServer unused = serve(url)) {
      ReserveRequest request =
          ReserveRequest.newBuilder()
              .setResourceName(Node.FAST.toString())
              .addPciAddresses(node.address(number).toString())
              .build();
      return VirtualFunctionsGrpc.newBlockingStub(channels.to(url)).reserve(request).getGrants(0);
    }
  }

  private void listed(String pod) {
    node.ledger.report(
        Map.of(
            node.address(VF),
            new Listed(Node.FAST.toString(), new Claim.Use("default", pod, "app", 0))),
        false);
  }

  private Call call(String id, String pod, String token) {
    Mechanism.Builder vfio =
        Mechanism.newBuilder().setCls("LOCAL").setType("VFIO").putParameters("cgroupDir", "/pod");
    if (!token.isEmpty()) {
      vfio.putParameters("tokenID", token);
    }
    return node.call(id, node.pod(), pod, "").preferring(List.of(vfio.build()));
  }

  private int vlan() {
    return node.vf(VF).settings().vlan();
  }

  private List<String> links() {
    return node.home.links().list().stream().map(Link::name).sorted().toList();
  }

  private void refused(Failure.Kind kind, String words, Call call) {
    Failure failure = assertThrows(Failure.class, () -> node.chain.request(call));
    assertEquals(kind, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }

  @Test
  void isParkedWhenReservedGoesToItsServiceAndBack() {
    List<String> links = links();
    Grant grant = reserve(VF);
    assertEquals(
        List.of("/dev/vfio/vfio rw", "/dev/vfio/44 rw"),
        grant.getDeviceNodesList().stream().map(VfioPathTest::text).toList());
    assertEquals(Node.PARKING, vlan(), "its container could use it from now on");
    listed("cnf-1");

    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    assertEquals("VFIO", agreed.getMechanism().getType());
    assertEquals(
        Map.of(
            "cgroupDir", "/pod",
            "pciAddress", node.address(VF).toString(),
            "iommuGroup", GROUP,
            "vfioMajor", "1",
            "vfioMinor", "3",
            "deviceMajor", "1",
            "deviceMinor", "5"),
        agreed.getMechanism().getParametersMap());
    assertEquals(100, vlan());
    assertTrue(node.vf(VF).settings().spoofCheck());
    assertEquals(State.HELD, node.listed(VF).getState());
    assertEquals(links, links(), "nothing was moved");
    assertEquals(List.of(Node.ADDRESS), agreed.getContext().getIpContext().getSrcIpAddrsList());

    int writes = node.netlinkWrites.get();
    Call refresh = Call.of(agreed, List.of(), new Cause.Refresh(), time.now().plusSeconds(10));
    assertEquals(agreed.getMechanism(), node.chain.request(refresh).getMechanism());
    assertEquals(writes, node.netlinkWrites.get());

    node.sessions.close(agreed.getId());
    assertEquals(Node.PARKING, vlan(), "its container has it still");
    assertEquals(1, resets(), "and may drive it");
    assertEquals(State.RESERVED, node.listed(VF).getState());
    node.chain.request(call("c2", "cnf-1", grant.getToken()));
    assertEquals(100, vlan());
  }

  /** It would put the wire of the pod that has the VF on a service of its own choice. */
  @Test
  void aTokenIsNoUseToAnotherPod() {
    Grant grant = reserve(VF);
    listed("cnf-1");
    refused(Failure.Kind.DENIED, "not for default/cnf-2", call("c1", "cnf-2", grant.getToken()));
    assertEquals(Node.PARKING, vlan());
    assertEquals(State.RESERVED, node.listed(VF).getState());
  }

  /** The container may be quicker than the kubelet's list. */
  @Test
  void aTokenIsEnoughUntilTheKubeletHasSaidWhoseItIs() {
    Grant grant = reserve(VF);
    node.chain.request(call("c1", "", grant.getToken()));
    assertEquals(100, vlan());
  }

  private static String text(DeviceNode told) {
    return told.getContainerPath() + " " + told.getPermissions();
  }

  @Test
  void aPodThatIsGoneIsNoticedByTheKubeletsListAlone() {
    reserve(VF);
    listed("cnf-1");
    node.chain.request(call("c1", "cnf-1", ""));
    podIsGone();
    assertEquals(Node.PARKING, vlan());
  }

  private int resets() {
    return node.nics.resets(node.address(VF));
  }

  private void podIsGone() {
    for (int second = 0; second < 5; second++) {
      node.ledger.report(Map.of(), false);
      time.advance(Duration.ofSeconds(1));
    }
    eventually("free", () -> node.listed(VF).getState() == State.FREE);
  }

  /** However its last container came to its end: it may have driven it without a connection. */
  @Test
  void whatItsLastContainerToldItIsForgottenBeforeTheNextHasIt() {
    reserve(VF);
    assertEquals(1, resets());
    reserve(VF);
    assertEquals(1, resets(), "the same grant: its container may have it already");
    listed("cnf-1");
    podIsGone();
    reserve(VF);
    assertEquals(2, resets());
    listed("cnf-2");
    node.sessions.close(node.chain.request(call("c1", "cnf-2", "")).getId());
    podIsGone();
    reserve(VF);
    assertEquals(3, resets());
    assertEquals(Node.PARKING, vlan());
  }

  /** Whoever got it would have what the last one told it. */
  @Test
  void oneThatCannotBeResetIsNotHandedOver() {
    node.nics.refuseResets();
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, () -> reserve(VF));
    assertTrue(refused.getMessage().contains("reset"), refused.getMessage());
    assertFalse(node.ledger.find(node.address(VF)).isPresent());
  }

  @Test
  void aSuccessorTakesItBack() {
    reserve(VF);
    listed("cnf-1");
    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    node.crash();
    assertEquals(100, vlan(), "a crash cuts no wire");
    node.sessions.close(agreed.getId());
    assertEquals(Node.PARKING, vlan());
    assertEquals(State.RESERVED, node.listed(VF).getState());
  }

  @Test
  void afterARebootItIsParkedAgain() {
    reserve(VF);
    listed("cnf-1");
    node.chain.request(call("c1", "cnf-1", ""));
    node.reboot();
    eventually("reserved", () -> node.listed(VF).getState() == State.RESERVED);
    assertEquals(Node.PARKING, vlan());
  }

  /** Of all groups: a container could reach its group's other functions too. */
  private void allParked() {
    for (var vf : node.nics.snapshot().getFirst().vfs()) {
      assertEquals(Node.PARKING, vf.settings().vlan(), vf::toString);
      assertTrue(vf.settings().spoofCheck(), vf::toString);
    }
  }

  @Test
  void allAreParkedFromTheStart() {
    allParked();
    int writes = node.netlinkWrites.get();
    node.stock.look();
    assertEquals(writes, node.netlinkWrites.get());
    node.hardware.untag(node.address(VF));
    node.stock.look();
    allParked();
  }

  @Test
  void aResetParksWhatIsReserved() {
    reserve(VF);
    listed("cnf-1");
    node.reset();
    node.stock.look();
    assertEquals(State.RESERVED, node.listed(VF).getState());
    allParked();
  }

  @Test
  void aResetEndsTheConnectionAndParks() {
    reserve(VF);
    listed("cnf-1");
    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    node.reset();
    node.stock.look();
    eventually(
        "closed",
        () -> {
          if (!node.ledger.troubles().of(node.address(VF)).isEmpty()) {
            time.advance(Duration.ofSeconds(1)); // it was looked at amid the reset, and rests
          }
          node.homecoming.wake();
          return node.sessions.find(agreed.getId()).isEmpty();
        });
    eventually("reserved", () -> node.listed(VF).getState() == State.RESERVED);
    allParked();
    node.chain.request(call("c2", "cnf-1", ""));
    assertEquals(100, vlan());
  }

  /** The VF itself stayed, and no look of ours came between. */
  @Test
  void aVlanThatIsLostEndsTheConnection() {
    reserve(VF);
    listed("cnf-1");
    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    node.homecoming.wake();
    node.hardware.untag(node.address(VF));
    node.homecoming.wake();
    eventually("closed", () -> node.sessions.find(agreed.getId()).isEmpty());
    allParked();
  }

  /** A manager of old did not note the VLAN: its connections go on, and a lost one is seen. */
  @Test
  void anUpgradedManagerKeepsWhatAnOldOneHeld() {
    reserve(VF);
    listed("cnf-1");
    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    var unused =
        node.ledger.amend(
            node.address(VF), agreed.getId(), hold -> hold.plugged(Hold.Cable.UNKNOWN, 0));
    node.crash();
    node.stock.look();
    for (int i = 0; i < 2; i++) {
      node.homecoming.look(node.sessions, Runnable::run);
    }
    assertTrue(node.sessions.find(agreed.getId()).isPresent());
    assertEquals(State.HELD, node.listed(VF).getState());
    assertEquals(100, vlan());
    node.hardware.untag(node.address(VF));
    node.homecoming.wake();
    eventually("closed", () -> node.sessions.find(agreed.getId()).isEmpty());
    allParked();
  }

  /** The kubelet starts the container again without another Allocate. */
  @Test
  void afterAPowerCycleWhatIsReservedIsParkedAgain() {
    reserve(VF);
    listed("cnf-1");
    node.powerCycle();
    eventually("reserved", () -> node.listed(VF).getState() == State.RESERVED);
    allParked();
  }

  @Test
  void afterAPowerCycleWhatServedIsParkedAgain() {
    reserve(VF);
    listed("cnf-1");
    node.chain.request(call("c1", "cnf-1", ""));
    node.powerCycle();
    eventually("reserved", () -> node.listed(VF).getState() == State.RESERVED);
    allParked();
  }

  @Test
  void whatTheNextHopRefusesLeavesItParked() {
    reserve(VF);
    listed("cnf-1");
    node.shim =
        asked -> {
          throw new Failure(Failure.Kind.NOT_FOUND, "no such service");
        };
    refused(Failure.Kind.NOT_FOUND, "no such service", call("c1", "cnf-1", ""));
    assertEquals(Node.PARKING, vlan());
    assertEquals(State.RESERVED, node.listed(VF).getState());
  }

  /** There it could reach what containers have that are on no service. */
  @Test
  void noServiceIsWhereVfsAreParked() {
    reserve(VF);
    listed("cnf-1");
    node.shim = asked -> Node.answered(asked, Node.PARKING);
    refused(Failure.Kind.INVALID, "PATCHBAY_PARKING_VLAN", call("c1", "cnf-1", ""));
    assertEquals(State.RESERVED, node.listed(VF).getState());
  }

  @Test
  void aConnectionKeepsItsMechanism() {
    reserve(VF);
    listed("cnf-1");
    Call kernel = node.call("c1", node.pod(), "cnf-1", "");
    refused(Failure.Kind.CONFLICT, "has no interface here", kernel);
    Connection agreed = node.chain.request(call("c1", "cnf-1", ""));
    Connection other = agreed.toBuilder().setMechanism(kernel.preferences().getFirst()).build();
    refused(
        Failure.Kind.CONFLICT,
        "close the connection",
        Call.of(other, List.of(), new Cause.Refresh(), time.now().plusSeconds(10)));
    assertEquals(100, vlan());
  }

  @Test
  void withoutItsDeviceNodeItIsNotHandedOver() throws IOException {
    Files.delete(nodes().resolve(GROUP));
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, () -> reserve(VF));
    assertTrue(refused.getMessage().contains("no device node"), refused.getMessage());
    assertFalse(node.ledger.find(node.address(VF)).isPresent());
  }

  /** Such a device could write into any memory of the machine. */
  @Test
  void withoutAnIommuOnlyIfThatIsAllowed() throws IOException {
    Files.createFile(nodes().resolve("noiommu-" + GROUP));
    node.stock.look();
    assertEquals(State.BROKEN, node.listed(VF).getState());
    assertTrue(node.listed(VF).getReason().contains("PATCHBAY_VFIO_NOIOMMU"));
    assertEquals(State.FREE, node.listed(VF + 1).getState());
    assertEquals("noiommu-44", new Vfio(nodes(), true, 1).name(44));
    assertEquals("45", new Vfio(nodes(), true, 1).name(45));
  }
}

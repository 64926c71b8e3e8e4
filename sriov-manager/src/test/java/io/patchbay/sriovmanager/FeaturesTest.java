package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Url;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A NIC with RDMA in switchdev mode: what is told of its VFs, what containers get with them, and
 * that nobody takes the interface that stands for a VF inside the NIC for the VF's own. The device
 * nodes are plain files.
 */
class FeaturesTest {
  private static final int VF = 3;
  private static final List<String> RDMA =
      List.of(
          "/dev/infiniband/issm15109",
          "/dev/infiniband/umad15109",
          "/dev/infiniband/uverbs15109",
          "/dev/infiniband/rdma_cm");

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private Node node;

  @BeforeEach
  void powerOn() throws IOException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    NodeDevices.VHOST_NET.forEach(this::make);
    IntStream.range(15106, 15106 + 12)
        .forEach(number ->
            List.of("uverbs", "umad", "issm")
                .forEach(name -> make("/dev/infiniband/" + name + number)));
    make("/dev/infiniband/rdma_cm");
    node =
        new Node(
            folder,
            time,
            Node.PATIENT,
            NicHardware.Slot.PLAIN,
            config("isRdma: true, needVhostNet: true"),
            CableMap.NONE,
            NicModel.CONNECTX_6_SWITCHDEV);
  }

  @AfterEach
  void powerOff() {
    if (node != null) {
      node.close();
    }
  }

  private void make(String device) {
    Path file = folder.resolve(device.substring(1));
    try {
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void lose(String device) throws IOException {
    Files.delete(folder.resolve(device.substring(1)));
    node.stock.look();
  }

  private static SriovConfig config(String extras) {
    String yaml =
        """
        selectors:
          - {pfNames: [pf0], vfKernelDriver: mlx5_core, capabilities: [100g],
            serviceDomains: [example.com], %s}
        """
            .formatted(extras);
    Candidate.Port port = new Candidate.Port("pf0", Optional.of(Candidate.LinkType.ETHER), 0);
    Candidate pf =
        new Candidate(
            PciAddress.parse("0000:3b:00.0"),
            0x15b3,
            List.of(0x101d),
            "mlx5_core",
            OptionalInt.of(0),
            List.of(port));
    return Json.parseYaml("pci.config", yaml, ConfigFile.class).select(List.of(pf));
  }

  private Grant reserve(int number) {
    Url url = new Url("unix", folder.resolve("vf.sock").toString());
    try (Channels channels = new Channels();
        GrpcServer unused =
            GrpcServer.start(
                List.of(url),
                List.of(new VirtualFunctionsService(node.stock, node.ledger, node.hardware)))) {
      ReserveRequest request =
          ReserveRequest.newBuilder()
              .setResourceName(Node.FAST.toString())
              .addPciAddresses(node.address(number).toString())
              .build();
      return VirtualFunctionsGrpc.newBlockingStub(channels.to(url)).reserve(request).getGrants(0);
    }
  }

  private List<Link> representors() {
    return node.home.links().list().stream()
        .filter(link -> link.name().startsWith("apf0_"))
        .map(link -> node.home.links().require(link.name()))
        .toList();
  }

  @Test
  void isToldOfEachVf() {
    for (VirtualFunction vf : node.stock.catalog().get().getFunctionsList()) {
      assertEquals(State.FREE, vf.getState(), vf.getReason());
      assertEquals("pf0", vf.getPfName(), "and not one that stands for a VF");
      assertEquals("switchdev", vf.getEswitchMode());
      assertEquals("apf0_" + vf.getNumber(), vf.getRepresentor());
      assertEquals(List.of("mlx5_" + (15106 + vf.getNumber())), vf.getRdmaDevicesList());
      assertEquals(List.of("mlx5_15104"), vf.getPfRdmaDevicesList());
      assertTrue(vf.getVhostNet());
    }
    assertEquals(12, node.stock.catalog().get().getFunctionsCount());
  }

  @Test
  void theContainerGetsTheDeviceNodes() {
    List<DeviceNode> nodes = reserve(VF).getDeviceNodesList();
    List<String> wanted = new java.util.ArrayList<>(RDMA);
    wanted.addAll(NodeDevices.VHOST_NET);
    assertEquals(wanted, nodes.stream().map(DeviceNode::getContainerPath).toList());
    assertEquals(wanted, nodes.stream().map(DeviceNode::getHostPath).toList());
    assertEquals(wanted, node.listed(VF).getDeviceNodesList());
  }

  /** A container that is given a node that is not there does not start. */
  @Test
  void whatIsNotThereIsNotHandedOver() throws IOException {
    lose("/dev/infiniband/rdma_cm");
    lose("/dev/infiniband/umad15109");
    assertEquals(
        List.of(RDMA.get(0), RDMA.get(2)), node.listed(VF).getDeviceNodesList().subList(0, 2));
    assertEquals(State.FREE, node.listed(VF).getState());
  }

  @Test
  void oneThatCannotBeHadAsWantedIsNotOfferedAndSaysWhy() throws IOException {
    lose("/dev/infiniband/uverbs15109");
    VirtualFunction vf = node.listed(VF);
    assertEquals(State.BROKEN, vf.getState());
    assertTrue(
        vf.getReason().contains("/dev/infiniband/uverbs of it, which selectors[0]"),
        vf.getReason());
    assertEquals(State.FREE, node.listed(VF + 1).getState());
    var refused = assertThrows(StatusRuntimeException.class, () -> reserve(VF));
    assertTrue(refused.getMessage().contains("ib_uverbs"), refused.getMessage());
    make("/dev/infiniband/uverbs15109");
    node.stock.look();
    assertEquals(State.FREE, node.listed(VF).getState());

    lose("/dev/net/tun");
    assertEquals(State.BROKEN, node.listed(VF).getState());
    assertTrue(node.listed(VF).getReason().contains("/dev/net/tun"), node.listed(VF).getReason());
  }

  /** Its container has them, and could not be started again otherwise. */
  @Test
  void oneThatAPodHasStaysAsItIs() throws IOException {
    reserve(VF);
    lose("/dev/infiniband/uverbs15109");
    assertEquals(State.RESERVED, node.listed(VF).getState());
    assertEquals("", node.listed(VF).getFault());
    assertTrue(node.listed(VF).getReason().contains("uverbs"), "but it is told");
    var refused = assertThrows(StatusRuntimeException.class, () -> reserve(VF), "nor to another");
    assertTrue(refused.getMessage().contains("ib_uverbs"), refused.getMessage());
    make("/dev/infiniband/uverbs15109");
    node.stock.look();
    assertEquals(6, reserve(VF).getDeviceNodesCount());
  }

  @Test
  void aRepresentorIsNeverTakenForTheVf() {
    List<Link> before = representors();
    assertEquals(12, before.size());
    node.allocate(VF, "cnf-1");
    node.reportInUse();
    NetworkNamespace pod = node.pod();
    Connection agreed = node.request("c1", pod, "cnf-1");
    assertEquals(node.vf(VF).settings().mac(), pod.links().require("nsm-1").mac());
    assertEquals(100, node.vf(VF).settings().vlan(), "set on the PF's own interface");
    assertEquals(before, representors());
    node.sessions.close(agreed.getId());
    assertTrue(node.untouched(VF), node.vf(VF).toString());
    assertEquals(before, representors());

    Connection again = node.request("c2", pod, "cnf-1");
    node.crash();
    node.sessions.close(again.getId());
    assertTrue(node.untouched(VF), node.vf(VF).toString());
    assertEquals(before, representors());
  }

  /** Its VFs go, and with them all of this. */
  @Test
  void whatIsGoneIsNotTold() {
    node.reset();
    assertEquals(List.of(), representors());
    node.stock.look();
    isToldOfEachVf();
    assertEquals(12, representors().size(), "made anew");
  }

  /** Its driver taken off, the device nodes that its container was given would be another VF's. */
  @Test
  void oneWhoseDeviceNodesItsContainerHasIsNotReset() {
    assertFalse(node.stock.mayReset(node.address(VF), false));
    node.allocate(VF, "cnf-1");
    node.reportInUse();
    node.sessions.close(node.request("c1", node.pod(), "cnf-1").getId());
    assertTrue(node.untouched(VF), node.vf(VF).toString());
    assertEquals(0, node.nics.resets(node.address(VF)));
  }

  /** Nobody has the device nodes any more. */
  @Test
  void oneWhoseGrantHasEndedIsResetAllTheSame() {
    node.allocate(VF, "cnf-1");
    node.reportInUse();
    String connection = node.request("c1", node.pod(), "cnf-1").getId();
    node.ledger.release(List.of(node.address(VF)), "its pod is gone");
    Node.eventually("free", () -> node.listed(VF).getState() == State.FREE);
    assertTrue(node.sessions.find(connection).isEmpty());
    assertEquals(1, node.nics.resets(node.address(VF)));
  }
}

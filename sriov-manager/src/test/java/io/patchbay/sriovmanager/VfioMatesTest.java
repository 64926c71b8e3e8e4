package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.linux.PciAddress;
import io.patchbay.sockets.Channels;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VFs that containers drive themselves on a NIC that has two of them in each IOMMU group. */
class VfioMatesTest extends VfioRig {
  private VirtualFunctionsGrpc.VirtualFunctionsBlockingStub stub;

  VfioMatesTest() {
    super(slot(), Map.of("41", "/dev/null", "42", "/dev/null"));
  }

  private static NicHardware.Slot slot() {
    return new NicHardware.Slot(0, OptionalInt.of(40), 2, NicHardware.Delays.NONE);
  }

  @BeforeEach
  void serve() {
    opened.push(serve(socket()));
    stub = VirtualFunctionsGrpc.newBlockingStub(opened.push(new Channels()).to(socket()));
  }

  /** The IOMMU cannot tell them apart: what the kernel drives could be reached from a container. */
  @Test
  void aGroupHasOneKindOfDriver() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Node mixed =
        opened.push(new Node(other, time, Node.PATIENT, slot(), mixed(VfNumbers.parse("0"))));
    mixed.stock.look(); // the first one was judged before the second had its driver
    assertEquals(State.BROKEN, mixed.listed(0).getState());
    assertEquals(
        mixed.address(0)
            + " shares its IOMMU group with "
            + mixed.address(1)
            + ", which has driver iavf",
        mixed.listed(0).getReason());
    assertEquals(State.FREE, mixed.listed(1).getState(), "the kernel's own works");
  }

  private static SriovConfig mixed(VfNumbers driven) {
    SortedSet<ResourceName> names = new TreeSet<>(Set.of(Node.FAST));
    VfNumbers others = VfNumbers.parse("1-11");
    SriovConfig.Entry entry =
        new SriovConfig.Entry(
            "ice",
            List.of(
                new SriovConfig.Share("a", driven, "vfio-pci", names, VfOptions.NONE),
                new SriovConfig.Share("b", others, "iavf", names, VfOptions.NONE)));
    return new SriovConfig(Map.of(PciAddress.parse("0000:3b:00.0"), entry));
  }

  private List<Grant> reserve(Integer... numbers) {
    ReserveRequest.Builder request =
        ReserveRequest.newBuilder().setResourceName(Node.FAST.toString());
    for (int number : numbers) {
      request.addPciAddresses(node.address(number).toString());
    }
    return stub.reserve(request.build()).getGrantsList();
  }

  private void refused(String words, Integer... numbers) {
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> reserve(numbers));
    assertEquals(Status.Code.FAILED_PRECONDITION, refused.getStatus().getCode());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  @Test
  void aGroupGoesToOneContainer() {
    assertEquals("41", node.listed(0).getIommuGroup());
    assertEquals("41", node.listed(1).getIommuGroup());
    reserve(0);
    refused("its IOMMU group is taken: another container has " + node.address(0), 1);
    refused("its IOMMU group is taken", 1, 2);
    assertEquals(State.FREE, node.listed(2).getState(), "all or none");
    reserve(2, 3);
    node.ledger.release(List.of(node.address(0)), "done");
    reserve(1);
  }

  /** The kubelet's list is another way to a claim than a reservation. */
  @Test
  void whatTheKubeletListsTakesItsGroupToo() {
    Claim.Use use = new Claim.Use("default", "cnf-1", "app", 0);
    node.ledger.report(Map.of(node.address(1), new Listed(Node.FAST.toString(), use)), false);
    refused("another container has " + node.address(1), 0);
  }

  @Test
  void theMateOfWhatIsHandedOverIsParked() {
    node.hardware.untag(node.address(1));
    reserve(0);
    assertEquals(Node.PARKING, node.vf(1).settings().vlan());
  }

  /** Only what this reservation has made is undone when it fails. */
  @Test
  void aReservationThatStandsOutlivesAFailure() throws IOException {
    String token = reserve(0).getFirst().getToken();
    Files.delete(folder.resolve("vfio/41"));
    assertThrows(StatusRuntimeException.class, () -> reserve(0, 1));
    assertEquals(token, node.ledger.find(node.address(0)).orElseThrow().grant().token());
    assertTrue(node.ledger.find(node.address(1)).isEmpty());
  }
}

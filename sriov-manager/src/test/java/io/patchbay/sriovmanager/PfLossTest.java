package io.patchbay.sriovmanager;

import static io.patchbay.sriovmanager.Node.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A simulated NIC loses its VFs, or its driver, while a pod has one of them. */
class PfLossTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final String PF = "0000:3b:00.0";

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final Stack opened = new Stack();
  private Node node;
  private NetworkNamespace pod;
  private PciAddress vf;

  @BeforeEach
  void needsRig() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
  }

  private void lend(Duration rescan) {
    node = opened.push(new Node(folder, time, new Stock.Pace(rescan, DAY, Duration.ofMinutes(1))));
    pod = node.pod();
    vf = node.address(3);
    node.allocate(3, "cnf-1");
    node.reportInUse();
    node.request("c1", pod, "cnf-1");
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve("pci").resolve(file), text, StandardOpenOption.WRITE);
  }

  private Claim claim() {
    return node.ledger.find(vf).orElseThrow();
  }

  /** The VF is home, whole, and still the pod's, which gets it again. */
  private void isLentAgain() {
    eventually("home", () -> !claim().hold().present());
    eventually("whole", () -> node.untouched(3));
    eventually(
        "told",
        () ->
            node.listed(3).getState() == State.RESERVED
                && node.listed(3).getFault().isEmpty()
                && node.stock.catalog().get().getFunctionsCount() == 12);
    assertEquals("cnf-1", claim().use().pod());
    node.request("c2", pod, "cnf-1");
    assertTrue(pod.links().require("nsm-1").up());
    assertEquals(100, node.vf(3).settings().vlan());
    assertEquals(State.HELD, node.listed(3).getState());
  }

  @Test
  void aResetTakesTheFunctionsAndTheyAreMadeAgain() throws IOException {
    lend(DAY);
    write("devices/" + PF + "/sriov_numvfs", "0");
    assertTrue(pod.links().find("nsm-1").isEmpty());
    assertTrue(claim().hold().present());
    node.stock.look();
    isLentAgain();
  }

  @Test
  void withoutItsDriverItHasNoneAndTheClaimStands() throws IOException {
    lend(DAY);
    write("drivers/ice/unbind", PF);
    node.stock.look();
    assertEquals(1, node.stock.catalog().get().getFunctionsCount());
    var gone = node.stock.catalog().get().getFunctions(0);
    assertEquals(State.HELD, gone.getState());
    assertTrue(gone.getFault().startsWith("there is no such VF now"), gone.getFault());
    assertEquals("cnf-1", gone.getOwner().getPodName());
    assertTrue(claim().hold().present());
    write("drivers/ice/bind", PF);
    node.switchOn();
    node.stock.look();
    isLentAgain();
  }

  /**
   * The PF stays, all its VFs are gone, and for a while the NIC makes no new ones (ovn-kubernetes
   * #6786). Nobody tells when it is ready: it is tried again and again, and is not asked for more.
   */
  @Test
  void whatANicWithItsOwnProcessorLosesByItsRebootIsMadeAgainOnceItIsUp() throws IOException {
    lend(Duration.ofMillis(50));
    AtomicInteger tried = new AtomicInteger();
    node.refused = act -> act.endsWith("/sriov_numvfs") && tried.incrementAndGet() > 1;
    write("devices/" + PF + "/sriov_numvfs", "0");
    String gone = "there is no such VF now";
    eventually(
        "only the lent one is told, as lost",
        () -> all().size() == 1 && all().getFirst().getFault().startsWith(gone));
    assertEquals("cnf-1", all().getFirst().getOwner().getPodName());
    assertEquals(State.HELD, all().getFirst().getState());
    int before = tried.get();
    eventually("it is tried again", () -> tried.get() > before + 2);
    assertTrue(claim().hold().present(), "the pod keeps its claim");
    node.refused = act -> false;
    isLentAgain();
    eventually(
        "none has a fault", () -> all().stream().allMatch(each -> each.getFault().isEmpty()));
  }

  private List<VirtualFunction> all() {
    return node.stock.catalog().get().getFunctionsList();
  }
}

package io.patchbay.sriovmanager;

import static io.patchbay.sriovmanager.Node.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VF with an interface is reset between two pods, on its way home. */
class RenewalTest {
  private static final int VF = 3;

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private Node node;
  private NetworkNamespace pod;
  private String connection = "";

  @BeforeEach
  void lend() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    node = new Node(folder, time);
    node.allocate(VF, "cnf-1");
    node.reportInUse();
    pod = node.pod();
    connection = node.request("c1", pod, "cnf-1").getId();
    node.nics.tell(node.address(VF), "filters of cnf-1");
  }

  @AfterEach
  void powerOff() {
    if (node != null) {
      node.close();
    }
  }

  private int resets() {
    return node.nics.resets(node.address(VF));
  }

  private String told() {
    return node.nics.told(node.address(VF));
  }

  private void isHome() {
    assertTrue(node.untouched(VF), node.vf(VF).toString());
    assertEquals(State.RESERVED, node.listed(VF).getState());
    assertEquals("", node.listed(VF).getReason());
    assertEquals("iavf", node.listed(VF).getDriver());
  }

  /** What hangs on an interface, such as filters and links on top of it, goes with it. */
  @Test
  void whatAPodLeavesInItsFunctionIsGoneBeforeTheNextHasIt() {
    var mac = node.vf(VF).settings().mac();
    pod.links().mac(pod.links().require("nsm-1").index(), MacAddress.parse("02:00:00:00:66:66"));
    int before = pod.links().require("nsm-1").index();
    node.sessions.close(connection);
    isHome();
    assertEquals("", told());
    assertEquals(1, resets());
    var home = node.home.links().require("pf0v3");
    assertEquals(mac, home.mac());
    assertNotEquals(before, home.index(), "its interface is another");
    assertEquals(1500, home.mtu());
    node.nics.tell(node.address(VF), "filters again");
    connection = node.request("c2", pod, "cnf-1").getId();
    assertTrue(pod.links().require("nsm-1").up());
    assertEquals(100, node.vf(VF).settings().vlan());
    node.sessions.close(connection);
    isHome();
    assertEquals(2, resets());
  }

  @Test
  void oneThatFallsHomeWithItsPodIsReset() {
    pod.close();
    eventually("home", () -> resets() == 1 && node.sessions.find(connection).isEmpty());
    isHome();
    assertEquals("", told());
  }

  /** Its client asks time and again while the service cannot be had. */
  @Test
  void oneThatNeverGotIntoAPodIsNotReset() {
    node.sessions.close(connection);
    node.shim =
        asked -> {
          throw new Failure(Failure.Kind.NOT_FOUND, "no such service");
        };
    assertThrows(Failure.class, () -> node.request("c2", pod, "cnf-1"));
    isHome();
    assertEquals(1, resets());
  }

  /** It is nobody's until it has been reset; its driver has it all the same. */
  @Test
  void oneThatCannotBeResetIsNotHandedOver() {
    node.nics.refuseResets();
    assertThrows(Failure.class, () -> node.sessions.close(connection));
    eventually("told", () -> node.ledger.troubles().all().containsKey(node.address(VF)));
    String why = node.ledger.troubles().all().get(node.address(VF));
    assertTrue(why.contains("cannot come home") && why.contains("/reset"), why);
    assertEquals(List.of("pf0v3"), node.pci.interfaces(node.address(VF)));
    assertEquals(0, node.vf(VF).settings().vlan(), "it waits for its reset on no service");
    node.podEnds(VF);
    node.reportInUse();
    node.reportInUse();
    time.advance(Duration.ofMinutes(2));
    node.reportInUse();
    assertEquals(State.DRAINING, node.listed(VF).getState());
    assertThrows(Failure.class, () -> node.ledger.reserve(Node.FAST, List.of(node.address(VF))));
    node.options = new VfOptions(null, null, null, null, null, null, null, null, false);
    eventually(
        "free",
        () -> {
          time.advance(Duration.ofMinutes(1)); // the next try is due
          return node.listed(VF).getState() == State.FREE;
        });
    assertTrue(node.untouched(VF), node.vf(VF).toString());
  }

  /** Each reset costs its PF a turn, and would end as the first has. */
  @Test
  void whatFailsAfterTheResetIsDoneAgainWithoutIt() {
    var links = node.home.links();
    links.rename(links.require("pf0v4").index(), "pf0v3");
    assertThrows(Failure.class, () -> node.sessions.close(connection));
    assertEquals(1, resets());
    links.rename(links.require("pf0v3").index(), "pf0v4");
    eventually(
        "home",
        () -> {
          time.advance(Duration.ofMinutes(1)); // the next try is due
          return node.listed(VF).getState() == State.RESERVED;
        });
    isHome();
    assertEquals(1, resets());
  }

  @Test
  void whereTheConfigSaysSoItsDriverIsLeftAlone() {
    node.options = new VfOptions(null, null, null, null, null, null, null, null, false);
    node.sessions.close(connection);
    isHome();
    assertEquals(0, resets());
  }

  /** Killed when the driver had been taken off, and nothing but the kernel knows which. */
  @Test
  void aSuccessorGivesItsDriverBackAndResetsIt() throws InterruptedException {
    String vf = node.address(VF).toString();
    node.homecoming.close();
    var begun = node.ledger.sendHome(node.address(VF), connection, () -> true).orElseThrow();
    node.hardware.detach(node.address(VF), begun);
    node.write("devices/" + vf + "/driver_override", "iavf");
    node.write("drivers/iavf/unbind", vf);
    node.crash();
    eventually("home", () -> node.untouched(VF) && node.sessions.find(connection).isEmpty());
    isHome();
    assertEquals("", told());
    assertEquals(1, resets());
  }

  /** Its PF is not in the config any more, so nobody but its way home knows of it. */
  @Test
  void oneWithoutItsDriverComesHomeAlsoWithoutItsPfsKeeper() throws InterruptedException {
    String vf = node.address(VF).toString();
    node.homecoming.close(); // it would do the same now
    var begun = node.ledger.sendHome(node.address(VF), connection, () -> true).orElseThrow();
    node.hardware.detach(node.address(VF), begun);
    node.write("devices/" + vf + "/driver_override", "iavf");
    node.write("drivers/iavf/unbind", vf);
    node.hardware.renew(node.address(VF), begun);
    assertTrue(node.untouched(VF), node.vf(VF).toString());
    assertEquals("", told());
  }

  /** The kernel gives the first name that is free, which may be what another VF was called. */
  @Test
  void itHasItsNameAgainOnceThatIsFree() throws InterruptedException {
    node.options = new VfOptions(null, null, null, null, null, null, null, null, false);
    Hold hold = node.ledger.find(node.address(VF)).orElseThrow().hold();
    node.hardware.detach(node.address(VF), hold);
    var links = node.home.links();
    links.rename(links.require("pf0v3").index(), "other");
    links.rename(links.require("pf0v4").index(), "pf0v3");
    Thread renewing = Thread.ofVirtual().start(() -> node.hardware.renew(node.address(VF), hold));
    eventually("reset", () -> resets() == 1);
    links.rename(links.require("pf0v3").index(), "pf0v4");
    renewing.join();
    assertTrue(node.untouched(VF), node.vf(VF).toString());
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.LinkEvents;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cable of a simulated NIC is pulled out, and what is told of its VFs. */
class CarrierTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final String DOWN = "PF pf0 is administratively down";
  private static final String DARK = "PF pf0 has no carrier";

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final Stack opened = new Stack();
  private Node node;

  @BeforeEach
  void needsRig() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  private void powerOn(Duration glance) {
    Stock.Pace pace = new Stock.Pace(DAY, glance, Duration.ofMinutes(1));
    node = opened.push(new Node(folder, time, pace));
  }

  private void listen() {
    LinkEvents events = opened.push(node.home.links().subscribe());
    Consumer<LinkEvents.Event> heard = node.stock::heard;
    opened.push(new EventWatch<>("link-watch", events::next, heard));
  }

  private void eventually(State state, String reason) {
    Await.until(
        state + " " + reason,
        Duration.ofSeconds(10),
        () ->
            all().stream().allMatch(vf -> vf.getState() == state && vf.getReason().equals(reason)));
  }

  private void eventually(String what, Predicate<VirtualFunction> ofEach) {
    Await.until(what, Duration.ofSeconds(10), () -> all().stream().allMatch(ofEach));
  }

  private List<VirtualFunction> all() {
    return node.stock.catalog().get().getFunctionsList();
  }

  /** Nothing is looked at for a day: only the kernel's word can have told. */
  @Test
  void theKernelTellsOfALossAndOfTheReturn() {
    powerOn(DAY);
    listen();
    eventually(State.FREE, "");
    node.cable.unplug();
    eventually(State.BROKEN, DARK);
    assertEquals(DARK, all().getFirst().getFault());
    node.cable.plug();
    eventually(State.BROKEN, "PF pf0 has carrier again and must keep it for 2000 ms");
    time.advance(Duration.ofSeconds(2));
    eventually(State.FREE, "");
    assertEquals("", all().getFirst().getFault());
  }

  /** The kernel may tell up to a second late. */
  @Test
  void aGlanceFindsWhatNobodyTold() {
    powerOn(Duration.ofMillis(50));
    node.cable.unplug();
    eventually(State.BROKEN, DARK);
    node.cable.plug();
    eventually(State.BROKEN, "PF pf0 has carrier again and must keep it for 2000 ms");
    node.cable.unplug();
    eventually(State.BROKEN, DARK);
    node.cable.plug();
    eventually(State.BROKEN, "PF pf0 has carrier again and must keep it for 4000 ms");
    time.advance(Duration.ofSeconds(4));
    eventually(State.FREE, "");
  }

  /**
   * That is no fault of the cable, and whoever did it may have meant it: it is told, and left as it
   * is. Nothing is looked at for a day.
   */
  @Test
  void aPfThatAnAdministratorSetsDownIsToldApartFromADarkOne() {
    powerOn(DAY);
    listen();
    node.allocate(3, "cnf-1");
    node.reportInUse();
    node.request("c1", node.pod(), "cnf-1");
    node.switchOff();
    eventually("told", vf -> vf.getFault().equals(DOWN));
    assertEquals(State.HELD, node.listed(3).getState());
    assertEquals(DOWN, node.listed(3).getReason());
    assertEquals(State.BROKEN, node.listed(4).getState());
    node.cable.unplug();
    node.cable.plug();
    node.stock.look();
    assertEquals(DOWN, node.listed(4).getReason());
    assertFalse(node.home.links().require("pf0").up(), "the administrator's word counts");
    node.switchOn();
    String soon = "PF pf0 has carrier again and must keep it for 2000 ms";
    eventually("soon", vf -> vf.getFault().equals(soon));
    time.advance(Duration.ofSeconds(2));
    eventually("well", vf -> vf.getFault().isEmpty());
    assertEquals(State.HELD, node.listed(3).getState());
    assertEquals(State.FREE, node.listed(4).getState());
  }

  /** Before anybody has configured it: nothing of it works, and the reason says what to do. */
  @Test
  void aPfThatNobodyHasSetUpIsToldFromTheStart() {
    powerOn(Duration.ofMillis(50));
    node.switchOff();
    node.crash();
    assertEquals(State.BROKEN, all().getFirst().getState());
    assertEquals(DOWN, all().getFirst().getReason());
    node.switchOn();
    eventually(State.BROKEN, "PF pf0 has carrier again and must keep it for 2000 ms");
    time.advance(Duration.ofSeconds(2));
    eventually(State.FREE, "");
  }

  /** Whoever has a VF keeps it; that it cannot work now is told besides. */
  @Test
  void aClaimOutlivesTheLossOfTheLink() {
    powerOn(Duration.ofMillis(50));
    node.allocate(3, "cnf-1");
    node.reportInUse();
    node.request("c1", node.pod(), "cnf-1");
    node.cable.unplug();
    Await.until("told", Duration.ofSeconds(10), () -> node.listed(3).getFault().equals(DARK));
    assertEquals(State.HELD, node.listed(3).getState());
    assertEquals(DARK, node.listed(3).getReason());
    assertEquals("cnf-1", node.listed(3).getOwner().getPodName());
    assertEquals(State.BROKEN, node.listed(4).getState());
    assertTrue(node.ledger.find(node.address(3)).orElseThrow().hold().present());
    node.cable.plug();
    Await.until(
        "again",
        Duration.ofSeconds(10),
        () -> node.listed(3).getFault().startsWith("PF pf0 has carrier again"));
    time.advance(Duration.ofSeconds(2));
    Await.until("well", Duration.ofSeconds(10), () -> node.listed(3).getFault().isEmpty());
    assertEquals(State.HELD, node.listed(3).getState());
  }
}

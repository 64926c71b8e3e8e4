package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.State;
import io.patchbay.api.vf.Use;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Looks of {@link Homecoming} beside what clients ask for meanwhile. */
class HomecomingTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/ptp");
  private static final String CONNECTION = "here-a-c1";

  /** What a look set out to do and has not begun yet. */
  private final Deque<Runnable> underWay = new ArrayDeque<>();

  private ModelNode node;
  private FakeMachine.Vf vf;
  private ModelPod pod;

  @BeforeEach
  void lend() {
    node = new ModelNode(new Random(0), 1);
    vf = node.machine.vfs().iterator().next();
    pod = new ModelPod("p1", NAME, vf, node.reserve(NAME, vf), true);
    node.machine.podStarts(pod.namespace());
    report(List.of(pod.use()));
    request(State.UP);
  }

  @AfterEach
  void powerOff() {
    node.close();
  }

  private void report(List<Use> uses) {
    node.report(uses, false);
  }

  private void request(State state) {
    var unused = node.request(pod, "a-c1", pod.token(), state);
  }

  private void look() {
    node.homecoming.look(node.sessions, underWay::add);
  }

  private void arrive() {
    while (!underWay.isEmpty()) {
      underWay.remove().run();
    }
  }

  private void isInThePod() {
    assertEquals(pod.namespace(), vf.namespace());
    assertTrue(node.sessions.find(CONNECTION).isPresent());
    assertTrue(node.ledger.serves(vf.address, CONNECTION));
  }

  /** Seen while a client that starts over has its VF on the way home. */
  @Test
  void aSessionThatStartsOverBesideALookStays() {
    var begun = node.ledger.sendHome(vf.address, CONNECTION, () -> true);
    assertEquals(Hold.Step.RETURNING, begun.orElseThrow().step());
    look();
    request(State.RESELECT_REQUESTED);
    isInThePod();
    arrive();
    isInThePod();
  }

  @Test
  void aSessionWhoseFunctionIsHomeEnds() {
    node.machine.podEnds(pod.namespace());
    look();
    arrive();
    assertTrue(node.sessions.find(CONNECTION).isEmpty());
    assertTrue(vf.untouched(), vf::toString);
  }

  /** The next hop is told of the end later, by itself: the VF has nothing to do with that. */
  @Test
  void aNextHopThatIsAwayIsNoTroubleOfAFunctionThatIsHome() {
    node.deaf = true;
    node.machine.podEnds(pod.namespace());
    look();
    arrive();
    assertTrue(vf.untouched(), vf::toString);
    assertEquals(Map.of(), node.ledger.troubles().all());
    assertEquals(0, node.ledger.troubles().failures());
  }

  /** It came home by another way than the one that had failed. */
  @Test
  void aFunctionThatIsHomeHasNoTroubles() {
    node.machine.lose(vf.address);
    var begun = node.ledger.sendHome(vf.address, CONNECTION, () -> true);
    assertEquals(Hold.Step.RETURNING, begun.orElseThrow().step());
    look();
    arrive();
    assertEquals(1, node.ledger.troubles().all().size());
    node.ledger.home(vf.address, CONNECTION);
    node.time.advance(Duration.ofMinutes(1));
    look();
    assertEquals(Map.of(), node.ledger.troubles().all());
  }
}

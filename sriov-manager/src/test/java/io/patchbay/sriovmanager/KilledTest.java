package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Use;
import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A VF's whole life, with a kill of the manager at each boundary between two of its acts, be it on
 * the ledger, on the sessions or on the NIC; and what its successor makes of what it finds.
 */
class KilledTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/ptp");
  private static final String CONNECTION = "a-c1";

  /** The most boundaries that a VF's life may have; there are about a hundred. */
  private static final int MOST = 2000;

  private ModelNode node;
  private FakeMachine.Vf vf;
  private ModelPod pod;
  private List<Use> uses = List.of();
  private Catalog first;

  /** After so many boundaries the next successor dies, too. */
  private int again;

  /** Whether a successor has time to look at what it finds before anybody asks it again. */
  private boolean alone;

  @AfterEach
  void powerOff() {
    node.close();
  }

  private void powerOn(long weight, int seed) {
    node = new ModelNode(new Random(seed), weight);
    alone = seed % 2 == 1;
    vf = node.machine.vfs().iterator().next();
    first = node.seen;
  }

  private void admit() {
    pod = new ModelPod("p1", NAME, vf, node.reserve(NAME, vf), true);
    node.machine.podStarts(pod.namespace());
    uses = List.of(pod.use());
  }

  private void request() {
    var unused = node.request(pod, CONNECTION, pod.token());
  }

  private void close() {
    node.sessions.close("here-" + CONNECTION);
  }

  private void endPod() {
    node.machine.podEnds(pod.namespace());
    uses = List.of();
  }

  private void tick() {
    tick(Duration.ofSeconds(1));
  }

  /** The kubelet is asked, and the manager looks. */
  private void tick(Duration later) {
    node.time.advance(later);
    node.report(uses, false);
    node.sendHome();
  }

  private void restart() {
    node.restart(again);
    again = Integer.MAX_VALUE;
    if (alone) {
      try {
        tick();
      } catch (Life.Killed | Failure e) {
        assertTrue(node.life.over(), e::toString);
        node.restart(again);
      }
    }
  }

  /** Does what others want of the manager, again with its successor if it dies of it. */
  private void insist(Runnable act) {
    for (int tries = 0; tries < 9; tries++) {
      try {
        act.run();
        tick();
        return;
      } catch (Life.Killed e) {
        restart();
      } catch (Failure refused) {
        if (node.life.over()) {
          restart();
        } else {
          close(); // and asks again, as clients do
          tick();
        }
      }
    }
    throw new AssertionError("nothing helps: " + node.ledger.claims());
  }

  private void isInThePod(int vlan) {
    assertEquals(pod.namespace(), vf.namespace());
    assertEquals(vlan, vf.settings().vlan(), vf::toString);
    assertTrue(node.ledger.serves(vf.address, "here-" + CONNECTION));
  }

  private void isHome() {
    assertTrue(vf.untouched(), vf::toString);
    assertEquals(Hold.NONE, node.ledger.claims().get(vf.address).hold());
  }

  /** Reserved, held, configured, tagged, attached, tagged anew, home, lent again, home and free. */
  private void live() {
    insist(this::admit);
    node.vlan = 100;
    insist(this::request);
    isInThePod(100);
    node.vlan = 101;
    insist(this::request);
    isInThePod(101);
    insist(this::close);
    isHome();
    insist(this::request);
    isInThePod(101);
    insist(this::endPod);
    insist(this::tick); // long before a token ends
    assertEquals(List.of(), List.copyOf(node.sessions.all()));
    assertTrue(vf.untouched(), vf::toString);
    for (int i = 0; i < 8; i++) {
      insist(() -> tick(Duration.ofMinutes(3)));
    }
    assertEquals(Map.of(), node.ledger.claims());
    assertEquals(List.of(), List.copyOf(node.sessions.all()));
    assertTrue(vf.untouched(), vf::toString);
    assertEquals(
        first.toBuilder().clearVersion().build(), node.seen.toBuilder().clearVersion().build());
    try (Ledger replayed = node.replayed()) {
      assertEquals(Map.of(), replayed.claims());
    }
  }

  /** Kills at each boundary in turn, until one is beyond the last. */
  private void killEverywhere(long weight, int successorsBoundaries) {
    for (int boundary = 0; boundary < MOST; boundary++) {
      for (int seed = 0; seed < 2; seed++) {
        powerOn(weight, seed);
        again = successorsBoundaries;
        node.life.endAfter(boundary);
        Life before = node.life;
        try {
          live();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("killed at boundary " + boundary + ", torn by " + seed, e);
        }
        powerOff();
        if (node.life == before) {
          assertTrue(boundary > 50, "only " + boundary + " boundaries");
          return;
        }
      }
    }
    throw new AssertionError("more than " + MOST + " boundaries");
  }

  @Test
  void atEachBoundaryASuccessorGoesOn() {
    killEverywhere(1, Integer.MAX_VALUE);
  }

  /** Each change of the ledger and of the sessions replaces the whole journal. */
  @Test
  void atEachBoundaryOfCompactionASuccessorGoesOn() {
    killEverywhere(4L << 20, Integer.MAX_VALUE);
  }

  /** The successor is killed while it starts or a few acts later. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 8})
  void aSuccessorThatIsKilledHasOneThatGoesOn(int again) {
    killEverywhere(4L << 20, again);
  }

  /** Nobody's connection is lost because its request was cut short, wherever its VF is by then. */
  @Test
  void atEachBoundaryOfARequestItIsGrantedWhenAskedAgain() {
    for (int boundary = 0; boundary < MOST; boundary++) {
      powerOn(1, 0);
      node.options = new VfOptions(null, null, null, null, null, null, null, 3000);
      admit();
      tick();
      node.life.endAfter(boundary);
      try {
        request();
        assertTrue(boundary > 20, "only " + boundary + " boundaries");
        return;
      } catch (Life.Killed e) {
        node.restart(Integer.MAX_VALUE);
        request();
        isInThePod(node.vlan);
      }
      powerOff();
    }
    throw new AssertionError("more than " + MOST + " boundaries");
  }

  /** Killed when it had begun to close a session of itself, for which nobody will ask again. */
  @Test
  void aSessionThatWasBeingClosedIsClosed() {
    powerOn(1, 0);
    admit();
    tick();
    request();
    node.machine.podEnds(pod.namespace());
    var begun = node.ledger.sendHome(vf.address, "here-" + CONNECTION, () -> true);
    assertEquals(Hold.Step.RETURNING, begun.orElseThrow().step());
    node.restart(Integer.MAX_VALUE);
    node.sendHome();
    isHome();
    assertEquals(List.of(), List.copyOf(node.sessions.all()));
  }

  /** Killed after the ledger knew that it was home, and before its session was forgotten. */
  @Test
  void aSessionWhoseFunctionIsHomeIsClosed() {
    aSessionWhoseFunctionIsHome();
    node.restart(Integer.MAX_VALUE);
    assertEquals(List.of(), List.copyOf(node.sessions.all()));
    node.vlan = 101;
    request();
    isInThePod(101);
  }

  /** Its client asks before anybody else has seen it. */
  @Test
  void aSessionWhoseFunctionIsHomeTouchesItNoMore() {
    aSessionWhoseFunctionIsHome();
    assertEquals(Failure.Kind.CONFLICT, assertThrows(Failure.class, this::request).kind());
    assertTrue(vf.untouched(), vf::toString);
  }

  private void aSessionWhoseFunctionIsHome() {
    powerOn(1, 0);
    admit();
    tick();
    request();
    node.homecoming.comeHome(new Lent(vf.text, node.ledger.claims().get(vf.address).hold(), ""));
  }
}

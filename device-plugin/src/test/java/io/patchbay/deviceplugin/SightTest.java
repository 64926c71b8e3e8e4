package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SightTest {
  private static final String OURS = "example.com/100g";
  private static final String SIBLING = "lab.example.org/100g";

  private static Catalog catalog(State state, String owner) {
    VirtualFunction vf =
        FakeManager.function(0, List.of(OURS, SIBLING)).toBuilder()
            .setState(state)
            .setOwner(Owner.newBuilder().setResourceName(owner))
            .build();
    return Catalog.newBuilder().addFunctions(vf).build();
  }

  /** Defect 5: never unhealthy for accounting reasons while a container of this name has it. */
  @ParameterizedTest
  @CsvSource({
    "FREE,     '',                   false, Healthy",
    "FREE,     '',                   true,  Unhealthy",
    "RESERVED, example.com/100g,     false, Healthy",
    "RESERVED, example.com/100g,     true,  Healthy",
    "RESERVED, lab.example.org/100g, false, Unhealthy",
    "HELD,     example.com/100g,     true,  Healthy",
    "HELD,     lab.example.org/100g, false, Unhealthy",
    "DRAINING, example.com/100g,     false, Unhealthy",
    "BROKEN,   '',                   false, Unhealthy",
  })
  void healthFollowsFromStateAndName(State state, String owner, boolean lost, String wanted) {
    Device device = new Sight(catalog(state, owner), lost).devices(OURS).getFirst();
    assertEquals(wanted, device.getHealth());
    assertEquals("0000:3b:01.0", device.getID());
    assertEquals(1, device.getTopology().getNodes(0).getID());
  }

  /** Not bookkeeping but the truth: the kubelet shows it in the pod's status, and evicts nobody. */
  @ParameterizedTest
  @CsvSource({"BROKEN, ''", "RESERVED, example.com/100g", "HELD, example.com/100g"})
  void aFaultOfTheHardwareIsToldOfEveryFunction(State state, String owner) {
    Catalog.Builder catalog = catalog(state, owner).toBuilder();
    catalog.getFunctionsBuilder(0).setFault("PF ens1 has no carrier");
    Device device = new Sight(catalog.build(), false).devices(OURS).getFirst();
    assertEquals("Unhealthy", device.getHealth());
  }

  @Test
  void anUnknownNumaNodeIsLeftOut() {
    VirtualFunction vf = FakeManager.function(0, List.of(OURS)).toBuilder().setNumaNode(-1).build();
    Sight sight = new Sight(Catalog.newBuilder().addFunctions(vf).build(), false);
    assertFalse(sight.devices(OURS).getFirst().hasTopology());
  }

  /** Its device manager does not know that it is taken. */
  @Test
  void whatAResourceClaimHasIsWithdrawnUnderEveryName() {
    Owner owner =
        Owner.newBuilder()
            .setResourceName(OURS)
            .setPodName("cnf-1")
            .setResourceClaim("default/fast/uid-1")
            .build();
    for (State state : List.of(State.RESERVED, State.HELD)) {
      VirtualFunction vf =
          FakeManager.function(0, List.of(OURS)).toBuilder()
              .setState(state)
              .setOwner(owner)
              .build();
      Sight sight = new Sight(Catalog.newBuilder().addFunctions(vf).build(), false);
      assertEquals("Unhealthy", sight.devices(OURS).getFirst().getHealth());
      assertTrue(sight.inContainers().isEmpty(), "its list need not have it");
    }
  }

  @Test
  void theLastListStandsForFiveSecondsAndAReturnUndoesTheLoss() {
    FakeTime time = new FakeTime();
    Sights sights = new Sights(time);
    Catalog catalog = catalog(State.FREE, "");
    sights.told(catalog);
    sights.lost();
    time.advance(Duration.ofSeconds(3));
    sights.lost();
    time.advance(Duration.ofMillis(1999));
    assertFalse(sights.current().managerLost());
    time.advance(Duration.ofMillis(1));
    assertTrue(sights.current().managerLost());
    sights.told(catalog);
    assertFalse(sights.current().managerLost());
    assertEquals(0, time.pending());
  }

  @Test
  void namesForTheContainerAreAsTheEcosystemWritesThem() {
    assertEquals(
        "PCIDEVICE_LAB_EXAMPLE_ORG_P_T_P", ContainerAnswer.variable("lab.example.org/p-t.p"));
  }
}

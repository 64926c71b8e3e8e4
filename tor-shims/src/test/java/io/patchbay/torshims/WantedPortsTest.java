package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Of what switches tell, what is by the driver. */
class WantedPortsTest {
  private static final String PORT = "Ethernet1";

  private final WantedPorts wanted = new WantedPorts();

  private Set<String> put(int vlan) {
    return wanted.put(Map.of(PORT, new Access(vlan)));
  }

  private boolean explains(int vlan) {
    return wanted.explains(PORT, new PortReading(new Raw("VLAN " + vlan), new Access(vlan)));
  }

  @Test
  void onlyWhatNobodyWantedIsNew() {
    assertEquals(Set.of(PORT), put(10));
    assertEquals(Set.of(), put(20));
  }

  @Test
  void whatIsForgottenIsNobodys() {
    wanted.forget(put(10));
    assertEquals(Set.of(), wanted.keys());
    assertFalse(wanted.has(PORT));
    assertTrue(explains(77));
  }

  @Test
  void whatIsSettledIsNotWhatItWasBefore() {
    put(10);
    put(20);
    wanted.settle(Set.of(PORT, "Ethernet2"));
    assertFalse(explains(10));
    assertTrue(explains(20));
  }

  @Test
  void whatIsUnsettledMayStillBeWhatItWas() {
    put(10);
    put(20);
    assertTrue(explains(10));
    assertTrue(explains(20));
    assertFalse(explains(10));
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VlanNamesTest {
  @Test
  void tellsTheServiceWhereItCan() {
    VlanNames names = new VlanNames(vlan -> Optional.of("myns").filter(its -> vlan == 100));
    assertEquals("patchbay-myns", names.of(100));
    assertEquals("patchbay-200", names.of(200));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a-service-with-quite-a-long-name", "with space", "größer", "a/b", "x\"y"})
  void whatASwitchMayNotTakeIsADigest(String service) {
    String name = VlanNames.tag(service);
    assertTrue(name.matches("patchbay-x[0-9a-f]{16}"), name);
    assertEquals(name, VlanNames.tag(service));
    assertNotEquals(name, VlanNames.tag(service + "2"));
    assertTrue(name.length() <= 32, name);
  }

  @Test
  void namesOfOthersAreNotOurs() {
    assertTrue(VlanNames.isOurs("patchbay-myns"));
    assertFalse(VlanNames.isOurs("patchbay"));
    assertFalse(VlanNames.isOurs("storage"));
    assertFalse(VlanNames.isOurs(""));
  }
}

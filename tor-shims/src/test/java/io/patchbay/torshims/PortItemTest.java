package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.patchbay.torshims.PortItem.Aspect;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PortItemTest {
  @ParameterizedTest
  @EnumSource(Aspect.class)
  void aKeyNamesItsItem(Aspect aspect) {
    for (String port : new String[] {"Ethernet1", "xe-0/0/1", "Ethernet 1/1/1", "mtu", ""}) {
      PortItem item = new PortItem(port, aspect);
      assertEquals(item, PortItem.of(item.key()));
      assertEquals(port, PortItem.port(item.key()));
    }
  }

  /** They share an entry, so each knows of the other. */
  @ParameterizedTest
  @EnumSource(Aspect.class)
  void whatIsBoundHasATwinAndNothingElse(Aspect aspect) {
    PortItem item = new PortItem("Ethernet1", aspect);
    assertEquals(item.isBound(), item.twin().isPresent());
    item.twin()
        .ifPresent(twin -> {
          assertNotEquals(item, twin);
          assertEquals(Optional.of(item), twin.twin());
          String kind = aspect.name().substring(0, 3);
          assertEquals(kind, twin.aspect().name().substring(0, 3));
        });
  }

  /** What is on disk from a time when nothing else was owned. */
  @Test
  void theNameOfAPortIsItsVlans() {
    assertEquals(new PortItem("Ethernet1", Aspect.VLANS), PortItem.of("Ethernet1"));
    assertEquals("Ethernet1", new PortItem("Ethernet1", Aspect.VLANS).key());
    assertEquals("Ethernet1 [mtu]", new PortItem("Ethernet1", Aspect.MTU).key());
  }
}

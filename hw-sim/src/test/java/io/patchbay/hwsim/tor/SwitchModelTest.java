package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.patchbay.hwsim.netconf.Data;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SwitchModelTest {
  private static final String[] VLAN = {"network-instances", "network-instance", "vlans", "vlan"};

  private static Data vlan(String id, String status) {
    return OpenConfig.empty(VLAN)
        .with("vlan-id", id)
        .with(
            OpenConfig.empty("network-instances", "network-instance", "vlans", "vlan", "config")
                .with("vlan-id", id)
                .with("status", status));
  }

  private static Set<Integer> idle(boolean knownVlansOnly) {
    Data vlans =
        OpenConfig.empty("network-instances", "network-instance", "vlans")
            .with(vlan("10", "ACTIVE"))
            .with(vlan("20", "SUSPENDED"));
    Data instance =
        OpenConfig.empty("network-instances", "network-instance")
            .with("name", "default")
            .with(vlans);
    Data config =
        Data.empty(OpenConfig.ROOT).with(OpenConfig.empty("network-instances").with(instance));
    return new SwitchModel(
            List.of(), knownVlansOnly, Set.of(), JsonNodeFactory.instance.objectNode())
        .plan(config)
        .suspended();
  }

  @Test
  void aVlanIsIdleThatIsSuspendedOrUnknownToASwitchThatForwardsKnownOnesOnly() {
    assertEquals(Set.of(20), idle(false));
    Set<Integer> idle = idle(true);
    assertEquals(4093, idle.size());
    assertFalse(idle.contains(10));
    assertTrue(idle.contains(20) && idle.contains(1) && idle.contains(4094));
  }
}

package io.patchbay.deviceplugin.dra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DraConfigTest {
  private static DraConfig read(String driver, String node) {
    return Environment.read(
        DraConfig.class, Map.of("PATCHBAY_DRA_DRIVER", driver, "NODE_NAME", node));
  }

  private static void refused(String words, Runnable call) {
    Failure refused = assertThrows(Failure.class, call::run);
    assertEquals(Failure.Kind.INVALID, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  @Test
  void itIsOffByDefault() {
    DraConfig config = Environment.read(DraConfig.class, Map.of());
    assertEquals(Optional.empty(), config.driver());
    assertEquals("/var/lib/kubelet/plugins", config.pluginsPath().toString());
    assertEquals(Optional.empty(), read("", "").driver());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SRIOV",
        "sriov/vf",
        "sriov..com",
        "-sriov",
        "sriov-",
        "sriov_vf",
        "a23456789.123456789.123456789.123456789.123456789.123456789.1234"
      })
  void aDriverIsADnsName(String name) {
    refused("is not a DNS name", () -> read(name, "node-1"));
  }

  @Test
  void itNeedsItsNodeAndACluster() {
    assertEquals(Optional.of("sriov.example.com"), read("sriov.example.com", "node-1").driver());
    refused("NODE_NAME", () -> read("sriov.example.com", ""));
    refused(
        "KUBERNETES_SERVICE_HOST is empty", () -> read("sriov.example.com", "node-1").cluster());
  }
}

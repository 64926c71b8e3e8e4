package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.patchbay.base.Failure;
import io.patchbay.torshims.ApiServer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ConfigMaps are more than {@link LeaseStoreContractTest} asks for. */
class KubernetesIntentsTest {
  private final ApiServer server = new ApiServer();
  private KubernetesClient client;
  private KubernetesIntents store;

  @BeforeEach
  void start() {
    client = server.client();
    store = store();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private KubernetesIntents store() {
    return new KubernetesIntents(client, "nsm-system", "tor-shim");
  }

  private ConfigMap there(String name) {
    return client.configMaps().inNamespace("nsm-system").withName(name).get();
  }

  private static IntentRecord fresh(String place, Map<String, String> entries) {
    return new IntentRecord(place, "", "writer", entries);
  }

  @ParameterizedTest
  @CsvSource({
    "tor-shim, '', tor-shim.intent",
    "tor-shim, tor-1, tor-shim.intent.tor-1",
    "fabric.west, rack-1.leaf, fabric.west.intent.rack-1.leaf",
    "tor-shim, Tor 1, tor-shim.intent.x-ae5eca1623680811",
    "tor-shim, tor_1, tor-shim.intent.x-372d570dfa1b5eac",
    "tor-shim, -tor, tor-shim.intent.x-b6ca3607f1ecca12",
    "tor-shim, tor., tor-shim.intent.x-3c88aaddaddaad4a",
  })
  void aSwitchHasAConfigMapByItsName(String shim, String place, String name) {
    assertEquals(name, KubernetesIntents.name(shim, place));
  }

  @Test
  void aNameThatIsTooLongIsADigest() {
    String name = KubernetesIntents.name("s".repeat(200), "t".repeat(100));
    assertTrue(name.matches("s{200}\\.intent\\.x-[0-9a-f]{16}"), name);
  }

  @Test
  void itSaysWhoseItIsAndWhatOthersWriteOnItStays() {
    IntentRecord first = store.write(fresh("Tor 1", Map.of("a", "1"))).orElseThrow();
    String name = KubernetesIntents.name("tor-shim", "Tor 1");
    assertEquals(Map.of("patchbay.io/shim", "tor-shim"), there(name).getMetadata().getLabels());
    assertEquals(
        Map.of(
            "patchbay.io/shim", "tor-shim",
            "patchbay.io/switch", "Tor 1",
            "patchbay.io/writer", "writer"),
        there(name).getMetadata().getAnnotations());
    assertEquals(Map.of("entries", "{\"entries\":{\"a\":\"1\"}}"), there(name).getData());
    var unused =
        client
            .configMaps()
            .inNamespace("nsm-system")
            .withName(name)
            .edit(map -> {
              map.getMetadata().getLabels().put("team", "fabric");
              return map;
            });
    assertEquals(Optional.empty(), store.write(first.with(Map.of())));
    IntentRecord read = store.read("Tor 1").orElseThrow();
    assertTrue(store.write(read.with(Map.of("b", "2"))).isPresent());
    assertEquals("fabric", there(name).getMetadata().getLabels().get("team"));
  }

  @Test
  void aConfigMapOfOthersIsLeftAlone() {
    ConfigMap others =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("nsm-system")
            .withName("tor-shim.intent.tor-1")
            .endMetadata()
            .withData(Map.of("entries", "theirs"))
            .build();
    var unused = client.resource(others).create();
    Failure refused = assertThrows(Failure.class, () -> store.read("tor-1"));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertTrue(refused.getMessage().contains("tor-shim.intent.tor-1"), refused.getMessage());
  }

  @Test
  void anApiServerThatIsAwayIsNamed() {
    server.stop();
    Failure away = assertThrows(Failure.class, () -> store.read("tor-1"));
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind());
    assertTrue(
        away.getMessage()
            .startsWith("ConfigMap tor-shim.intent.tor-1 in namespace nsm-system: the API server:"),
        away.getMessage());
  }
}

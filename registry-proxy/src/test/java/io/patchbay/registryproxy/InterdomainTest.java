package io.patchbay.registryproxy;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Changes;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Subscription;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two domains, each with its registry, and the proxy through which the first sees the second. */
class InterdomainTest {
  @TempDir Path folder;
  private final Stack stack = new Stack();
  private Channels channels;
  private Registries near;
  private Registries far;

  @BeforeEach
  void start() throws IOException {
    channels = stack.push(new Channels());
    Files.writeString(folder.resolve("far.yaml"), "name: declared\npayload: ETHERNET\n");
    Url farUrl = registry(Map.of("PATCHBAY_SERVICES_DIR", folder.toString()));
    Map<String, String> settings =
        Map.of("NSM_LISTEN_ON", "tcp://127.0.0.1:0", "PATCHBAY_DOMAINS", "example.com:" + farUrl);
    Url proxyUrl =
        stack
            .push(
                RegistryProxyDaemon.start(
                    Environment.read(RegistryProxyConfig.class, settings), Time.system()))
            .addresses()
            .getFirst();
    far = reach(farUrl);
    // As deployments write it: without a scheme.
    near = reach(registry(Map.of("NSM_PROXY_REGISTRY_URL", proxyUrl.rest())));
  }

  private Url registry(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("NSM_LISTEN_ON", "tcp://127.0.0.1:0");
    RegistryConfig config = Environment.read(RegistryConfig.class, all);
    return stack.push(RegistryDaemon.start(config, Time.system())).addresses().getFirst();
  }

  private Registries reach(Url url) {
    Tokens tokens = Tokens.selfSigned("spiffe://test/nsc", Duration.ofMinutes(10), Time.system());
    return Registries.at(url, channels, tokens, Time.system());
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private static List<String> names(List<NetworkServiceEndpoint> endpoints) {
    return endpoints.stream().map(NetworkServiceEndpoint::getName).toList();
  }

  @Test
  void anEndpointOfAnotherDomainIsFoundWithAllItsNamesTranslated() {
    far.endpoints().register(labelled(endpoint("nse", "tcp://h:1", "myns"), "myns", "app=x"));
    NetworkServiceEndpoint found =
        near.endpoints().find(endpoint("", "", "myns@example.com")).getFirst();
    assertEquals(
        labelled(
            endpoint("nse@example.com", "tcp://h:1", "myns@example.com"),
            "myns@example.com",
            "app=x"),
        found.toBuilder()
            .clearPathIds()
            .clearExpirationTime()
            .clearInitialRegistrationTime()
            .build());
    assertEquals(List.of(), near.endpoints().find(endpoint("", "", "myns")));
  }

  @Test
  void aServiceThatAFolderDeclaresIsFoundFromAnotherDomain() {
    var found = near.services().find(service("declared@example.com")).getFirst();
    assertEquals("declared@example.com", found.getName());
    assertEquals("ETHERNET", found.getPayload());
  }

  @Test
  void registeringAndUnregisteringReachTheOtherDomainOnly() {
    var answer = near.endpoints().register(endpoint("nse@example.com", "tcp://h:1", "x"));
    assertEquals("nse@example.com", answer.getName());
    assertTrue(answer.hasExpirationTime());
    assertEquals(List.of("nse"), names(far.endpoints().find(endpoint("", ""))));
    assertEquals(List.of(), names(near.endpoints().find(endpoint("", ""))));
    near.endpoints().unregister(Kind.ENDPOINTS.named("nse@example.com"));
    assertEquals(List.of(), names(far.endpoints().find(endpoint("", ""))));
  }

  @Test
  void aWatchGoesThroughAllOfThem() {
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    far.endpoints().register(endpoint("a", "tcp://h:1", "x"));
    try (Subscription watch = near.endpoints().watch(endpoint("", "", "x@example.com"), changes)) {
      changes.await("+a@example.com");
      far.endpoints().unregister(Kind.ENDPOINTS.named("a"));
      changes.await("+a@example.com", "-a@example.com");
    }
  }

  @Test
  void anUnknownDomainIsSaidSoWithThoseThatAreKnown() {
    Failure failure =
        assertThrows(Failure.class, () -> near.services().find(service("svc@example.org")));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(
        Failure.text(failure).contains("unknown domain 'example.org'; known here: example.com"),
        Failure.text(failure));
  }

  @Test
  void aRegistryWithoutAProxyKnowsNoOtherDomain() {
    Failure failure =
        assertThrows(Failure.class, () -> far.services().find(service("svc@example.org")));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(Failure.text(failure).contains("known here: none"), Failure.text(failure));
  }
}

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
import org.xbill.DNS.Type;

/** Two domains, each with its registry, and the proxy through which the first sees the second. */
class InterdomainTest {
  @TempDir Path folder;
  private final Stack stack = new Stack();
  private Channels channels;
  private NameServer dns;
  private Url farUrl;
  private Registries near;
  private Registries far;

  @BeforeEach
  void start() throws IOException {
    channels = stack.push(new Channels());
    Files.writeString(folder.resolve("far.yaml"), "name: declared\npayload: ETHERNET\n");
    farUrl = registry(Map.of("PATCHBAY_SERVICES_DIR", folder.toString()));
    dns = stack.push(new NameServer());
    Map<String, String> settings =
        Map.of(
            "NSM_LISTEN_ON",
            "tcp://127.0.0.1:0",
            "PATCHBAY_DOMAINS",
            "example.com:" + farUrl,
            "PATCHBAY_DNS_SERVER",
            dns.url().rest());
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
  void aDomainThatDnsKnowsIsFoundAndReachedThroughItsProxy() {
    far.endpoints().register(endpoint("nse", "tcp://10.1.0.1:5001", "myns"));
    String registry = "registry.nsm-system.my.cluster2";
    dns.with(registry, Type.SRV, "0 50 " + farUrl.port() + " x.")
        .with(registry, Type.A, "127.0.0.1")
        .with("nsmgr-proxy.nsm-system.my.cluster2", Type.SRV, "0 50 5004 x.")
        .with("nsmgr-proxy.nsm-system.my.cluster2", Type.A, "203.0.113.9");
    NetworkServiceEndpoint found =
        near.endpoints().find(endpoint("", "", "myns@my.cluster2")).getFirst();
    assertEquals("nse@my.cluster2", found.getName());
    assertEquals("tcp://203.0.113.9:5004", found.getUrl());
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    try (Subscription watch =
        near.endpoints().watch(endpoint("", "", "myns@my.cluster2"), changes)) {
      changes.await("+nse@my.cluster2");
    }
    assertEquals(
        "declared@my.cluster2",
        near.services().find(service("declared@my.cluster2")).getFirst().getName());
  }

  @Test
  void withoutAProxyTheEndpointsOwnAddressStays() {
    far.endpoints().register(endpoint("nse", "tcp://10.1.0.1:5001", "myns"));
    dns.with("registry.nsm-system.bare", Type.SRV, "0 50 " + farUrl.port() + " x.")
        .with("registry.nsm-system.bare", Type.A, "127.0.0.1");
    for (String domain : List.of("bare", farUrl.rest(), farUrl.toString())) {
      var found = near.endpoints().find(endpoint("", "", "myns@" + domain)).getFirst();
      assertEquals("tcp://10.1.0.1:5001", found.getUrl());
      assertEquals("nse@" + domain, found.getName());
    }
  }

  @Test
  void theDomainIsAllBehindTheFirstAt() {
    dns.with("registry.nsm-system.b@c", Type.SRV, "0 50 " + farUrl.port() + " x.")
        .with("registry.nsm-system.b@c", Type.A, "127.0.0.1");
    far.services().register(service("mine"));
    assertEquals("mine@b@c", near.services().find(service("mine@b@c")).getFirst().getName());
  }

  @Test
  void aNameInAnotherDomainIsItsOwnersToo() {
    near.endpoints().register(endpoint("nse@example.com", "tcp://h:1", "x"));
    Tokens other = Tokens.selfSigned("spiffe://test/other", Duration.ofMinutes(10), Time.system());
    Registries stranger = Registries.at(farUrl, channels, other, Time.system());
    Failure failure =
        assertThrows(
            Failure.class, () -> stranger.endpoints().unregister(Kind.ENDPOINTS.named("nse")));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(Failure.text(failure).contains("no sufficient privileges"), Failure.text(failure));
  }

  @Test
  void aRegistryWithoutAProxyKnowsNoOtherDomain() {
    Failure failure =
        assertThrows(Failure.class, () -> far.services().find(service("svc@example.org")));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(Failure.text(failure).contains("known here: none"), Failure.text(failure));
  }
}

package io.patchbay.registryproxy;

import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.mesh.registry.BadRegistrations;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both daemons as they run, with identities and the policies of the contract. */
@Timeout(120)
class DoorsOfRegistriesTest {
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identities registry = mesh.identities("registry");
  private final Identities proxy = mesh.identities("registry-proxy");

  @AfterEach
  void stop() {
    stack.close();
  }

  private Url registry(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("NSM_LISTEN_ON", "tcp://127.0.0.1:0");
    RegistryConfig config = Environment.read(RegistryConfig.class, all);
    return stack
        .push(RegistryDaemon.start(config, Optional.of(registry), time))
        .addresses()
        .getFirst();
  }

  /** With a registry behind it that would take anything. */
  private Url proxy() {
    Url behind = registry(Map.of("NSM_REGISTRY_SERVER_POLICIES", ""));
    Map<String, String> settings =
        Map.of("NSM_LISTEN_ON", "tcp://127.0.0.1:0", "PATCHBAY_DOMAINS", "example.com:" + behind);
    RegistryProxyConfig config = Environment.read(RegistryProxyConfig.class, settings);
    return stack
        .push(RegistryProxyDaemon.start(config, Optional.of(proxy), time))
        .addresses()
        .getFirst();
  }

  private BadRegistrations bad(Identities daemon, Url url) {
    return new BadRegistrations(mesh, daemon.current().id(), url, time, stack);
  }

  @Test
  void theRegistryAsksItsPolicies() {
    BadRegistrations bad = bad(registry, registry(Map.of()));
    bad.areRefused("a");
    bad.areWorthRefusing("a");
  }

  @Test
  void theProxyAsksItsPolicies() {
    BadRegistrations bad = bad(proxy, proxy());
    bad.areRefused("a@example.com");
    bad.areWorthRefusing("a@example.com");
  }
}

package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract, and what is the memory's own. */
class MemoryRegistryTest extends RegistryContractTest {
  private final Registries registries = Registries.inMemory(time, LIFETIME);

  @Override
  protected Registries registries() {
    return registries;
  }

  @Test
  void nothingIsLeftToExpireOnceAllIsUnregistered() {
    Registry<NetworkServiceEndpoint> endpoints = registries.endpoints();
    endpoints.register(endpoint("nse", "tcp://h:1"));
    endpoints.register(endpoint("nse", "tcp://h:1"));
    assertEquals(1, time.pending());
    endpoints.unregister(Kind.ENDPOINTS.named("nse"));
    assertEquals(0, time.pending());
  }

  @Test
  void aListenerMayEndItsOwnWatch() {
    Registry<NetworkServiceEndpoint> endpoints = registries.endpoints();
    List<Subscription> watch = new ArrayList<>();
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    watch.add(
        endpoints.watch(
            endpoint("", ""),
            change -> {
              changes.accept(change);
              watch.forEach(Subscription::close);
            }));
    endpoints.register(endpoint("a", "tcp://h:1"));
    endpoints.register(endpoint("b", "tcp://h:1"));
    assertEquals(List.of("+a"), changes.told());
  }
}

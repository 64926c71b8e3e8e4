package io.patchbay.nsmgr;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.service;
import static io.patchbay.mesh.registry.Entries.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections end whose service has turned to other endpoints; one watch serves all. */
class KeepMatchingTest extends LinkContractTest {
  /** Counts the watches that are open. */
  private final class Counted implements Registry<NetworkService> {
    private final Registry<NetworkService> inner =
        new MemoryRegistry<>(Kind.SERVICES, time, Duration.ofMinutes(1));
    private final Set<String> open = new TreeSet<>();
    private int number;

    @Override
    public Kind<NetworkService> kind() {
      return inner.kind();
    }

    @Override
    public NetworkService register(NetworkService entry) {
      return inner.register(entry);
    }

    @Override
    public void unregister(NetworkService entry) {
      inner.unregister(entry);
    }

    @Override
    public List<NetworkService> find(NetworkService query) {
      return inner.find(query);
    }

    @Override
    public Subscription watch(NetworkService query, Consumer<Change<NetworkService>> listener) {
      String name = "watch " + number++;
      open.add(name);
      Subscription watch = inner.watch(query, listener);
      return () -> {
        watch.close();
        open.remove(name);
      };
    }
  }

  private final Counted services = new Counted();
  private final Registry<NetworkServiceEndpoint> endpoints =
      new MemoryRegistry<>(Kind.ENDPOINTS, time, Duration.ofMinutes(1));
  private final Sessions sessions = Sessions.inMemory(time);

  @BeforeEach
  void register() {
    services.register(service("svc"));
    endpoints.register(labelled(endpoint("nse", "tcp://h:1", "svc"), "svc", "app=a"));
  }

  @Override
  protected Link link() {
    return new KeepMatching(sessions, new Registries(services, endpoints), time);
  }

  @Override
  protected Set<String> heldOutside() {
    return services.open.isEmpty() ? Set.of() : Set.of("a watch");
  }

  @Override
  protected Connection answer(Call call) {
    return call.connection().toBuilder().setNetworkServiceEndpointName("nse").build();
  }

  private Chain chain() {
    return Chain.of(List.of(sessions, link(), (call, next) -> answer(call)));
  }

  private void serviceSelects(String label) {
    services.register(service("svc", match().addRoutes(to(label)).build()));
    time.advance(Duration.ZERO);
  }

  @Test
  void closesWhatNoLongerMatchesAndNothingElse() {
    Chain chain = chain();
    chain.request(call());
    serviceSelects("app=a");
    assertEquals(1, sessions.all().size());
    serviceSelects("app=b");
    assertEquals(0, sessions.all().size());
    assertEquals(Set.of(), services.open);
  }

  @Test
  void anEndpointThatIsNotRegisteredAnyMoreIsNoReason() {
    chain().request(call());
    endpoints.unregister(endpoint("nse", ""));
    serviceSelects("app=b");
    assertEquals(1, sessions.all().size());
  }

  @Test
  void allConnectionsToAServiceShareOneWatch() {
    Chain chain = chain();
    String first = chain.request(call()).getId();
    String second = chain.request(Connections.call("c2", time)).getId();
    assertTrue(!first.equals(second));
    assertEquals(1, services.open.size());
    sessions.close(first);
    assertEquals(1, services.open.size());
    sessions.close(second);
    assertEquals(0, services.open.size());
  }
}

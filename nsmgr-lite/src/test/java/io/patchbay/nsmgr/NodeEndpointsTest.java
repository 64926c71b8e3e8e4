package io.patchbay.nsmgr;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Changes;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which address an endpoint has, for whom (contracts/nsm.md fact 15). */
class NodeEndpointsTest {
  private static final String US = "tcp://10.0.0.1:5001";
  private static final Duration LIFETIME = Duration.ofMinutes(1);

  private final FakeTime time = new FakeTime();
  private final Domain domain = new Domain();
  private final NodeEndpoints node =
      new NodeEndpoints(
          new MemoryRegistry<>(Kind.ENDPOINTS, time, LIFETIME), domain, Url.parse(US));

  /** The domain's registry, which can be out of reach, or refuse. */
  private final class Domain implements Registry<NetworkServiceEndpoint> {
    private final Registry<NetworkServiceEndpoint> real =
        new MemoryRegistry<>(Kind.ENDPOINTS, time, LIFETIME);
    private Failure.Kind trouble = Failure.Kind.INTERNAL;

    private Registry<NetworkServiceEndpoint> reach() {
      if (trouble != Failure.Kind.INTERNAL) {
        throw new Failure(trouble, "the domain says " + trouble);
      }
      return real;
    }

    @Override
    public Kind<NetworkServiceEndpoint> kind() {
      return Kind.ENDPOINTS;
    }

    @Override
    public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
      return reach().register(entry);
    }

    @Override
    public void unregister(NetworkServiceEndpoint entry) {
      reach().unregister(entry);
    }

    @Override
    public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
      return reach().find(query);
    }

    @Override
    public Subscription watch(
        NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
      return reach().watch(query, listener);
    }
  }

  private static String urls(List<NetworkServiceEndpoint> endpoints) {
    TreeMap<String, String> urls = new TreeMap<>();
    endpoints.forEach(e -> urls.put(e.getName(), e.getUrl()));
    return urls.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "unix:///nse.sock      | tcp://10.0.0.1:5001 | unix:///nse.sock",
        "inode://4/4711        | tcp://10.0.0.1:5001 | inode://4/4711",
        "tcp://127.0.0.1:7000  | tcp://10.0.0.1:5001 | tcp://127.0.0.1:7000",
      })
  void anEndpointIsReachedThroughUsByOthersAndDirectlyFromHere(
      String own, String outside, String here) {
    NetworkServiceEndpoint answer = node.register(endpoint("nse", own, "svc"));
    assertEquals(own, answer.getUrl());
    assertTrue(answer.hasExpirationTime());
    assertEquals("{nse=" + outside + "}", urls(domain.find(endpoint("", ""))));
    assertEquals("{nse=" + here + "}", urls(node.find(endpoint("", "", "svc"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"                  | {far=tcp://10.0.0.2:5001, nse=unix:///nse.sock}",
        "tcp://10.0.0.1:5001   | {nse=unix:///nse.sock}",
        "tcp://10.0.0.2:5001   | {far=tcp://10.0.0.2:5001}",
        "unix:///nse.sock      | {nse=unix:///nse.sock}",
        "10.0.0.               | {far=tcp://10.0.0.2:5001, nse=unix:///nse.sock}",
      })
  void whoAsksForAnAddressMayMeanOursOrTheEndpointsOwn(String wanted, String found) {
    node.register(endpoint("nse", "unix:///nse.sock", "svc"));
    domain.register(endpoint("far", "tcp://10.0.0.2:5001", "svc"));
    domain.register(endpoint("forgotten", US, "svc"));
    assertEquals(found, urls(node.find(endpoint("", wanted, "svc"))));
  }

  @Test
  void theDomainHasAnEndpointForNoLongerThanTheNode() {
    Duration shorter = LIFETIME.dividedBy(6);
    NodeEndpoints brief =
        new NodeEndpoints(
            new MemoryRegistry<>(Kind.ENDPOINTS, time, shorter), domain, Url.parse(US));
    brief.register(endpoint("nse", "unix:///nse.sock", "svc"));
    time.advance(shorter);
    assertEquals("{}", urls(domain.find(endpoint("", ""))));
    assertEquals("{}", urls(brief.find(endpoint("", ""))));
  }

  @Test
  void unregisteringReachesTheDomainAndAnUnknownOneDoesNot() {
    node.register(endpoint("nse", "unix:///nse.sock"));
    domain.register(endpoint("far", "tcp://10.0.0.2:5001"));
    node.unregister(Kind.ENDPOINTS.named("nse"));
    node.unregister(Kind.ENDPOINTS.named("far"));
    assertEquals("{far=tcp://10.0.0.2:5001}", urls(domain.find(endpoint("", ""))));
  }

  @Test
  void withoutTheDomainWhatIsRegisteredHereIsStillFound() {
    domain.trouble = Failure.Kind.UNAVAILABLE;
    NetworkServiceEndpoint forwarder = endpoint("fwd", "unix:///fwd.sock", "forwarder");
    assertThrows(Failure.class, () -> node.register(forwarder));
    assertEquals("{fwd=unix:///fwd.sock}", urls(node.find(endpoint("", US, "forwarder"))));
    assertEquals("{fwd=unix:///fwd.sock}", urls(node.find(endpoint("", "", "forwarder"))));
    Failure failure = assertThrows(Failure.class, () -> node.find(endpoint("", "", "elsewhere")));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
  }

  @Test
  void whatTheDomainRefusesIsNotRegisteredHereEither() {
    domain.trouble = Failure.Kind.DENIED;
    assertThrows(Failure.class, () -> node.register(endpoint("nse", "unix:///nse.sock", "svc")));
    assertEquals("{}", urls(node.find(endpoint("", US, "svc"))));
  }

  @Test
  void aWatchShowsTheSameAsAFind() {
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    domain.register(endpoint("forgotten", US, "svc"));
    try (Subscription watch = node.watch(endpoint("", "", "svc"), changes)) {
      node.register(endpoint("nse", "unix:///nse.sock", "svc"));
      domain.register(endpoint("far", "tcp://10.0.0.2:5001", "svc"));
      changes.await("+nse", "+far");
      domain.unregister(Kind.ENDPOINTS.named("nse"));
      changes.await("+nse", "+far", "-nse");
    }
  }
}

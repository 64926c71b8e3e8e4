package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.mesh.Paths;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every registry owes its callers, wherever it is. Endpoints live a minute in it. */
public abstract class RegistryContractTest {
  protected static final Duration LIFETIME = Duration.ofMinutes(1);
  protected final FakeTime time = new FakeTime();

  /** The registries under test, empty at first. */
  protected abstract Registries registries();

  private Registry<NetworkServiceEndpoint> endpoints() {
    return registries().endpoints();
  }

  private Registry<NetworkService> services() {
    return registries().services();
  }

  private List<String> names(NetworkServiceEndpoint query) {
    return List.copyOf(
        new TreeSet<>(
            endpoints().find(query).stream().map(NetworkServiceEndpoint::getName).toList()));
  }

  private static NetworkServiceEndpoint.Builder query() {
    return NetworkServiceEndpoint.newBuilder();
  }

  @Test
  void findsByWhatTheQuerySays() {
    NetworkServiceEndpoint a =
        endpoints()
            .register(
                labelled(endpoint("nse-a", "tcp://10.0.0.1:5001", "x", "y"), "x", "app=a", "v=1"));
    endpoints().register(labelled(endpoint("nse-b", "tcp://10.0.0.11:5001", "x"), "x", "app=b"));
    endpoints().register(endpoint("other", "unix:///run/other.sock", "y"));

    assertEquals(List.of("nse-a", "nse-b", "other"), names(query().build()));
    assertEquals(List.of("nse-a", "nse-b"), names(query().setName("nse").build()));
    assertEquals(List.of("nse-a"), names(query().setName("nse-a").build()));
    assertEquals(List.of("nse-a", "nse-b"), names(endpoint("", "", "x")));
    assertEquals(List.of("nse-a"), names(endpoint("", "", "y", "x")));
    assertEquals(List.of(), names(endpoint("", "", "x", "z")));
    assertEquals(List.of("nse-a", "nse-b"), names(endpoint("", "10.0.0.1")));
    assertEquals(List.of("nse-a"), names(endpoint("", "tcp://10.0.0.1:5001")));
    assertEquals(List.of("nse-a"), names(labelled(query().build(), "x", "app=a")));
    assertEquals(List.of(), names(labelled(query().build(), "y", "app=a")));
    assertEquals(List.of(), names(labelled(query().build(), "x", "app=a", "v=2")));
    Instant sameSecond = Paths.instant(a.getExpirationTime()).plusMillis(3);
    assertEquals(
        List.of("nse-a", "nse-b", "other"),
        names(query().setExpirationTime(Paths.timestamp(sameSecond)).build()));
    assertEquals(
        List.of(),
        names(query().setExpirationTime(Paths.timestamp(sameSecond.plusSeconds(1))).build()));
  }

  @Test
  void findsServicesByNamePayloadAndMatches() {
    services().register(service("net", match("app=a").build()));
    services().register(service("network").toBuilder().setPayload("ETHERNET").build());

    assertEquals(2, services().find(service("net")).size());
    assertEquals("network", find(service("").toBuilder().setPayload("ETHERNET").build()));
    assertEquals("net", find(service("", match("app=a").build())));
    assertEquals("net", Kind.SERVICES.find(services(), "net").orElseThrow().getName());
    assertTrue(Kind.SERVICES.find(services(), "ne").isEmpty());
  }

  private String find(NetworkService query) {
    List<NetworkService> found = services().find(query);
    assertEquals(1, found.size());
    return found.getFirst().getName();
  }

  @Test
  void aServiceWithoutPayloadCarriesIp() {
    assertEquals("IP", services().register(service("net")).getPayload());
  }

  @Test
  void anEntryWithoutANameIsRefused() {
    Failure failure =
        assertThrows(Failure.class, () -> endpoints().register(endpoint("", "tcp://h:1", "x")));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(Failure.text(failure).contains("endpoint without a name"), Failure.text(failure));
  }

  @Test
  void anExpiryThatHasPassedIsRefused() {
    NetworkServiceEndpoint late =
        endpoint("nse", "tcp://h:1").toBuilder()
            .setExpirationTime(Paths.timestamp(time.now().minusSeconds(1)))
            .build();
    Failure failure = assertThrows(Failure.class, () -> endpoints().register(late));
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  @Test
  void registeringAgainReplaces() {
    endpoints().register(endpoint("nse", "tcp://h:1", "old"));
    endpoints().register(endpoint("nse", "tcp://h:2", "new"));
    assertEquals(List.of(), names(endpoint("", "", "old")));
    assertEquals(List.of("nse"), names(endpoint("", "tcp://h:2", "new")));
  }

  @Test
  void unregisteringTakesOutAndAnUnknownNameIsNoFailure() {
    endpoints().register(endpoint("nse", "tcp://h:1", "x"));
    endpoints().unregister(Kind.ENDPOINTS.named("nse"));
    endpoints().unregister(Kind.ENDPOINTS.named("nse"));
    assertEquals(List.of(), names(endpoint("", "", "x")));
  }

  @Test
  void anEndpointExpiresAfterTheLifetimeUnlessItIsRefreshed() {
    NetworkServiceEndpoint asked = endpoint("nse", "tcp://h:1", "x");
    Instant first = Paths.instant(endpoints().register(asked).getExpirationTime());
    assertEquals(time.now().plus(LIFETIME), first);
    time.advance(LIFETIME.dividedBy(2));
    endpoints().register(asked);
    time.advance(LIFETIME.dividedBy(2));
    assertEquals(List.of("nse"), names(asked));
    time.advance(LIFETIME.dividedBy(2));
    assertEquals(List.of(), names(asked));
  }

  @Test
  void anEndpointMayAskForASoonerExpiryButNotForALaterOne() {
    Instant sooner = time.now().plusSeconds(5);
    Instant later = time.now().plus(LIFETIME.multipliedBy(2));
    assertEquals(sooner, expiryFor(sooner));
    assertEquals(time.now().plus(LIFETIME), expiryFor(later));
  }

  private Instant expiryFor(Instant asked) {
    NetworkServiceEndpoint entry =
        endpoint("nse", "tcp://h:1").toBuilder().setExpirationTime(Paths.timestamp(asked)).build();
    return Paths.instant(endpoints().register(entry).getExpirationTime());
  }

  @Test
  void theTimeOfTheFirstRegistrationSurvivesRefreshes() {
    NetworkServiceEndpoint asked = endpoint("nse", "tcp://h:1");
    var first = endpoints().register(asked).getInitialRegistrationTime();
    assertEquals(time.now(), Paths.instant(first));
    time.advance(Duration.ofSeconds(30));
    assertEquals(first, endpoints().register(asked).getInitialRegistrationTime());
  }

  @Test
  void aWatchTellsWhatIsThereAndThenEachChangeRefreshesIncluded() {
    endpoints().register(endpoint("nse-1", "tcp://h:1", "x"));
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    try (Subscription watch = endpoints().watch(endpoint("", "", "x"), changes)) {
      changes.await("+nse-1");
      endpoints().register(endpoint("nse-2", "tcp://h:2", "x"));
      endpoints().register(endpoint("other", "tcp://h:3", "y"));
      endpoints().register(endpoint("nse-1", "tcp://h:1", "x"));
      endpoints().unregister(Kind.ENDPOINTS.named("nse-2"));
      changes.await("+nse-1", "+nse-2", "+nse-1", "-nse-2");
      time.advance(LIFETIME);
      changes.await("+nse-1", "+nse-2", "+nse-1", "-nse-2", "-nse-1");
    }
  }

  @Test
  void anEntryThatNoLongerFitsTheQueryHasGoneForItsWatcher() {
    endpoints().register(endpoint("nse", "tcp://h:1", "x"));
    Changes<NetworkServiceEndpoint> changes = new Changes<>(Kind.ENDPOINTS);
    try (Subscription watch = endpoints().watch(endpoint("", "", "x"), changes)) {
      changes.await("+nse");
      endpoints().register(endpoint("nse", "tcp://h:1", "y"));
      changes.await("+nse", "-nse");
    }
  }

  @Test
  void aClosedWatchHearsNothingMoreAndOthersGoOn() {
    Changes<NetworkService> ended = new Changes<>(Kind.SERVICES);
    Changes<NetworkService> open = new Changes<>(Kind.SERVICES);
    Subscription first = services().watch(service(""), ended);
    try (Subscription second = services().watch(service(""), open)) {
      services().register(service("a"));
      ended.await("+a");
      first.close();
      first.close();
      services().register(service("b"));
      open.await("+a", "+b");
      assertEquals(List.of("+a"), ended.told());
    }
  }
}

package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.mesh.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A registration over its whole life, on time that stands still. */
class RegistrationTest {
  private static final Duration LIFETIME = Duration.ofMinutes(1);

  /** A registry that can be out of reach, and tells its watchers so. */
  private static final class Shaky<T extends Message> implements Registry<T> {
    private final Registry<T> real;
    private final List<Consumer<Change<T>>> listeners = new ArrayList<>();
    private boolean down;
    private int registered;
    private Optional<T> asked = Optional.empty();

    Shaky(Registry<T> real) {
      this.real = real;
    }

    private void reach() {
      if (down) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "registry out of reach");
      }
    }

    void lose() {
      Failure cause = new Failure(Failure.Kind.UNAVAILABLE, "stream broke");
      listeners.forEach(listener -> listener.accept(new Change.Lost<>(cause)));
    }

    @Override
    public Kind<T> kind() {
      return real.kind();
    }

    @Override
    public T register(T entry) {
      reach();
      registered++;
      asked = Optional.of(entry);
      return real.register(entry);
    }

    @Override
    public void unregister(T entry) {
      reach();
      real.unregister(entry);
    }

    @Override
    public List<T> find(T query) {
      reach();
      return real.find(query);
    }

    @Override
    public Subscription watch(T query, Consumer<Change<T>> listener) {
      listeners.add(listener);
      return real.watch(query, listener);
    }
  }

  private final FakeTime time = new FakeTime();
  private final Registries memory = Registries.inMemory(time, LIFETIME);
  private final Shaky<NetworkService> services = new Shaky<>(memory.services());
  private final Shaky<NetworkServiceEndpoint> endpoints = new Shaky<>(memory.endpoints());
  private final NetworkServiceEndpoint nse = endpoint("nse-1", "unix:///nse.sock", "svc");

  private Registration start() {
    return Registration.start(
        new Registries(services, endpoints), List.of(service("svc")), nse, time);
  }

  private boolean isThere() {
    return Kind.ENDPOINTS.find(memory.endpoints(), "nse-1").isPresent();
  }

  @Test
  void registersServicesAndEndpointAndRefreshesAtTwoThirds() {
    try (Registration registration = start()) {
      assertFalse(registration.registered());
      time.advance(Duration.ZERO);
      assertTrue(registration.registered());
      assertEquals(1, memory.services().find(service("svc")).size());
      time.advance(Duration.ofSeconds(39));
      assertEquals(1, endpoints.registered);
      time.advance(Duration.ofSeconds(1));
      assertEquals(2, endpoints.registered);
      time.advance(LIFETIME.multipliedBy(10));
      assertTrue(isThere());
    }
  }

  @Test
  void triesEverMoreSlowlyUntilTheRegistryIsThere() {
    endpoints.down = true;
    try (Registration registration = start()) {
      time.advance(Duration.ofMinutes(1));
      assertEquals(0, endpoints.registered);
      assertEquals("registry out of reach", Failure.text(registration.problem().orElseThrow()));
      endpoints.down = false;
      time.advance(Duration.ofSeconds(5));
      assertTrue(registration.registered());
      assertTrue(registration.problem().isEmpty());
    }
  }

  @Test
  void registersAgainWhenItsEntryHasGone() {
    try (Registration registration = start()) {
      time.advance(Duration.ZERO);
      memory.endpoints().unregister(nse);
      assertFalse(registration.registered());
      time.advance(Duration.ofMillis(200));
      assertTrue(isThere());
      memory.services().unregister(service("svc"));
      time.advance(Duration.ofMillis(200));
      assertEquals(1, memory.services().find(service("svc")).size());
    }
  }

  @Test
  void anotherEndpointWhoseNameBeginsLikeOursIsNotOurs() {
    try (Registration registration = start()) {
      time.advance(Duration.ZERO);
      memory.endpoints().register(endpoint("nse-10", "tcp://h:1", "svc"));
      memory.endpoints().unregister(Kind.ENDPOINTS.named("nse-10"));
      assertTrue(registration.registered());
    }
  }

  @Test
  void registersAgainWhenTheWatchIsLostOnceHoweverOftenItIsTold() {
    try (Registration registration = start()) {
      time.advance(Duration.ZERO);
      endpoints.lose();
      endpoints.lose();
      services.lose();
      time.advance(Duration.ofSeconds(1));
      assertEquals(2, endpoints.registered);
      assertTrue(registration.registered());
    }
  }

  @Test
  void aServiceThatIsThereKeepsItsMatches() {
    memory.services().register(service("svc", match("app=a").build()));
    try (Registration registration = start()) {
      time.advance(Duration.ZERO);
      assertTrue(registration.registered());
      assertEquals(0, services.registered);
      assertEquals(1, memory.services().find(service("svc")).getFirst().getMatchesCount());
    }
  }

  @Test
  void aServiceThatSomebodyHasRegisteredAlikeIsNotOursToRegister() {
    var like = service("svc", match("app=a").build());
    memory.services().register(like);
    Registries both = new Registries(services, endpoints);
    try (Registration registration = Registration.start(both, List.of(like), nse, time)) {
      time.advance(Duration.ZERO);
      assertTrue(registration.registered());
      assertEquals(0, services.registered);
    }
    var other = service("svc", match("app=b").build());
    try (Registration registration = Registration.start(both, List.of(other), nse, time)) {
      time.advance(Duration.ZERO);
      assertEquals(1, services.registered);
    }
  }

  @Test
  void whenItEndsIsLeftToTheRegistryEachTime() {
    var bounded =
        nse.toBuilder().setExpirationTime(Paths.timestamp(time.now().plusSeconds(30))).build();
    Registries both = new Registries(services, endpoints);
    try (Registration registration = Registration.start(both, List.of(), bounded, time)) {
      time.advance(Duration.ZERO);
      assertFalse(endpoints.asked.orElseThrow().hasExpirationTime());
      time.advance(Duration.ofSeconds(40));
      assertEquals(2, endpoints.registered);
      assertFalse(endpoints.asked.orElseThrow().hasExpirationTime());
      assertTrue(endpoints.asked.orElseThrow().hasInitialRegistrationTime());
    }
  }

  @Test
  void theFirstRegistrationsTimeSurvivesARegistryThatForgets() {
    try (Registration registration = start()) {
      time.advance(Duration.ZERO);
      var first = memory.endpoints().find(nse).getFirst().getInitialRegistrationTime();
      time.advance(Duration.ofSeconds(10));
      memory.endpoints().unregister(nse);
      time.advance(Duration.ofMillis(200));
      assertEquals(first, memory.endpoints().find(nse).getFirst().getInitialRegistrationTime());
      assertTrue(registration.registered());
    }
  }

  @Test
  void closingTakesTheEndpointOutAndNothingComesBack() {
    Registration registration = start();
    time.advance(Duration.ZERO);
    registration.close();
    registration.close();
    time.advance(LIFETIME.multipliedBy(2));
    assertFalse(isThere());
    assertEquals(1, memory.services().find(service("svc")).size());
    assertEquals(1, endpoints.registered);
    assertEquals(0, time.pending());
  }

  @Test
  void closingWithoutTheRegistryLeavesTheEndpointToExpire() {
    Registration registration = start();
    time.advance(Duration.ZERO);
    endpoints.down = true;
    registration.close();
    assertTrue(isThere());
    time.advance(LIFETIME);
    assertFalse(isThere());
  }
}

package io.patchbay.mesh.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Timestamp;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FindEndpointTest extends LinkContractTest {
  private final Registries registries = Registries.inMemory(time, Duration.ofHours(1));
  private final List<Url> asked = new ArrayList<>();
  private final Map<String, Failure> refusing = new HashMap<>();
  private final FindEndpoint link = new FindEndpoint(registries, time);
  private final Chain chain = Chain.of(List.of(Sessions.inMemory(time), link, this::answer));

  @Override
  protected Link link() {
    endpoint("a");
    return link;
  }

  @Override
  protected Set<String> heldOutside() {
    return Set.of();
  }

  private Connection answer(Call call, Handler next) {
    Url target = call.target().orElseThrow();
    asked.add(target);
    Optional.ofNullable(refusing.get(target.toString()))
        .ifPresent(failure -> {
          throw failure;
        });
    return call.connection();
  }

  @BeforeEach
  void register() {
    registries
        .services()
        .register(NetworkService.newBuilder().setName("svc").setPayload("ETHERNET").build());
  }

  private void endpoint(String name) {
    endpoint(name, "tcp://" + name + ":5003");
  }

  private void endpoint(String name, String url) {
    registries.endpoints().register(Entries.endpoint(name, url, "svc"));
  }

  private void refuse(String endpoint, Failure.Kind kind) {
    String url = "tcp://" + endpoint + ":5003";
    refusing.put(url, new Failure(kind, url + " refuses"));
  }

  private Connection request(String id, String endpoint) {
    Call call =
        Connections.call(id, time)
            .edit(connection -> connection.setNetworkServiceEndpointName(endpoint));
    return chain.request(call);
  }

  private Connection again(Connection agreed, Cause cause) {
    Instant deadline = time.now().plus(Duration.ofMinutes(1));
    return chain.request(Call.of(agreed, List.of(), cause, deadline));
  }

  @Test
  void goesRoundTheEndpointsButStaysWithOne() {
    endpoint("a");
    endpoint("b");
    Connection first = request("c1", "");
    Connection second = request("c2", "");
    assertEquals(
        Set.of("a", "b"),
        Set.of(first.getNetworkServiceEndpointName(), second.getNetworkServiceEndpointName()));
    assertEquals("ETHERNET", first.getPayload());
    Connection bare = first.toBuilder().clearNetworkServiceEndpointName().clearPayload().build();
    assertEquals(first, again(bare, new Cause.Refresh()));
    assertEquals(asked.get(0), asked.get(2));
  }

  @Test
  void staysWithoutARegistry() {
    endpoint("a");
    Connection agreed = request("c1", "");
    registries.endpoints().unregister(Entries.endpoint("a", ""));
    registries.services().unregister(Entries.service("svc"));
    assertEquals(agreed, again(agreed, new Cause.Refresh()));
  }

  @Test
  void looksAnewOnlyWhenItsEndpointIsAway() {
    endpoint("a");
    Connection agreed = request("c1", "");
    endpoint("b");
    refuse("a", Failure.Kind.INTERNAL);
    assertThrows(Failure.class, () -> again(agreed, new Cause.Refresh()));
    refuse("a", Failure.Kind.UNAVAILABLE);
    Connection moved = again(agreed, new Cause.Refresh());
    assertEquals("b", moved.getNetworkServiceEndpointName());
    refusing.clear();
    assertEquals("b", again(moved, new Cause.Refresh()).getNetworkServiceEndpointName());
    assertEquals(
        "a", again(moved, new Cause.Heal(true)).getNetworkServiceEndpointName(), "reselected");
  }

  @Test
  void takesTheOneThatIsNamedAndNoOther() {
    endpoint("a");
    endpoint("b");
    Connection agreed = request("c1", "b");
    assertEquals("b", agreed.getNetworkServiceEndpointName());
    assertEquals(List.of(Url.parse("tcp://b:5003")), asked);
    refuse("b", Failure.Kind.UNAVAILABLE);
    assertThrows(Failure.class, () -> again(agreed, new Cause.Refresh()));
    endpoint("b", "tcp://elsewhere:5003");
    assertEquals("b", again(agreed, new Cause.Refresh()).getNetworkServiceEndpointName());
    assertEquals(Url.parse("tcp://elsewhere:5003"), asked.getLast());
  }

  @Test
  void triesTheNextAndTellsTheLastFailure() {
    endpoint("a");
    endpoint("b");
    refuse("a", Failure.Kind.EXHAUSTED);
    assertEquals("b", request("c1", "").getNetworkServiceEndpointName());
    assertEquals("b", request("c2", "").getNetworkServiceEndpointName());
    refuse("b", Failure.Kind.UNAVAILABLE);
    Failure last = assertThrows(Failure.class, () -> request("c3", ""));
    assertEquals(asked.getLast() + " refuses", last.getMessage());
  }

  @Test
  void leavesOutThoseThatHaveExpired() {
    Timestamp soon = Paths.timestamp(time.now().plus(Duration.ofSeconds(1)));
    NetworkServiceEndpoint expiring =
        Entries.endpoint("a", "tcp://a:5003", "svc").toBuilder().setExpirationTime(soon).build();
    FakeTime stopped = new FakeTime();
    Registries forgetful = Registries.inMemory(stopped, Duration.ofHours(1));
    forgetful.services().register(Entries.service("svc"));
    forgetful.endpoints().register(expiring);
    Chain late =
        Chain.of(List.of(Sessions.inMemory(time), new FindEndpoint(forgetful, time), this::answer));
    time.advance(Duration.ofSeconds(2));
    refused(
        "network service 'svc' has no endpoint", () -> late.request(Connections.call("c", time)));
  }

  @Test
  void saysWhatIsMissing() {
    refused("network service 'svc' has no endpoint", () -> request("c1", ""));
    refused("no endpoint 'x' is registered", () -> request("c2", "x"));
    registries.services().unregister(NetworkService.newBuilder().setName("svc").build());
    refused("no network service 'svc' is registered", () -> request("c3", ""));
    registries
        .services()
        .register(Entries.service("svc", Entries.match().addRoutes(Entries.to("app=db")).build()));
    endpoint("a");
    refused(
        "network service 'svc' has no endpoint for a client with these labels;"
            + " its matches allow none of 1",
        () -> request("c4", ""));
  }

  private static void refused(String text, Executable task) {
    Failure failure = assertThrows(Failure.class, task);
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals(text, failure.getMessage());
  }
}

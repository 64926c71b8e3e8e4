package io.patchbay.mesh.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import io.patchbay.mesh.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FindEndpointTest {
  private final FakeTime time = new FakeTime();
  private final Registries registries = Registries.inMemory(time, Duration.ofHours(1));
  private final List<Url> asked = new ArrayList<>();
  private final Set<String> unreachable = new HashSet<>();
  private final Chain chain =
      Chain.of(List.of(Sessions.inMemory(time), new FindEndpoint(registries), this::answer));

  private Connection answer(Call call, io.patchbay.mesh.Handler next) {
    Url target = call.target().orElseThrow();
    asked.add(target);
    if (unreachable.contains(target.toString())) {
      throw new Failure(Failure.Kind.UNAVAILABLE, target + " is away");
    }
    return call.connection();
  }

  @BeforeEach
  void register() {
    registries.services().register(NetworkService.newBuilder().setName("svc").build());
  }

  private void endpoint(String name) {
    registries
        .endpoints()
        .register(
            NetworkServiceEndpoint.newBuilder()
                .setName(name)
                .setUrl("tcp://" + name + ":5003")
                .addNetworkServiceNames("svc")
                .build());
  }

  private Connection request(String id, String endpoint) {
    Call call =
        Connections.call(id, time)
            .edit(connection -> connection.setNetworkServiceEndpointName(endpoint));
    return chain.request(call);
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
    Call refresh = Call.of(first, List.of(), new Cause.Refresh(), time.now());
    assertEquals(
        first.getNetworkServiceEndpointName(),
        chain
            .request(refresh.edit(Connection.Builder::clearNetworkServiceEndpointName))
            .getNetworkServiceEndpointName());
    assertEquals(asked.get(0), asked.get(2));
  }

  @Test
  void takesTheOneThatIsNamed() {
    endpoint("a");
    endpoint("b");
    assertEquals("b", request("c1", "b").getNetworkServiceEndpointName());
    assertEquals(List.of(Url.parse("tcp://b:5003")), asked);
  }

  @Test
  void leavesOutThoseThatCannotBeReached() {
    endpoint("a");
    endpoint("b");
    unreachable.add("tcp://a:5003");
    assertEquals("b", request("c1", "").getNetworkServiceEndpointName());
    unreachable.add("tcp://b:5003");
    assertEquals(
        Failure.Kind.UNAVAILABLE, assertThrows(Failure.class, () -> request("c2", "")).kind());
  }

  @Test
  void saysWhatIsMissing() {
    refused("no endpoint for this client", () -> request("c1", ""));
    refused("no endpoint 'x'", () -> request("c2", "x"));
    registries.services().unregister(NetworkService.newBuilder().setName("svc").build());
    refused("no network service 'svc'", () -> request("c3", ""));
  }

  private static void refused(String words, org.junit.jupiter.api.function.Executable task) {
    Failure failure = assertThrows(Failure.class, task);
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }
}

package io.patchbay.nsmgr;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.metadata;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who does the work, and in which order they are asked. */
class PickForwarderTest extends LinkContractTest {
  private static final String MANAGER = "tcp://10.0.0.1:5001";

  private final Registry<NetworkService> services =
      new MemoryRegistry<>(Kind.SERVICES, time, Duration.ofHours(1));
  private final Registry<NetworkServiceEndpoint> endpoints =
      new MemoryRegistry<>(Kind.ENDPOINTS, time, Duration.ofHours(1));
  private final List<String> asked = new ArrayList<>();
  private final Set<String> broken = new HashSet<>();

  @BeforeEach
  void register() {
    services.register(service("svc"));
    register("soft-1", MANAGER + "/1", "p2p=true");
    register("soft-2", MANAGER + "/2", "p2p=true");
    register("hard", MANAGER + "/3", "p2p=true", "sriov=true");
    register("elsewhere", "tcp://10.0.0.2:5001", "p2p=true");
  }

  private void register(String name, String url, String... labels) {
    endpoints.register(labelled(endpoint(name, url, "forwarder"), "forwarder", labels));
  }

  /** With the link before it, without which it cannot be. */
  @Override
  protected Link link() {
    Link find = new FindService(services);
    Link pick = new PickForwarder(endpoints, "forwarder", Url.parse(MANAGER));
    return (call, next) -> find.request(call, found -> pick.request(found, next));
  }

  @Override
  protected Set<String> heldOutside() {
    return Set.of();
  }

  private final Chain chain =
      Chain.of(List.of(Sessions.inMemory(time), link(), (call, next) -> forwarder(call, next)));

  private Connection forwarder(Call call, Handler next) {
    String url = call.target().orElseThrow().toString();
    asked.add(url.substring(url.lastIndexOf('/') + 1));
    if (broken.contains(asked.getLast())) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "forwarder " + asked.getLast() + " is down");
    }
    return call.connection();
  }

  @Test
  void triesTheNextOneWhenTheFirstFailsAndStaysWithWhoAgreed() {
    broken.add("1");
    chain.request(call());
    assertEquals(List.of("1", "2"), asked);
    broken.clear();
    asked.clear();
    chain.request(call());
    assertEquals(List.of("2"), asked);
  }

  @Test
  void aForwarderThatHasLeftIsReplaced() {
    chain.request(call());
    endpoints.unregister(Kind.ENDPOINTS.named("soft-1"));
    asked.clear();
    chain.request(call());
    assertEquals(List.of("2"), asked);
  }

  @Test
  void beginsWithTheOneThatThePathNames() {
    Call call =
        call()
            .edit(edited ->
                edited.setPath(
                    edited.getPath().toBuilder()
                        .addPathSegments(PathSegment.newBuilder().setName("soft-2"))));
    chain.request(call);
    assertEquals(List.of("2"), asked);
  }

  @Test
  void hardwareIsForForwardersOfHardwareAndForNobodyElse() {
    chain.request(call().edit(edited -> edited.putLabels("sriovToken", "example.com/100g")));
    assertEquals(List.of("3"), asked);
    asked.clear();
    Mechanism mechanism = Mechanism.newBuilder().putParameters("tokenID", "nonce").build();
    Call other = io.patchbay.mesh.Connections.call("c2", time).preferring(List.of(mechanism));
    chain.request(other);
    assertEquals(List.of("3"), asked);
    asked.clear();
    broken.addAll(Set.of("1", "2"));
    Call third = io.patchbay.mesh.Connections.call("c3", time);
    Failure failure = assertThrows(Failure.class, () -> chain.request(third));
    assertEquals(List.of("1", "2"), asked);
    assertEquals("forwarder 1 is down; then forwarder 2 is down", failure.getMessage());
  }

  @Test
  void withoutAFittingForwarderItSaysWhichThereAre() {
    endpoints.unregister(Kind.ENDPOINTS.named("hard"));
    Failure failure =
        assertThrows(
            Failure.class,
            () -> chain.request(call().edit(edited -> edited.putLabels("sriovToken", "x/y"))));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains("soft-1, soft-2"), Failure.text(failure));
  }

  @Test
  void aServicesMatchesDecideToo() {
    register("soft-3", MANAGER + "/4", "p2p=true", "qos=true");
    services.register(service("svc", match().setMetadata(metadata("qos=true")).build()));
    chain.request(call());
    assertEquals(List.of("4"), asked);
  }
}

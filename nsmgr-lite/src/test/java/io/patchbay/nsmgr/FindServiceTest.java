package io.patchbay.nsmgr;

import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which services are let through, and what is said of them. */
class FindServiceTest extends LinkContractTest {
  private final Registry<NetworkService> services =
      new MemoryRegistry<>(Kind.SERVICES, time, Duration.ofMinutes(1));

  @BeforeEach
  void register() {
    services.register(service("svc").toBuilder().setPayload("ETHERNET").build());
    services.register(service("svc-2"));
  }

  @Override
  protected Link link() {
    return new FindService(services);
  }

  @Override
  protected Set<String> heldOutside() {
    return Set.of();
  }

  private Connection request(Call call) {
    return Chain.of(List.of(Sessions.inMemory(time), link(), (last, next) -> last.connection()))
        .request(call);
  }

  private Call asking(String name, String payload) {
    return call().edit(edited -> edited.setNetworkService(name).setPayload(payload));
  }

  private Failure refused(Call call) {
    return assertThrows(Failure.class, () -> request(call));
  }

  @Test
  void saysWhatTheServiceCarries() {
    assertEquals("ETHERNET", request(asking("svc", "")).getPayload());
    assertEquals("ETHERNET", request(asking("svc", "ETHERNET")).getPayload());
    assertEquals("IP", request(asking("svc-2", "")).getPayload());
  }

  @Test
  void aServiceThatDoesNotExistIsNotFoundThoughOthersBeginLikeIt() {
    Failure failure = refused(asking("sv", ""));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals("no network service 'sv' is registered", failure.getMessage());
  }

  @Test
  void anotherPayloadThanTheServicesIsRefused() {
    Failure failure = refused(asking("svc", "IP"));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertEquals("network service 'svc' carries ETHERNET, not IP", failure.getMessage());
  }

  @Test
  void aConnectionToNowhereIsRefused() {
    assertEquals(Failure.Kind.INVALID, refused(asking("", "")).kind());
  }
}

package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Tokens;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a real socket: client, server, and a registry in memory behind it. */
class RemoteRegistryTest extends RegistryContractTest {
  @TempDir Path folder;
  private final Stack stack = new Stack();
  private Url url;
  private Channels channels;
  private GrpcServer server;
  private Registries behind;
  private Registries remote;

  @BeforeEach
  void start() {
    url = Url.parse("unix://" + folder.resolve("registry.sock"));
    channels = stack.push(new Channels());
    behind = Registries.inMemory(time, LIFETIME);
    server = serve(behind);
    remote = reach(Duration.ofMinutes(10));
  }

  private GrpcServer serve(Registries registries) {
    return stack.push(
        GrpcServer.start(List.of(url), RegistryServer.of(registries, tokens("registry"), time)));
  }

  private Tokens tokens(String who) {
    return Tokens.selfSigned("spiffe://test/" + who, Duration.ofMinutes(10), time);
  }

  private Registries reach(Duration tokenLifetime) {
    Tokens tokens = Tokens.selfSigned("spiffe://test/client", tokenLifetime, time);
    return Registries.at(url, channels, tokens, time);
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  @Override
  protected Registries registries() {
    return remote;
  }

  @Test
  void aRegistrationLastsNoLongerThanTheCallersToken() {
    NetworkServiceEndpoint answer =
        reach(Duration.ofSeconds(15)).endpoints().register(endpoint("nse", "tcp://h:1"));
    assertEquals(time.now().plusSeconds(15), Paths.instant(answer.getExpirationTime()));
  }

  @Test
  void aRegistryThatIsGoneIsNamed() {
    server.close();
    Failure failure =
        assertThrows(Failure.class, () -> remote.endpoints().register(endpoint("nse", "tcp://h")));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains(url.toString()), Failure.text(failure));
  }

  @Test
  void aWatchSaysThatTheRegistryIsLostAndComesBackWithIt() {
    behind.services().register(service("before"));
    Changes<NetworkService> changes = new Changes<>(Kind.SERVICES);
    try (Subscription watch = remote.services().watch(service(""), changes)) {
      changes.await("+before");
      server.close();
      changes.awaitAny("?");
      Registries fresh = Registries.inMemory(time, LIFETIME);
      fresh.services().register(service("after"));
      server = serve(fresh);
      Await.until(
          "the watch is back",
          Duration.ofSeconds(20),
          () -> {
            time.advance(Duration.ofSeconds(5));
            return changes.told().contains("+after");
          });
    }
  }

  @Test
  void aClosedWatchDoesNotComeBack() {
    Changes<NetworkService> changes = new Changes<>(Kind.SERVICES);
    Subscription watch = remote.services().watch(service(""), changes);
    behind.services().register(service("a"));
    changes.await("+a");
    watch.close();
    server.close();
    assertEquals(0, time.pending());
    assertEquals(List.of("+a"), changes.told());
  }

  @Test
  void aWatchOfALostRegistryFailsForWhoWatchesThroughUs() {
    Url door = Url.parse("unix://" + folder.resolve("door.sock"));
    stack.push(GrpcServer.start(List.of(door), RegistryServer.of(remote, tokens("door"), time)));
    Tokens tokens = Tokens.selfSigned("spiffe://test/far", Duration.ofMinutes(10), time);
    Changes<NetworkService> changes = new Changes<>(Kind.SERVICES);
    Registries far = Registries.at(door, channels, tokens, time);
    try (Subscription watch = far.services().watch(service(""), changes)) {
      behind.services().register(service("a"));
      changes.await("+a");
      server.close();
      changes.await("+a", "?");
    }
  }
}

package io.patchbay.mesh.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Access;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that asks its policies, over mutual TLS. */
class RegistryPoliciesTest {
  private static final Duration LIFETIME = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identities alice = mesh.identities("alice");
  private Registries here;
  private Url url;

  @BeforeEach
  void start() {
    Identities registry = mesh.identities("registry");
    PolicyFiles files = stack.push(new PolicyFiles(folder, Optional.empty(), time));
    here = Registries.inMemory(time, Duration.ofMinutes(1));
    url = Url.parse("unix://" + folder.resolve("registry.sock"));
    List<String> patterns = List.of(PolicyFiles.REGISTRY_SERVER.split(","));
    stack.push(
        GrpcServer.start(
            List.of(url),
            RegistryServer.of(
                here,
                Tokens.of(registry, LIFETIME, time),
                files.find(Access.Kind.REGISTRY, patterns),
                time),
            Optional.of(registry.security())));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private Registry<NetworkService> as(Identities identities, Tokens tokens) {
    Channels channels = stack.push(new Channels(Optional.of(identities.security())));
    return Registries.at(url, channels, tokens, time).services();
  }

  private Registry<NetworkService> as(Identities identities) {
    return as(identities, Tokens.of(identities, LIFETIME, time));
  }

  private static NetworkService service(String payload) {
    return NetworkService.newBuilder().setName("svc").setPayload(payload).build();
  }

  private static void denied(Runnable call) {
    Failure failure = assertThrows(Failure.class, call::run);
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(Failure.text(failure).contains("no sufficient privileges"), Failure.text(failure));
  }

  @Test
  void aNameIsWhoseWhoRegisteredItFirst() {
    Identities mallory = mesh.identities("mallory");
    var unused = as(alice).register(service("IP"));
    unused = as(alice).register(service("ETHERNET"));
    denied(() -> as(mallory).register(service("IP")));
    denied(() -> as(mallory).unregister(service("")));
    assertEquals("ETHERNET", here.services().find(service("")).getFirst().getPayload());
    as(alice).unregister(service(""));
    assertEquals(List.of(), here.services().find(service("")));
  }

  @Test
  void aTokenThatThePeerHasNotSignedIsRefused() {
    Tokens forged = Tokens.selfSigned(alice.current().id(), LIFETIME, time);
    denied(() -> as(mesh.identities("mallory"), forged).register(service("IP")));
    denied(() -> as(alice, forged).register(service("IP")));
    assertEquals(List.of(), here.services().find(service("")));
  }

  private Registry<NetworkService> checking(Url at) {
    PolicyFiles files = stack.push(new PolicyFiles(folder, Optional.empty(), time));
    Channels channels = stack.push(new Channels(Optional.of(alice.security())));
    List<String> patterns = List.of(PolicyFiles.REGISTRY_CLIENT.split(","));
    return Registries.at(
            at,
            channels,
            Tokens.of(alice, LIFETIME, time),
            files.find(Access.Kind.REGISTRY, patterns),
            time)
        .services();
  }

  @Test
  void anAnswerThatTheRegistryHasSignedIsTaken() {
    assertEquals("IP", checking(url).register(service("IP")).getPayload());
    checking(url).unregister(service(""));
    assertEquals(List.of(), here.services().find(service("")));
  }

  @Test
  void anAnswerThatTheRegistryHasNotSignedIsRefusedAndTakenBack() {
    Identities registry = mesh.identities("registry");
    Url at = Url.parse("unix://" + folder.resolve("odd.sock"));
    Tokens forged = Tokens.selfSigned(registry.current().id(), LIFETIME, time);
    stack.push(
        GrpcServer.start(
            List.of(at), RegistryServer.of(here, forged, time), Optional.of(registry.security())));
    denied(() -> checking(at).register(service("IP")));
    assertEquals(List.of(), here.services().find(service("")));
  }
}

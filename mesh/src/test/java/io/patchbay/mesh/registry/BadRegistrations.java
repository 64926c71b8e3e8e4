package io.patchbay.mesh.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.sockets.Channels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Registrations that no registry with the policies of the contract may take (contracts/nsm.md 4.2),
 * sent over mutual TLS as a caller or a hop on the way would send them. To be tried at each daemon
 * that is a registry: the policies themselves are tested elsewhere, but a daemon may forget them.
 */
public final class BadRegistrations {
  private static final List<String> REGISTRIES =
      List.of("/registry.NetworkServiceRegistry/", "/registry.NetworkServiceEndpointRegistry/");

  private final Signed mesh;
  private final String registry;
  private final Url url;
  private final Time time;
  private final Stack stack;
  private final Identities alice;
  private final Identities mallory;
  private final Identities manager;

  /**
   * @param registry the SPIFFE ID of the daemon
   * @param stack closes the channels
   */
  public BadRegistrations(Signed mesh, String registry, Url url, Time time, Stack stack) {
    this.mesh = mesh;
    this.registry = registry;
    this.url = url;
    this.time = time;
    this.stack = stack;
    alice = mesh.identities("alice");
    mallory = mesh.identities("mallory");
    manager = mesh.identities("manager");
  }

  /** A call that should fail: who is at the other end of the TLS connection, and what it sends. */
  private record Attempt(Identities peer, List<String> tokens, String path) {}

  private Map<String, Attempt> attempts() {
    long past = time.now().getEpochSecond() - 1;
    List<String> here = List.of(registry);
    String good = mesh.token(alice.current(), Map.of("aud", here));
    String ended = mesh.token(alice.current(), Map.of("aud", here, "exp", past));
    String forged = mesh.token(mallory.current(), Map.of("aud", here, "sub", alice.current().id()));
    String elsewhere = mesh.token(alice.current(), mallory.current());
    Map<String, Attempt> all = new LinkedHashMap<>();
    all.put("no token", direct(alice));
    all.put("two tokens", direct(alice, good, good));
    all.put("no JWT", direct(alice, "no.jwt.this"));
    all.put("an ended token", direct(alice, ended));
    all.put("signed again, by the signer", direct(mallory, forged));
    all.put("signed again, by its subject", direct(alice, forged));
    all.put("somebody else's token", direct(mallory, good));
    all.put("for somebody else", direct(alice, elsewhere));
    String managers = manager.current().id();
    all.put("the first token has ended", passedOn(Map.of("aud", List.of(managers), "exp", past)));
    all.put("the first token is for another hop", passedOn(Map.of("aud", here)));
    all.put("the first token names nobody", passedOn(Map.of("aud", List.of(managers), "sub", "-")));
    return all;
  }

  private static Attempt direct(Identities peer, String... tokens) {
    return new Attempt(peer, List.of(tokens), "{\"Index\":0,\"PathSegments\":null}");
  }

  /** A manager passes on what alice has sent to it. */
  private Attempt passedOn(Map<String, Object> alices) {
    String own = mesh.token(manager.current(), Map.of("aud", List.of(registry)));
    String path =
        Stream.of(mesh.token(alice.current(), alices), own)
            .map("{\"token\":\"%s\"}"::formatted)
            .collect(Collectors.joining(",", "{\"Index\":1,\"PathSegments\":[", "]}"));
    return new Attempt(manager, List.of(own), path);
  }

  /** All of them, each at both registries; nothing under the name may be there afterwards. */
  public void areRefused(String name) {
    List<String> taken = new ArrayList<>();
    attempts()
        .forEach((what, attempt) -> {
          for (String method : List.of("Register", "Unregister")) {
            for (String service : REGISTRIES) {
              try {
                call(attempt, service + method, name);
                taken.add(service + method + ": " + what);
              } catch (StatusRuntimeException e) {
                refusal(e, what);
              }
            }
          }
        });
    assertEquals(List.of(), taken);
    assertEquals(List.of(), services(name));
    assertEquals(List.of(), endpoints(name));
  }

  /** What is right is taken, and is then nobody else's. */
  public void areWorthRefusing(String name) {
    Attempt good = passedOn(Map.of("aud", List.of(manager.current().id())));
    String other = mesh.token(mallory.current(), Map.of("aud", List.of(registry)));
    for (String service : REGISTRIES) {
      call(good, service + "Register", name);
      for (String method : List.of("Register", "Unregister")) {
        refusal(
            assertThrows(
                StatusRuntimeException.class,
                () -> call(direct(mallory, other), service + method, name)),
            "somebody else's name");
      }
    }
    assertEquals(1, services(name).size());
    assertEquals(1, endpoints(name).size());
    for (String service : REGISTRIES) {
      call(good, service + "Unregister", name);
    }
    assertEquals(List.of(), endpoints(name));
  }

  private static void refusal(StatusRuntimeException e, String what) {
    assertEquals(Status.Code.PERMISSION_DENIED, e.getStatus().getCode(), what + ": " + e);
    String text = String.valueOf(e.getStatus().getDescription());
    assertTrue(text.startsWith("no sufficient privileges"), what + ": " + text);
  }

  private void call(Attempt attempt, String method, String name) {
    RawPeer peer = new RawPeer(channels(attempt.peer()).to(url));
    peer.with("path", attempt.path());
    for (String token : attempt.tokens()) {
      peer.with("nsm-client-token", token)
          .with("nsm-client-token-expires", time.now().plusSeconds(60).toString());
    }
    peer.call(method.substring(1), RawPeer.text(1, name), RawPeer.text(4, "tcp://127.0.0.1:9"));
  }

  private Channels channels(Identities peer) {
    return stack.push(new Channels(Optional.of(peer.security())));
  }

  private Registries registries() {
    Tokens tokens = Tokens.of(alice, Duration.ofMinutes(10), time);
    return Registries.at(url, channels(alice), tokens, time);
  }

  private List<NetworkService> services(String name) {
    return registries().services().find(Kind.SERVICES.named(name));
  }

  private List<NetworkServiceEndpoint> endpoints(String name) {
    return registries().endpoints().find(Kind.ENDPOINTS.named(name));
  }
}

package io.patchbay.mesh.registry;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Channels;
import java.time.Duration;

/** The two registries that go together. */
public record Registries(
    Registry<NetworkService> services, Registry<NetworkServiceEndpoint> endpoints) {

  /** Registries on a server without TLS, which can prove nothing. */
  public static Registries at(Url url, Channels channels, Tokens tokens, Time time) {
    return at(url, channels, tokens, Policies.NONE, time);
  }

  /**
   * The registries that somebody serves at an address. Nothing is dialled yet.
   *
   * @param policies what the answer to a registration must satisfy
   */
  public static Registries at(
      Url url, Channels channels, Tokens tokens, Policies policies, Time time) {
    return new Registries(
        new RemoteRegistry<>(Kind.SERVICES, url, channels, tokens, policies, time),
        new RemoteRegistry<>(Kind.ENDPOINTS, url, channels, tokens, policies, time));
  }

  /**
   * These registries, for somebody who asks them the same again and again: see {@link
   * WatchedRegistry}.
   *
   * @param owner closes the watches
   */
  public Registries watched(Stack owner, Time time) {
    return new Registries(
        owner.push(new WatchedRegistry<>(services, time)),
        owner.push(new WatchedRegistry<>(endpoints, time)));
  }

  /**
   * Registries of this process, empty.
   *
   * @param lifetime how long an endpoint stays that is not registered again
   */
  public static Registries inMemory(Time time, Duration lifetime) {
    return new Registries(
        new MemoryRegistry<>(Kind.SERVICES, time, lifetime),
        new MemoryRegistry<>(Kind.ENDPOINTS, time, lifetime));
  }
}

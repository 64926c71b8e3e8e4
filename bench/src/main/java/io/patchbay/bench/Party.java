package io.patchbay.bench;

import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.KnownTokens;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.TransportSecurity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Somebody who takes part: what a daemon makes of having an identity, or of having none. */
final class Party implements AutoCloseable {
  private static final String DOMAIN = "k8s.nsm";
  private static final Duration LIFETIME = Duration.ofHours(1);

  /** What {@code NSM_MAX_TOKEN_LIFETIME} is when it is not set. */
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(10);

  /** Makes parties that know each other. */
  @FunctionalInterface
  interface Maker {
    Party make(String name, Time time);
  }

  private final Stack opened = new Stack();
  private final String name;
  private final Time time;
  private final Optional<TransportSecurity> security;
  private final Tokens tokens;
  private final PolicyFiles files;
  private final boolean asked;
  private final Channels channels;

  private Party(String name, Optional<Identities> identities, Time time) {
    this.name = name;
    this.time = time;
    this.security = identities.map(Identities::security);
    this.tokens = Tokens.of(identities, "spiffe://" + DOMAIN + "/" + name, TOKEN_LIFETIME, time);
    this.files = opened.push(new PolicyFiles(Path.of(""), Optional.empty(), time));
    this.asked = identities.isPresent();
    this.channels = opened.push(new Channels(security));
  }

  /** With mutual TLS and the default policies; all of one authority. */
  static Maker known(Time time) {
    Authority authority = Authority.make(DOMAIN, LIFETIME, time);
    return (name, clock) -> {
      SpiffeId id = new SpiffeId(DOMAIN, "/ns/bench/pod/" + name);
      return new Party(
          name,
          Optional.of(new Identities(authority.issue(id, LIFETIME, clock), authority.bundles())),
          clock);
    };
  }

  /** Without TLS, and without policies, for nobody could prove anything. */
  static Maker nameless() {
    return (name, time) -> new Party(name, Optional.empty(), time);
  }

  String name() {
    return name;
  }

  Tokens tokens() {
    return tokens;
  }

  Optional<TransportSecurity> security() {
    return security;
  }

  Dial dial() {
    return new Dial(channels, tokens, time);
  }

  /** For what arrives. */
  Policies requests() {
    return asked ? files.server() : Policies.NONE;
  }

  /** For answers. */
  Policies answers() {
    return asked ? files.client() : Policies.NONE;
  }

  KnownTokens known() {
    return files.known();
  }

  @Override
  public void close() {
    opened.close();
  }
}

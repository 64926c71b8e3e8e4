package io.patchbay.mesh.policy;

import io.patchbay.base.Failure;
import io.patchbay.mesh.identity.SpiffeId;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Upstream's policies, each known by the file that it has there (contracts/nsm.md 4.1 and 4.2).
 * Where ours says more than upstream's: a token must be the peer's also by the name in it, since
 * names are what ownership goes by, and anybody can sign any name.
 */
final class NativePolicies {
  /** Where upstream's files are. */
  static final String FOLDER = "etc/nsm/opa/";

  /** A name in a refusal: a peer may claim to be called anything. */
  private static final int NAME_MAX = 200;

  private final KnownTokens known;
  private final Map<String, Policy> byFile = new LinkedHashMap<>();

  NativePolicies(KnownTokens known) {
    this.known = known;
    add("common/tokens_valid.rego", this::readable);
    add("common/tokens_expired.rego", this::alive);
    add("common/tokens_chained.rego", this::chained);
    add("server/prev_token_signed.rego", access -> signed(access, access.index() - 1));
    add("client/next_token_signed.rego", access -> signed(access, access.index() + 1));
    add("registry/client_allowed.rego", NativePolicies::owned);
    add(PolicyFiles.OWN_CONNECTIONS, NativePolicies::watched);
  }

  /** All of them, by the path of upstream's file. */
  Map<String, Policy> byFile() {
    return byFile;
  }

  private interface Rule {
    Optional<String> objection(Access access);
  }

  private record Native(String name, Rule rule) implements Policy {
    @Override
    public Optional<String> objection(Access access) {
      return rule.objection(access);
    }
  }

  private void add(String file, Rule rule) {
    byFile.put(FOLDER + file, new Native(file, rule));
  }

  private Optional<String> readable(Access access) {
    List<String> tokens = access.tokens();
    for (int i = 0; i < tokens.size(); i++) {
      if (known.read(tokens.get(i)).isEmpty()) {
        return Optional.of("segment " + i + " of the path has no token that can be read");
      }
    }
    return Optional.empty();
  }

  private Optional<String> alive(Access access) {
    List<String> tokens = access.tokens();
    for (int i = access.aliveFrom(); i < tokens.size(); i++) {
      if (known.read(tokens.get(i)).filter(known::isAlive).isEmpty()) {
        return Optional.of("the token of segment " + i + " of the path has ended");
      }
    }
    return Optional.empty();
  }

  private Optional<String> chained(Access access) {
    List<String> tokens = access.tokens();
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Optional<String> next = known.read(tokens.get(i + 1)).flatMap(Jwt::subject);
      Optional<Jwt> token = known.read(tokens.get(i));
      if (next.isEmpty() || token.filter(jwt -> jwt.isFor(next.get())).isEmpty()) {
        return Optional.of(
            "the token of segment %d of the path is not meant for '%s', who has the next one"
                .formatted(i, cut(next.orElse(""))));
      }
    }
    return Optional.empty();
  }

  private Optional<String> signed(Access access, int index) {
    if (index < 0 || index >= access.tokens().size()) {
      return Optional.of("the path has no segment " + index + ", which the peer must have");
    }
    if (access.peer().isEmpty()) {
      return Optional.of("the peer has shown no certificate");
    }
    X509Certificate certificate = access.peer().get();
    String token = access.tokens().get(index);
    if (!known.isSigned(token, certificate)) {
      return Optional.of(
          "the token of segment " + index + " is not signed with the peer's certificate");
    }
    Optional<String> subject = known.read(token).flatMap(Jwt::subject);
    return named(certificate).filter(id -> subject.equals(Optional.of(id))).isPresent()
        ? Optional.empty()
        : Optional.of(
            "the token of segment %d says '%s', the peer's certificate does not"
                .formatted(index, cut(subject.orElse(""))));
  }

  private static Optional<String> named(X509Certificate certificate) {
    try {
      return Optional.of(SpiffeId.of(certificate).toString());
    } catch (Failure e) {
      return Optional.empty();
    }
  }

  private static Optional<String> owned(Access access) {
    return access instanceof Access.ToRegistry registry
            && registry.owner().filter(ids -> !ids.isEmpty()).isPresent()
            && !registry.owner().get().getFirst().equals(registry.id())
        ? Optional.of("'" + cut(registry.name()) + "' is registered by somebody else")
        : Optional.empty();
  }

  private static Optional<String> watched(Access access) {
    return access instanceof Access.ToMonitor monitor
            && monitor.selected().stream().noneMatch(monitor.owned()::contains)
        ? Optional.of("none of the connections asked for belongs to the watcher")
        : Optional.empty();
  }

  private static String cut(String name) {
    return name.length() <= NAME_MAX ? name : name.substring(0, NAME_MAX) + "...";
  }
}

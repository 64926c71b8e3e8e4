package io.patchbay.mesh;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.sockets.TlsPeer;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Signs the tokens that this process sends with each call: ES256 JWTs with {@code sub}, {@code exp}
 * and {@code aud}, the latter always an array (contracts/nsm.md fact 3). To sign costs more than
 * most of a call, so a peer gets the same token for the first third of its lifetime. Safe for all
 * threads.
 */
public final class Tokens {
  /** Callers say who they are, so how many names are remembered is not theirs to decide. */
  static final int REMEMBERED_MAX = 1024;

  /** A token, and until when it is given out. */
  private record Issued(Token token, Instant until) {}

  /** Who signs for whom: one identity signs other tokens than its successor. */
  private record Use(Optional<String> audience, ECKey key) {}

  /**
   * Who signs.
   *
   * @param notAfter no token is good for longer
   */
  private record Signer(String subject, ECKey key, Instant notAfter) {
    static Signer of(Identity identity) {
      if (!(identity.key() instanceof ECKey key)) {
        throw new Failure(
            Failure.Kind.INVALID,
            identity + " has no elliptic key: tokens are signed with ES256, which needs P-256");
      }
      return new Signer(identity.id(), key, identity.notAfter());
    }
  }

  private final Supplier<Signer> current;
  private final Function<TlsPeer, Signer> shown;
  private final Duration lifetime;
  private final Time time;
  private final Map<Use, Issued> issued = new ConcurrentHashMap<>();

  private Tokens(
      Supplier<Signer> current, Function<TlsPeer, Signer> shown, Duration lifetime, Time time) {
    this.current = current;
    this.shown = shown;
    this.lifetime = lifetime;
    this.time = time;
  }

  /**
   * Tokens signed with the key of this process's identity, good for as long as its certificate at
   * most.
   *
   * @param lifetime how long each token is good for, {@code NSM_MAX_TOKEN_LIFETIME}
   */
  public static Tokens of(Identities identities, Duration lifetime, Time time) {
    return new Tokens(
        () -> Signer.of(identities.current()),
        tls -> Signer.of(identities.having(tls.own()).orElseGet(identities::current)),
        lifetime,
        time);
  }

  /**
   * Those of the identity if there is one, else self-signed ones.
   *
   * @param name whose tokens they are where there is no identity
   */
  public static Tokens of(
      Optional<Identities> identities, String name, Duration lifetime, Time time) {
    return identities
        .map(present -> of(present, lifetime, time))
        .orElseGet(() -> selfSigned(name, lifetime, time));
  }

  /**
   * Tokens signed by a key made now, for processes without an identity document.
   *
   * @param lifetime how long each token is good for
   */
  public static Tokens selfSigned(String subject, Duration lifetime, Time time) {
    try {
      ECKey key = (ECKey) new ECKeyGenerator(Curve.P_256).generate().toECPrivateKey();
      Signer self = new Signer(subject, key, Instant.MAX);
      return new Tokens(() -> self, tls -> self, lifetime, time);
    } catch (JOSEException e) {
      throw new IllegalStateException("no P-256 keys on this machine", e);
    }
  }

  /**
   * A token for a peer, good for two thirds of the lifetime at least; without an audience when the
   * peer has no name.
   */
  public Token issue(Optional<String> audience) {
    return issue(audience, current.get());
  }

  /**
   * A token for the peer at the other end of a connection. It is signed with the key of the
   * certificate that we have shown there, since that is what the peer verifies it with, also after
   * our identity has been renewed.
   */
  public Token issue(TlsPeer connection) {
    return issue(Optional.of(SpiffeId.of(connection.peer()).toString()), shown.apply(connection));
  }

  /**
   * Our token for the next hop in a form that the hop before us can verify, if what the next hop
   * has been given is not: the connection from the hop before us may show an identity that has been
   * renewed since, while the one to the next hop shows the new one.
   *
   * @param before the connection on which the call has come
   * @param next the token of the next hop
   */
  public Optional<Token> reissue(TlsPeer before, Token next) {
    Signer signer = shown.apply(before);
    return signer.key().equals(current.get().key())
        ? Optional.empty()
        : Optional.of(issue(subject(next), signer));
  }

  private Token issue(Optional<String> audience, Signer signer) {
    Instant now = time.now();
    Use use = new Use(audience, signer.key());
    @Nullable Issued earlier = issued.get(use);
    if (earlier != null && now.isBefore(earlier.until())) {
      return earlier.token();
    }
    Token token = sign(audience, signer, now);
    if (issued.size() >= REMEMBERED_MAX) {
      issued.values().removeIf(each -> !now.isBefore(each.until()));
    }
    if (issued.size() < REMEMBERED_MAX) {
      Duration left = Duration.between(now, token.expires());
      issued.put(use, new Issued(token, now.plus(left.dividedBy(3))));
    }
    return token;
  }

  private Token sign(Optional<String> audience, Signer signer, Instant now) {
    Instant wanted = now.plus(lifetime);
    Instant end = wanted.isBefore(signer.notAfter()) ? wanted : signer.notAfter();
    Instant expires = Instant.ofEpochSecond(end.getEpochSecond());
    Map<String, Object> claims = new TreeMap<>();
    claims.put("sub", signer.subject());
    claims.put("exp", expires.getEpochSecond());
    audience.ifPresent(name -> claims.put("aud", List.of(name)));
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256).type(JOSEObjectType.JWT).build();
    // The claims are written by hand: the library's claim set turns a one-element array into a
    // string.
    JWSObject token = new JWSObject(header, new Payload(Json.write(claims)));
    try {
      token.sign(new ECDSASigner((PrivateKey) signer.key(), Curve.P_256));
    } catch (JOSEException e) {
      throw new IllegalStateException("cannot sign with the key of this process", e);
    }
    return new Token(token.serialize(), expires);
  }

  /** Whose token it is, as it says itself; empty when it cannot be read. Nothing is verified. */
  public static Optional<String> subject(Token token) {
    try {
      @Nullable Map<String, Object> claims =
          JWSObject.parse(token.jwt()).getPayload().toJSONObject();
      return claims != null && claims.get("sub") instanceof String subject
          ? Optional.of(subject)
          : Optional.empty();
    } catch (ParseException e) {
      return Optional.empty();
    }
  }
}

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
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths.Token;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
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

  private final String subject;
  private final Duration lifetime;
  private final Time time;
  private final ECDSASigner signer;
  private final Map<Optional<String>, Issued> issued = new ConcurrentHashMap<>();

  private Tokens(String subject, Duration lifetime, Time time, ECDSASigner signer) {
    this.subject = subject;
    this.lifetime = lifetime;
    this.time = time;
    this.signer = signer;
  }

  /**
   * Tokens signed by a key made now, for processes without an identity document.
   *
   * @param lifetime how long each token is good for
   */
  public static Tokens selfSigned(String subject, Duration lifetime, Time time) {
    try {
      return new Tokens(
          subject, lifetime, time, new ECDSASigner(new ECKeyGenerator(Curve.P_256).generate()));
    } catch (JOSEException e) {
      throw new IllegalStateException("no P-256 keys on this machine", e);
    }
  }

  /**
   * A token for a peer, good for two thirds of the lifetime at least; without an audience when the
   * peer has no name.
   */
  public Token issue(Optional<String> audience) {
    Instant now = time.now();
    @Nullable Issued earlier = issued.get(audience);
    if (earlier != null && now.isBefore(earlier.until())) {
      return earlier.token();
    }
    Token token = sign(audience, now);
    if (issued.size() >= REMEMBERED_MAX) {
      issued.values().removeIf(each -> !now.isBefore(each.until()));
    }
    if (issued.size() < REMEMBERED_MAX) {
      issued.put(audience, new Issued(token, now.plus(lifetime.dividedBy(3))));
    }
    return token;
  }

  private Token sign(Optional<String> audience, Instant now) {
    Instant expires = Instant.ofEpochSecond(now.plus(lifetime).getEpochSecond());
    Map<String, Object> claims = new TreeMap<>();
    claims.put("sub", subject);
    claims.put("exp", expires.getEpochSecond());
    audience.ifPresent(name -> claims.put("aud", List.of(name)));
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256).type(JOSEObjectType.JWT).build();
    // The claims are written by hand: the library's claim set turns a one-element array into a
    // string.
    JWSObject token = new JWSObject(header, new Payload(Json.write(claims)));
    try {
      token.sign(signer);
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

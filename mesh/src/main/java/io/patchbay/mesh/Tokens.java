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
import org.jspecify.annotations.Nullable;

/**
 * Signs the tokens that this process sends with each call: ES256 JWTs with {@code sub}, {@code exp}
 * and {@code aud}, the latter always an array (contracts/nsm.md fact 3). Safe for all threads.
 */
public final class Tokens {
  private final String subject;
  private final Duration lifetime;
  private final Time time;
  private final ECDSASigner signer;

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

  /** A token for a peer; without an audience when the peer has no name. */
  public Token issue(Optional<String> audience) {
    Instant expires = Instant.ofEpochSecond(time.now().plus(lifetime).getEpochSecond());
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

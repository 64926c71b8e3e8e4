package io.patchbay.mesh.policy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A token that could be read (RFC 7519). Reading believes nothing: what it claims is as good as its
 * signature. It never shows itself in a text.
 */
final class Jwt {
  /** Ours have some 400 characters. */
  static final int CHARACTERS_MAX = 16 * 1024;

  /** RFC 7519 writes seconds; later than this, in the year 33658, is a mistake or worse. */
  private static final double SECONDS_MAX = 1e12;

  private final JWSObject token;
  private final Map<String, Object> claims;

  private Jwt(JWSObject token, Map<String, Object> claims) {
    this.token = token;
    this.claims = claims;
  }

  /** Empty when it is not three parts of base64url with JSON objects in the first two. */
  static Optional<Jwt> read(String text) {
    if (text.length() > CHARACTERS_MAX) {
      return Optional.empty();
    }
    try {
      JWSObject token = JWSObject.parse(text);
      @Nullable Map<String, Object> claims = token.getPayload().toJSONObject();
      return claims == null ? Optional.empty() : Optional.of(new Jwt(token, claims));
    } catch (ParseException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** All that it claims, as JSON. */
  Map<String, Object> claims() {
    return claims;
  }

  /** Whose it says it is. */
  Optional<String> subject() {
    return claims.get("sub") instanceof String subject ? Optional.of(subject) : Optional.empty();
  }

  /** Whether it is meant for somebody. A text in the place of the array names nobody (fact 3). */
  boolean isFor(String audience) {
    return claims.get("aud") instanceof List<?> audiences && audiences.contains(audience);
  }

  /** When it ends, in seconds since 1970; empty when it does not say so as a number. */
  Optional<Double> expires() {
    return claims.get("exp") instanceof Number seconds && seconds.doubleValue() < SECONDS_MAX
        ? Optional.of(seconds.doubleValue())
        : Optional.empty();
  }

  /** Whether the key of a certificate has signed it, by ES256 (RFC 7518, 3.4). */
  boolean isSignedBy(X509Certificate certificate) {
    if (!token.getHeader().getAlgorithm().equals(JWSAlgorithm.ES256)
        || !(certificate.getPublicKey() instanceof ECPublicKey key)) {
      return false;
    }
    try {
      return token.verify(new ECDSAVerifier(key));
    } catch (JOSEException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "token of " + subject().orElse("nobody");
  }
}

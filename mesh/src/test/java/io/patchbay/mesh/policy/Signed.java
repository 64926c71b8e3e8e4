package io.patchbay.mesh.policy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.SpiffeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Identities of a test, and tokens that are right or wrong in every way. */
public final class Signed {
  private final Authority authority;
  private final Time time;

  /** Of a trust domain of its own. */
  public Signed(String domain, Time time) {
    this.authority = Authority.make(domain, Duration.ofDays(1), time);
    this.time = time;
  }

  /** Who signs. */
  public Authority authority() {
    return authority;
  }

  /** An identity that renews itself never, and believes this trust domain. */
  public Identities identities(String pod) {
    return new Identities(identity(pod), authority.bundles());
  }

  /** An identity in the namespace {@code ns}. */
  public Identity identity(String pod) {
    SpiffeId id = SpiffeId.parse("spiffe://" + authority.trustDomain() + "/ns/ns/pod/" + pod);
    return authority.issue(id, Duration.ofHours(1), time);
  }

  /** A token of one for another, good for ten minutes. */
  public String token(Identity of, Identity to) {
    return token(of, Map.of("aud", List.of(to.id())));
  }

  /** A token with some claims replaced; the value {@code -} takes one out. */
  public String token(Identity of, Map<String, Object> replaced) {
    Map<String, Object> claims = new TreeMap<>();
    claims.put("sub", of.id());
    claims.put("exp", time.now().getEpochSecond() + 600);
    claims.putAll(replaced);
    claims.values().removeIf("-"::equals);
    try {
      JWSObject token =
          new JWSObject(new JWSHeader(JWSAlgorithm.ES256), new Payload(Json.write(claims)));
      token.sign(new ECDSASigner(of.key(), Curve.P_256));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A path whose segments have these tokens. */
  public static Path path(int index, List<String> tokens) {
    List<PathSegment> segments = new ArrayList<>();
    for (String token : tokens) {
      int i = segments.size();
      segments.add(
          PathSegment.newBuilder().setName("hop-" + i).setId("id-" + i).setToken(token).build());
    }
    return Path.newBuilder().setIndex(index).addAllPathSegments(segments).build();
  }
}

package io.patchbay.mesh.identity;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.patchbay.api.workload.X509SVID;
import io.patchbay.api.workload.X509SVIDResponse;
import io.patchbay.base.Failure;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the Workload API says, to and from what it means. */
public final class WorkloadMessages {
  /** Every call carries it: a browser or a proxy that is tricked into one would not. */
  public static final Metadata.Key<String> HEADER =
      Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

  private static final String SCHEME = "spiffe://";

  /**
   * An identity with whom it believes.
   *
   * @param bundles who signs, by trust domain, the own one included
   */
  public record Update(Identity identity, Map<String, Set<X509Certificate>> bundles) {
    public Update {
      bundles = Map.copyOf(bundles);
    }
  }

  private WorkloadMessages() {}

  /**
   * Reads an answer; of several identities the first is the default one. Throws Failure INVALID
   * saying which part cannot be understood; keys are never part of the text.
   */
  static Update read(X509SVIDResponse response) {
    if (response.getSvidsCount() == 0) {
      throw new Failure(Failure.Kind.INVALID, "the answer holds no identity");
    }
    X509SVID svid = response.getSvids(0);
    List<X509Certificate> chain = certificates("x509_svid", svid.getX509Svid());
    if (chain.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "the identity has no certificate");
    }
    SpiffeId id = SpiffeId.of(chain.getFirst());
    if (!id.toString().equals(svid.getSpiffeId())) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the identity is called '" + svid.getSpiffeId() + "', its certificate says " + id);
    }
    Map<String, Set<X509Certificate>> bundles = new HashMap<>();
    response
        .getFederatedBundlesMap()
        .forEach((domain, bundle) -> bundles.put(trustDomain(domain), bundle(domain, bundle)));
    bundles.put(id.trustDomain(), bundle("bundle", svid.getBundle()));
    return new Update(new Identity(id.toString(), chain, key(chain, svid)), bundles);
  }

  /** The specification says SPIFFE ID; servers exist that say only the domain. */
  private static String trustDomain(String key) {
    return SpiffeId.parse(key.startsWith(SCHEME) ? key : SCHEME + key).trustDomain();
  }

  private static Set<X509Certificate> bundle(String field, ByteString der) {
    return Set.copyOf(certificates(field, der));
  }

  private static List<X509Certificate> certificates(String field, ByteString der) {
    try {
      return CertificateFactory.getInstance("X.509").generateCertificates(der.newInput()).stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new Failure(
          Failure.Kind.INVALID, field + " holds no certificates: " + Failure.text(e), e);
    }
  }

  private static PrivateKey key(List<X509Certificate> chain, X509SVID svid) {
    try {
      return KeyFactory.getInstance(chain.getFirst().getPublicKey().getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(svid.getX509SvidKey().toByteArray()));
    } catch (GeneralSecurityException e) {
      // Without the cause: its text may hold parts of the key.
      throw new Failure(Failure.Kind.INVALID, "x509_svid_key is no key for the certificate");
    }
  }

  /** Writes an answer that {@link #read} understands. */
  public static X509SVIDResponse write(Update update) {
    Identity identity = update.identity();
    String own = SpiffeId.parse(identity.id()).trustDomain();
    X509SVIDResponse.Builder response =
        X509SVIDResponse.newBuilder()
            .addSvids(
                X509SVID
                    .newBuilder()
                    .setSpiffeId(identity.id())
                    .setX509Svid(der(identity.chain()))
                    .setX509SvidKey(ByteString.copyFrom(identity.key().getEncoded()))
                    .setBundle(der(update.bundles().getOrDefault(own, Set.of()))));
    update
        .bundles()
        .forEach((domain, bundle) -> {
          if (!domain.equals(own)) {
            response.putFederatedBundles(SCHEME + domain, der(bundle));
          }
        });
    return response.build();
  }

  private static ByteString der(Collection<X509Certificate> certificates) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      for (X509Certificate each : certificates) {
        bytes.writeBytes(each.getEncoded());
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read cannot be written", e);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }
}

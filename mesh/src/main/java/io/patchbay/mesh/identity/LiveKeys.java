package io.patchbay.mesh.identity;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the identity of the moment. A handshake asks for a name first, and for key and chain later:
 * the name is the certificate's serial number, so that an identity that changes in between does not
 * mix two of them.
 */
final class LiveKeys extends X509ExtendedKeyManager {
  private final Identities identities;

  LiveKeys(Identities identities) {
    this.identities = identities;
  }

  private @Nullable String choose(String... keyTypes) {
    Identity current = identities.current();
    for (String type : keyTypes) {
      if (type.startsWith(current.key().getAlgorithm())) {
        return alias(current);
      }
    }
    return null;
  }

  private static String alias(Identity identity) {
    return identity.leaf().getSerialNumber().toString(16);
  }

  private Optional<Identity> named(String alias) {
    return identities.recent().filter(each -> alias(each).equals(alias)).findFirst();
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(keyTypes);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(keyType);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyTypes);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return named(alias).map(each -> each.chain().toArray(X509Certificate[]::new)).orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return named(alias).map(Identity::key).orElse(null);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    @Nullable String alias = choose(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return getClientAliases(keyType, issuers);
  }
}

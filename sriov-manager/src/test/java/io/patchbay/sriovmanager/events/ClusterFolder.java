package io.patchbay.sriovmanager.events;

import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Makes a cluster's API server, and what the kubelet tells a pod of it. */
public final class ClusterFolder {
  private ClusterFolder() {}

  /** Not started yet. */
  public static KubernetesMockServer server(boolean https) {
    return new KubernetesMockServer(
        new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), https);
  }

  /**
   * The environment of a pod of the cluster, with its service account's files in a folder.
   *
   * @param server which has been started, with TLS
   */
  public static Map<String, String> environment(KubernetesMockServer server, Path folder)
      throws IOException, GeneralSecurityException {
    Files.writeString(folder.resolve("token"), "token\n");
    byte[] certificate = certificate(server.getPort()).getEncoded();
    String text = Base64.getMimeEncoder().encodeToString(certificate);
    Files.writeString(
        folder.resolve("ca.crt"),
        "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
    return Map.of(
        "KUBERNETES_SERVICE_HOST",
        "localhost",
        "KUBERNETES_SERVICE_PORT",
        Integer.toString(server.getPort()),
        "PATCHBAY_SERVICE_ACCOUNT",
        folder.toString());
  }

  /** What it shows; it signs it itself. */
  private static X509Certificate certificate(int port)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Trusting()}, null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** Believes anybody, to see who it is. */
  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

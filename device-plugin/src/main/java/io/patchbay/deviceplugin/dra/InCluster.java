package io.patchbay.deviceplugin.dra;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The API server of the cluster that this process is a pod of. Apart from {@link DraConfig} so that
 * nothing of the client is loaded where nobody wants it.
 *
 * @param account the folder with this pod's token and the cluster's ca.crt
 */
record InCluster(String host, int port, Path account) {
  private static final int PATIENCE_MILLIS = 5_000;

  Cluster connect() {
    String authority = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://" + authority + "/")
            .withCaCertFile(account.resolve("ca.crt").toString())
            .withOauthTokenProvider(this::readToken)
            .withConnectionTimeout(PATIENCE_MILLIS)
            .withRequestTimeout(PATIENCE_MILLIS)
            .withRequestRetryBackoffLimit(0)
            .build();
    return new KubernetesCluster(
        new KubernetesClientBuilder()
            .withConfig(config)
            .withHttpClientFactory(new JdkHttpClientFactory())
            .build());
  }

  /** Each time anew: the kubelet replaces it before it expires. */
  private String readToken() {
    try {
      return Files.readString(account.resolve("token")).strip();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot read " + account.resolve("token") + ": " + Failure.text(e),
          e);
    }
  }
}

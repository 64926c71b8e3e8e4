package io.patchbay.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a daemon talks to the API server: as its pod's account, and with a bound on each call. */
public final class ApiClient {
  /** Of a connection, and of a call; nothing is tried again by the client itself. */
  private static final int PATIENCE_MILLIS = 5_000;

  private ApiClient() {}

  /** Connects at the first call only. The caller closes it. Safe for all threads. */
  public static KubernetesClient connect(PodAccount account) {
    String host = account.host();
    String authority = (host.contains(":") ? "[" + host + "]" : host) + ":" + account.port();
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://" + authority + "/")
            .withCaCertFile(account.authority().toString())
            .withOauthTokenProvider(() -> readToken(account))
            .withConnectionTimeout(PATIENCE_MILLIS)
            .withRequestTimeout(PATIENCE_MILLIS)
            .withRequestRetryBackoffLimit(0)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  /** Each time anew: the kubelet replaces it before it expires. */
  private static String readToken(PodAccount account) {
    try {
      return Files.readString(account.token()).strip();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read " + account.token() + ": " + Failure.text(e), e);
    }
  }

  /** What a call answers; null where it asks for something that is not there. */
  public static <T extends @Nullable Object> T answer(Supplier<T> call) {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      throw failure(e);
    }
  }

  /**
   * What a refused call means: UNAVAILABLE when it may go well later (without an HTTP status nobody
   * answered), DENIED when the account may not, else INVALID.
   */
  public static Failure failure(KubernetesClientException e) {
    int status = e.getCode();
    boolean away = status < 400 || status == 429 || status >= 500;
    Failure.Kind refused =
        status == 401 || status == 403 ? Failure.Kind.DENIED : Failure.Kind.INVALID;
    @Nullable Throwable cause = e.getCause();
    String why = Failure.text(e) + (cause == null ? "" : " " + Failure.text(cause));
    return new Failure(away ? Failure.Kind.UNAVAILABLE : refused, "the API server: " + why, e);
  }
}

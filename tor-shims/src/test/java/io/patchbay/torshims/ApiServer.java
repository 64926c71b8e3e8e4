package io.patchbay.torshims;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.util.HashMap;

/** Fabric8's mock of one, which keeps objects and compares versions; it checks no schema. */
public final class ApiServer implements AutoCloseable {
  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);
  private final KubernetesClient client;

  /** Begins at once, with nothing in it. */
  public ApiServer() {
    server.init();
    client = connect();
  }

  /** Speaks to it; closed with it. */
  public KubernetesClient client() {
    return client;
  }

  /** One more to speak to it; the caller closes it. */
  public KubernetesClient connect() {
    return server.createClient(new JdkHttpClientFactory());
  }

  /** It answers no more. */
  public void stop() {
    server.destroy();
  }

  @Override
  public void close() {
    client.close();
    stop();
  }
}

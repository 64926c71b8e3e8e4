package io.patchbay.sriovmanager.events;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Time;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a cluster tells each of its pods of its API server. */
public record ClusterConfig(
    @Variable(
            name = "PATCHBAY_KUBERNETES_EVENTS",
            fallback = "true",
            help = "whether refusals are told as Kubernetes Events, when it runs in a cluster")
        boolean events,
    @Variable(
            name = "KUBERNETES_SERVICE_HOST",
            help = "the API server, as the kubelet tells it to every pod; empty outside a cluster")
        String host,
    @Variable(
            name = "KUBERNETES_SERVICE_PORT",
            fallback = "443",
            help = "the API server's port, as the kubelet tells it to every pod")
        int port,
    @Variable(
            name = "PATCHBAY_SERVICE_ACCOUNT",
            fallback = "/var/run/secrets/kubernetes.io/serviceaccount",
            help = "where the kubelet puts this pod's token and the cluster's ca.crt")
        Path account) {
  private static final Logger log = LoggerFactory.getLogger(ClusterConfig.class);

  /**
   * Where refusals are told from now on; nowhere outside a cluster, which is told once.
   *
   * @param node this node's name in the cluster
   */
  public Optional<EventQueue> open(String node, Time time) {
    String obstacle = obstacle();
    if (!obstacle.isEmpty()) {
      log.info("refusals are not told as Kubernetes Events: {}", obstacle);
      return Optional.empty();
    }
    return Optional.of(
        new EventQueue(node, () -> new InCluster(host, port, account).connect(node), time).start());
  }

  private String obstacle() {
    if (!events) {
      return "PATCHBAY_KUBERNETES_EVENTS is false";
    }
    if (host.isEmpty()) {
      return "this is no cluster, KUBERNETES_SERVICE_HOST is empty";
    }
    return Files.isReadable(token())
        ? ""
        : "there is no " + token() + ": does the pod have a service account?";
  }

  private Path token() {
    return account.resolve("token");
  }
}

package io.patchbay.sriovmanager.events;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Time;
import io.patchbay.kubernetes.ApiClient;
import io.patchbay.kubernetes.PodAccount;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether and where refusals are told as Kubernetes Events. */
public record ClusterConfig(
    @Variable(
            name = "PATCHBAY_KUBERNETES_EVENTS",
            fallback = "true",
            help = "whether refusals are told as Kubernetes Events, when it runs in a cluster")
        boolean events,
    PodAccount account) {
  private static final Logger log = LoggerFactory.getLogger(ClusterConfig.class);

  /**
   * Where refusals are told from now on; nowhere outside a cluster, which is told once.
   *
   * @param node this node's name in the cluster
   */
  public Optional<EventQueue> open(String node, Time time) {
    String obstacle = events ? account.obstacle() : "PATCHBAY_KUBERNETES_EVENTS is false";
    if (!obstacle.isEmpty()) {
      log.info("refusals are not told as Kubernetes Events: {}", obstacle);
      return Optional.empty();
    }
    return Optional.of(
        new EventQueue(node, () -> new KubernetesApi(ApiClient.connect(account), node), time)
            .start());
  }
}

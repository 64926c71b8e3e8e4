package io.patchbay.sriovmanager.events;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.patchbay.kubernetes.ApiClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Events in the API's core group, which every release of kubectl shows. */
final class KubernetesApi implements ApiServer {
  /** Who tells, as `kubectl describe` has it under From. */
  static final String COMPONENT = "sriov-manager";

  private final KubernetesClient client;
  private final String node;

  /**
   * @param client it is closed with this
   */
  KubernetesApi(KubernetesClient client, String node) {
    this.client = client;
    this.node = node;
  }

  @Override
  public Optional<String> uid(Refusal.Pod pod) {
    @Nullable Pod found =
        ApiClient.answer(
            () -> client.pods().inNamespace(pod.namespace()).withName(pod.name()).get());
    return Optional.ofNullable(found)
        .filter(here -> node.equals(here.getSpec().getNodeName()))
        .map(here -> here.getMetadata().getUid());
  }

  @Override
  public void create(EventReport report) {
    Event event = event(report);
    var unused =
        ApiClient.answer(
            () -> client.v1().events().inNamespace(report.about().home()).resource(event).create());
  }

  private Event event(EventReport report) {
    EventReport.About about = report.about();
    return new EventBuilder()
        .withNewMetadata()
        .withName(report.name())
        .withNamespace(about.home())
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion("v1")
        .withKind(about.kind())
        .withNamespace(about.namespace().isEmpty() ? null : about.namespace())
        .withName(about.name())
        .withUid(about.uid())
        .endInvolvedObject()
        .withType("Warning")
        .withReason(report.reason())
        .withMessage(report.text())
        .withNewSource(COMPONENT, node)
        .withReportingComponent(COMPONENT)
        .withReportingInstance(node)
        .withCount(report.count())
        .withFirstTimestamp(text(report.first()))
        .withLastTimestamp(text(report.last()))
        .build();
  }

  @Override
  public boolean count(EventReport report) {
    String change =
        "{\"count\":%d,\"lastTimestamp\":\"%s\"}".formatted(report.count(), text(report.last()));
    try {
      var unused =
          client
              .v1()
              .events()
              .inNamespace(report.about().home())
              .withName(report.name())
              .patch(PatchContext.of(PatchType.JSON_MERGE), change);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return false;
      }
      throw ApiClient.failure(e);
    }
  }

  /** Whole seconds: the type of these fields knows no fractions. */
  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  @Override
  public void close() {
    client.close();
  }
}

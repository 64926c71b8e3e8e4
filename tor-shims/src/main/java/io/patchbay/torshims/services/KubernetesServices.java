package io.patchbay.torshims.services;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.patchbay.base.Time;
import io.patchbay.kubernetes.ApiClient;
import io.patchbay.torshims.services.ServiceObject.Verdict;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * FabricServices of one namespace (manifests/crds/fabricservices.yaml). What has become of one is
 * its condition {@code Accepted}; conditions of other types are left alone.
 */
public final class KubernetesServices implements ServiceObjects {
  private static final int NOT_FOUND = 404;
  private static final String ACCEPTED = "Accepted";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ResourceDefinitionContext KIND =
      new ResourceDefinitionContext.Builder()
          .withGroup("patchbay.io")
          .withVersion("v1alpha1")
          .withKind("FabricService")
          .withPlural("fabricservices")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;
  private final String namespace;
  private final Time time;

  /**
   * @param client it is closed with this
   */
  public KubernetesServices(KubernetesClient client, String namespace, Time time) {
    this.client = client;
    this.namespace = namespace;
    this.time = time;
  }

  @Override
  public List<ServiceObject> list() {
    return ApiClient.answer(
            () -> client.genericKubernetesResources(KIND).inNamespace(namespace).list())
        .getItems()
        .stream()
        .sorted(
            Comparator.comparing(KubernetesServices::created)
                .thenComparing(each -> each.getMetadata().getName()))
        .map(KubernetesServices::object)
        .toList();
  }

  private static String created(GenericKubernetesResource each) {
    return Objects.requireNonNullElse(each.getMetadata().getCreationTimestamp(), "");
  }

  private static ServiceObject object(GenericKubernetesResource each) {
    JsonNode all = JSON.valueToTree(each);
    JsonNode spec = all.path("spec");
    ObjectNode asked = spec.isObject() ? spec.deepCopy() : JSON.createObjectNode();
    JsonNode domain = asked.remove("domain");
    Long generation = each.getMetadata().getGeneration();
    return new ServiceObject(
        each.getMetadata().getName(),
        domain == null ? "" : domain.asText(),
        asked.toString(),
        generation == null ? 0 : generation,
        told(all));
  }

  private static Verdict told(JsonNode all) {
    for (JsonNode condition : all.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(ACCEPTED)) {
        String message = condition.path("message").asText();
        boolean accepted = condition.path("status").asText().equals("True");
        return new Verdict(condition.path("observedGeneration").asLong(), accepted ? "" : message);
      }
    }
    return Verdict.NONE;
  }

  @Override
  public void tell(ServiceObject object, Verdict verdict) {
    var resource =
        client.genericKubernetesResources(KIND).inNamespace(namespace).withName(object.name());
    try {
      var unused =
          resource.editStatus(there -> {
            GenericKubernetesResource edited = JSON.convertValue(there, there.getClass());
            edited.setAdditionalProperty("status", status(JSON.valueToTree(there), verdict));
            return edited;
          });
    } catch (KubernetesClientException e) {
      if (e.getCode() != NOT_FOUND) {
        throw ApiClient.failure(e);
      }
    }
  }

  private Map<String, Object> status(JsonNode there, Verdict verdict) {
    List<JsonNode> conditions = new ArrayList<>();
    String status = verdict.problem().isEmpty() ? "True" : "False";
    String since = time.now().truncatedTo(ChronoUnit.SECONDS).toString();
    for (JsonNode each : there.path("status").path("conditions")) {
      if (!each.path("type").asText().equals(ACCEPTED)) {
        conditions.add(each);
      } else if (each.path("status").asText().equals(status)) {
        since = each.path("lastTransitionTime").asText();
      }
    }
    conditions.add(
        JSON.createObjectNode()
            .put("type", ACCEPTED)
            .put("status", status)
            .put("reason", verdict.problem().isEmpty() ? "Offered" : "Refused")
            .put("message", verdict.problem())
            .put("observedGeneration", verdict.generation())
            .put("lastTransitionTime", since));
    return Map.of("conditions", conditions);
  }

  @Override
  public void close() {
    client.close();
  }
}

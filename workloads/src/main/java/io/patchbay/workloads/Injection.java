package io.patchbay.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Puts a client into a pod that asks for network services: pure, Pod in, Pod out. The admission
 * webhook and the simulator use the same function. A pod that asks for nothing comes back as it
 * was.
 *
 * @param initImages images of clients that connect and end before the pod's own containers start
 * @param images images of clients that run beside them and keep the connection
 */
public record Injection(List<String> initImages, List<String> images) {
  /** The annotation with URLs (contracts/nsm.md 9.1). */
  static final String URLS = "networkservicemesh.io";

  /** The annotation with the dotted name of a service of the physical network. */
  static final String NAME = "ns.networkservicemesh.io";

  private static final String SRIOV_TOKEN = "sriovToken";

  public Injection {
    initImages = List.copyOf(initImages);
    images = List.copyOf(images);
  }

  /**
   * The pod with its clients. Throws Failure INVALID naming the annotation when it cannot be
   * understood, and both candidates when it is ambiguous.
   */
  public JsonNode inject(JsonNode pod) {
    List<ServiceUrl> services = services(pod);
    if (services.isEmpty()) {
      return pod;
    }
    ObjectNode injected = pod.deepCopy();
    ObjectNode spec = (ObjectNode) injected.required("spec");
    String urls = String.join(",", services.stream().map(ServiceUrl::toString).toList());
    for (String image : initImages) {
      containers(spec, "initContainers").add(client(spec, image, urls));
    }
    for (String image : images) {
      containers(spec, "containers").add(client(spec, image, urls));
    }
    limit(pod, spec, services);
    return injected;
  }

  private static List<ServiceUrl> services(JsonNode pod) {
    JsonNode annotations = pod.path("metadata").path("annotations");
    List<ServiceUrl> services = new ArrayList<>();
    try {
      services.addAll(ServiceUrl.parseList(annotations.path(URLS).asText("")));
      String name = annotations.path(NAME).asText("").strip();
      if (!name.isEmpty()) {
        services.add(PhysicalName.of(name, resources(pod)));
      }
    } catch (Failure e) {
      throw new Failure(
          e.kind(),
          "pod " + pod.path("metadata").path("name").asText("?") + ": " + e.getMessage(),
          e);
    }
    return services;
  }

  /** The extended resources that the pod's own containers ask for. */
  private static Set<String> resources(JsonNode pod) {
    Set<String> names = new TreeSet<>();
    for (JsonNode container : pod.path("spec").path("containers")) {
      for (String kind : List.of("limits", "requests")) {
        container.path("resources").path(kind).fieldNames().forEachRemaining(names::add);
      }
    }
    names.removeIf(name -> !name.contains("/"));
    return names;
  }

  private static ArrayNode containers(ObjectNode spec, String field) {
    return spec.withArray("/" + field);
  }

  private static ObjectNode client(ObjectNode spec, String image, String urls) {
    ObjectNode container = spec.objectNode();
    container.put("name", image.substring(image.lastIndexOf('/') + 1).replaceFirst("[:@].*", ""));
    container.put("image", image);
    ArrayNode env = container.putArray("env");
    fromField(env, "POD_NAME", "metadata.name");
    fromField(env, "POD_NAMESPACE", "metadata.namespace");
    fromField(env, "NODE_NAME", "spec.nodeName");
    env.addObject().put("name", "NSM_NAME").put("value", "$(POD_NAME)");
    env.addObject().put("name", "NSM_NETWORK_SERVICES").put("value", urls);
    return container;
  }

  private static void fromField(ArrayNode env, String name, String field) {
    env.addObject()
        .put("name", name)
        .putObject("valueFrom")
        .putObject("fieldRef")
        .put("fieldPath", field);
  }

  /** A VF that no container of the pod asks for itself is asked for by the first client. */
  private void limit(JsonNode pod, ObjectNode spec, List<ServiceUrl> services) {
    Set<String> own = resources(pod);
    for (ServiceUrl service : services) {
      String token = service.labels().getOrDefault(SRIOV_TOKEN, "");
      if (!token.isEmpty() && !own.contains(token) && !images.isEmpty()) {
        ArrayNode all = containers(spec, "containers");
        ObjectNode client = (ObjectNode) all.get(all.size() - images.size());
        ObjectNode limits = client.withObject("/resources").withObjectProperty("limits");
        limits.put(token, limits.path(token).asInt(0) + 1);
      }
    }
  }

  /** How a dotted service name finds its registry domain and its VF (house, 3(c)1). */
  private static final class PhysicalName {
    private PhysicalName() {}

    static ServiceUrl of(String name, Set<String> resources) {
      List<String> candidates = new ArrayList<>();
      for (int dot = name.indexOf('.');
          dot > 0 && candidates.isEmpty();
          dot = name.indexOf('.', dot + 1)) {
        String domain = name.substring(dot + 1) + "/";
        resources.stream().filter(resource -> resource.startsWith(domain)).forEach(candidates::add);
      }
      if (candidates.size() != 1) {
        throw ambiguous(name, resources, candidates);
      }
      String resource = candidates.getFirst();
      String domain = resource.substring(0, resource.indexOf('/'));
      String service = name.substring(0, name.length() - domain.length() - 1);
      return ServiceUrl.parse(
          "kernel://" + service + "@" + domain + "/nsm-1?" + SRIOV_TOKEN + "=" + resource);
    }

    private static Failure ambiguous(String name, Set<String> resources, List<String> candidates) {
      String why =
          candidates.isEmpty()
              ? "no resource that the pod asks for has a domain that ends it; the pod asks for "
                  + (resources.isEmpty() ? "none" : String.join(", ", resources))
              : "both "
                  + String.join(" and ", candidates)
                  + " could be meant; write "
                  + URLS
                  + ": kernel://service@domain/interface?"
                  + SRIOV_TOKEN
                  + "=<resource> instead";
      return new Failure(Failure.Kind.INVALID, NAME + ": " + name + ": " + why);
    }
  }
}

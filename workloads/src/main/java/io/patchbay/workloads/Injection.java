package io.patchbay.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Puts a client into a pod that asks for network services: pure, Pod in, Pod out. The admission
 * webhook and the simulator use the same function. A pod that asks for nothing, or that has its
 * client already, comes back as it was.
 *
 * @param initImages images of clients that connect and end before the pod's own containers start
 * @param images images of clients that run beside them and keep the connection
 */
public record Injection(List<String> initImages, List<String> images) {
  /** The annotation with URLs (contracts/nsm.md 9.1). */
  static final String URLS = "networkservicemesh.io";

  /** The annotation with the dotted name of a service of the physical network. */
  static final String NAME = "ns.networkservicemesh.io";

  private static final String SERVICES = "NSM_NETWORK_SERVICES";

  /** A folder of the node with a socket in it that clients need. */
  private record Sockets(String volume, String folder) {}

  /** The manager's, and the SPIFFE Workload API's (contracts/nsm.md 9.1 and 9.3). */
  private static final List<Sockets> SOCKETS =
      List.of(
          new Sockets("nsm-socket", "/var/lib/networkservicemesh"),
          new Sockets("spire-agent-socket", "/run/spire/sockets"));

  private static final String IDENTITY = "unix:///run/spire/sockets/agent.sock";

  public Injection {
    initImages = List.copyOf(initImages);
    images = List.copyOf(images);
  }

  /**
   * The pod with its clients. Throws Failure INVALID naming the annotation when it cannot be
   * understood, and the candidates when it is ambiguous.
   */
  public JsonNode inject(JsonNode pod) {
    List<ServiceUrl> services = services(pod);
    if (services.isEmpty() || isInjected(pod)) {
      return pod;
    }
    JsonNode injected = pod.deepCopy();
    if (!(injected.path("spec") instanceof ObjectNode spec)) {
      throw invalid("spec", pod, "is missing");
    }
    String urls = String.join(",", services.stream().map(ServiceUrl::toString).toList());
    initImages.forEach(image -> addClient(spec, "initContainers", image, urls));
    images.forEach(image -> addClient(spec, "containers", image, urls));
    SOCKETS.forEach(sockets -> addVolume(spec, sockets));
    limit(resources(pod), spec, services);
    return injected;
  }

  /** It begins with the field, so that a file's reader can tell the line. */
  private static Failure invalid(String field, JsonNode pod, String why) {
    String name = pod.path("metadata").path("name").asText("?");
    return new Failure(Failure.Kind.INVALID, field + " of pod " + name + ": " + why);
  }

  private static List<ServiceUrl> services(JsonNode pod) {
    JsonNode annotations = pod.path("metadata").path("annotations");
    String annotation = URLS;
    try {
      List<ServiceUrl> services =
          new ArrayList<>(ServiceUrl.parseList(annotations.path(URLS).asText("")));
      annotation = NAME;
      String name = annotations.path(NAME).asText("").strip();
      if (!name.isEmpty()) {
        services.add(PhysicalName.resolve(name, resources(pod), freeInterface(services)));
      }
      return List.copyOf(services);
    } catch (Failure e) {
      throw invalid("metadata.annotations['" + annotation + "']", pod, Failure.text(e));
    }
  }

  private static String freeInterface(List<ServiceUrl> services) {
    Set<String> used = new HashSet<>();
    services.forEach(service -> service.interfaceName().ifPresent(used::add));
    int number = 1;
    while (used.contains("nsm-" + number)) {
      number++;
    }
    return "nsm-" + number;
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

  private boolean isInjected(JsonNode pod) {
    return containers(pod.path("spec"))
        .filter(container ->
            Stream.concat(images.stream(), initImages.stream())
                .anyMatch(image -> image.equals(container.path("image").asText())))
        .flatMap(container -> container.path("env").valueStream())
        .anyMatch(variable -> variable.path("name").asText().equals(SERVICES));
  }

  private static Stream<JsonNode> containers(JsonNode spec) {
    return Stream.of("initContainers", "containers")
        .flatMap(field -> spec.path(field).valueStream());
  }

  private static void addClient(ObjectNode spec, String field, String image, String urls) {
    String name = freeName(spec, image);
    ObjectNode container = spec.withArray("/" + field).addObject();
    container.put("name", name).put("image", image);
    ArrayNode env = container.putArray("env");
    fromField(env, "POD_NAME", "metadata.name");
    fromField(env, "POD_NAMESPACE", "metadata.namespace");
    fromField(env, "NODE_NAME", "spec.nodeName");
    fromField(env, "POD_UID", "metadata.uid");
    // With the uid: a pod of the same name, elsewhere or later, must not take over its connections.
    env.addObject().put("name", "NSM_NAME").put("value", "$(POD_NAME)-$(POD_UID)");
    env.addObject().put("name", SERVICES).put("value", urls);
    env.addObject().put("name", "SPIFFE_ENDPOINT_SOCKET").put("value", IDENTITY);
    ArrayNode mounts = container.putArray("volumeMounts");
    for (Sockets sockets : SOCKETS) {
      ObjectNode mount = mounts.addObject().put("name", sockets.volume());
      mount.put("mountPath", sockets.folder()).put("readOnly", true);
    }
  }

  /** Unless the pod has brought it along for its own use. */
  private static void addVolume(ObjectNode spec, Sockets sockets) {
    boolean there =
        spec.path("volumes")
            .valueStream()
            .anyMatch(volume -> volume.path("name").asText().equals(sockets.volume()));
    if (!there) {
      spec.withArray("/volumes")
          .addObject()
          .put("name", sockets.volume())
          .putObject("hostPath")
          .put("path", sockets.folder())
          .put("type", "DirectoryOrCreate");
    }
  }

  /** The image's base name, numbered if another container has it already. */
  private static String freeName(ObjectNode spec, String image) {
    String base = image.substring(image.lastIndexOf('/') + 1).replaceFirst("[:@].*", "");
    Set<String> used = new HashSet<>();
    containers(spec).forEach(container -> used.add(container.path("name").asText()));
    String name = base;
    for (int number = 2; used.contains(name); number++) {
      name = base + "-" + number;
    }
    return name;
  }

  private static void fromField(ArrayNode env, String name, String field) {
    env.addObject()
        .put("name", name)
        .putObject("valueFrom")
        .putObject("fieldRef")
        .put("fieldPath", field);
  }

  /** A VF that no container of the pod asks for itself is asked for by the first client. */
  private void limit(Set<String> own, ObjectNode spec, List<ServiceUrl> services) {
    for (ServiceUrl service : services) {
      String resource = service.labels().getOrDefault(ServiceUrl.SRIOV_TOKEN, "");
      if (!resource.isEmpty() && !own.contains(resource) && !images.isEmpty()) {
        ArrayNode all = spec.withArray("/containers");
        JsonNode client = all.get(all.size() - images.size());
        ObjectNode limits = client.withObject("/resources/limits");
        limits.put(resource, limits.path(resource).asInt(0) + 1);
      }
    }
  }
}

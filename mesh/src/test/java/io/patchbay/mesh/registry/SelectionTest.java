package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.labels;
import static io.patchbay.mesh.registry.Entries.match;
import static io.patchbay.mesh.registry.Entries.metadata;
import static io.patchbay.mesh.registry.Entries.service;
import static io.patchbay.mesh.registry.Entries.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Service and client in, candidates out. */
class SelectionTest {
  private static final List<NetworkServiceEndpoint> ENDPOINTS =
      List.of(
          labelled(endpoint("fw", "", "svc"), "svc", "app=firewall", "nodeName=n1"),
          labelled(endpoint("gw", "", "svc"), "svc", "app=gateway", "nodeName=n2"),
          labelled(endpoint("elsewhere", "", "svc"), "other", "app=firewall"));

  static Stream<Arguments> endpoints() {
    return Stream.of(
        arguments("no matches", service("svc"), "", "fw gw elsewhere"),
        arguments(
            "the first match for the client decides",
            service(
                "svc",
                match("app=web").addRoutes(to("app=firewall")).build(),
                match("app=web").addRoutes(to("app=gateway")).build()),
            "app=web tier=1",
            "fw"),
        arguments(
            "one for another client is passed over",
            service(
                "svc",
                match("app=db").addRoutes(to("app=firewall")).build(),
                match().addRoutes(to("app=gateway")).build()),
            "app=web",
            "gw"),
        arguments(
            "none for this client",
            service("svc", match("app=db").addRoutes(to("app=firewall")).build()),
            "",
            "fw gw elsewhere"),
        arguments(
            "each of several routes",
            service(
                "svc", match().addRoutes(to("app=gateway")).addRoutes(to("app=firewall")).build()),
            "",
            "fw gw"),
        arguments(
            "an empty route leads to all",
            service("svc", match().addRoutes(to()).build()),
            "",
            "fw gw elsewhere"),
        arguments(
            "no candidate is no candidate",
            service(
                "svc",
                match().addRoutes(to("app=vpn")).build(),
                match().addRoutes(to("app=gateway")).build()),
            "",
            ""),
        arguments(
            "fallthrough goes on to the next",
            service(
                "svc",
                match().addRoutes(to("app=vpn")).setFallthrough(true).build(),
                match().addRoutes(to("app=gateway")).build()),
            "",
            "gw"),
        arguments(
            "fallthrough with candidates does not",
            service(
                "svc",
                match().addRoutes(to("app=firewall")).setFallthrough(true).build(),
                match().addRoutes(to("app=gateway")).build()),
            "",
            "fw"),
        arguments(
            "metadata without routes is about forwarders only",
            service("svc", match().setMetadata(metadata("p2p=true")).build()),
            "",
            "fw gw elsewhere"),
        arguments("neither metadata nor routes", service("svc", match().build()), "", ""),
        arguments(
            "a client's label in the selector",
            service("svc", match().addRoutes(to("nodeName={{ .nodeName }}")).build()),
            "nodeName=n2",
            "gw"),
        arguments(
            "a label with a dot in its name",
            service("svc", match().addRoutes(to("nodeName={{index . \"k8s.io/node\"}}")).build()),
            "k8s.io/node=n1",
            "fw"),
        arguments(
            "what is no template is taken as it is",
            service("svc", match().addRoutes(to("app={{gateway")).build()),
            "",
            ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void endpoints(String name, NetworkService service, String client, String wanted) {
    assertEquals(wanted, names(Selection.endpoints(service, map(client), ENDPOINTS)));
  }

  private static final List<NetworkServiceEndpoint> FORWARDERS =
      List.of(
          labelled(endpoint("vpp", "", "forwarder"), "forwarder", "p2p=true"),
          labelled(endpoint("vf", "", "forwarder"), "forwarder", "p2p=true", "sriov=true"),
          labelled(endpoint("qos", "", "forwarder"), "forwarder", "qos=true"),
          endpoint("bare", "", "forwarder"));

  static Stream<Arguments> forwarders() {
    return Stream.of(
        arguments("no matches", service("svc"), "", "vpp vf qos bare"),
        arguments("matches without metadata", service("svc", match().build()), "", "vpp vf"),
        arguments(
            "metadata",
            service("svc", match().setMetadata(metadata("qos=true")).build()),
            "",
            "qos"),
        arguments(
            "fallthrough",
            service(
                "svc",
                match().setMetadata(metadata("gold=true")).setFallthrough(true).build(),
                match().setMetadata(metadata("sriov=true")).build()),
            "",
            "vf"),
        arguments(
            "no fallthrough",
            service("svc", match().setMetadata(metadata("gold=true")).build(), match().build()),
            "",
            ""),
        arguments("none for this client", service("svc", match("app=db").build()), "app=web", ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void forwarders(String name, NetworkService service, String client, String wanted) {
    assertEquals(
        wanted, names(Selection.forwarders(service, "forwarder", map(client), FORWARDERS)));
  }

  @Test
  void eachServiceGoesRoundInItsOwnTurn() {
    Rotation rotation = new Rotation();
    List<String> candidates = List.of("a", "b", "c");
    assertEquals(List.of("a", "b", "c"), rotation.order("x", candidates));
    assertEquals(List.of("b", "c", "a"), rotation.order("x", candidates));
    assertEquals(List.of("a", "b", "c"), rotation.order("y", candidates));
    assertEquals(List.of("c", "a", "b"), rotation.order("x", candidates));
    assertEquals(List.of(), rotation.order("x", List.of()));
    assertEquals(List.of("b", "a", "c"), Rotation.preferring(name -> name.equals("b"), candidates));
  }

  private static Map<String, String> map(String labels) {
    return labels.isEmpty() ? Map.of() : labels(labels.split(" "));
  }

  private static String names(List<NetworkServiceEndpoint> endpoints) {
    return endpoints.stream().map(NetworkServiceEndpoint::getName).collect(Collectors.joining(" "));
  }
}

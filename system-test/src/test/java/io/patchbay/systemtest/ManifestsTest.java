package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Environment;
import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.deviceplugin.DevicePluginConfig;
import io.patchbay.hwsim.kubelet.ContainerSpec;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.kubelet.PodSpec;
import io.patchbay.hwsim.node.DaemonDescription;
import io.patchbay.hwsim.node.HostDescription;
import io.patchbay.hwsim.node.NodeDescription;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.identity.IdentityConfig;
import io.patchbay.kernelforwarder.KernelForwarderConfig;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.ServicesFolder;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.registryproxy.RegistryConfig;
import io.patchbay.registryproxy.RegistryProxyConfig;
import io.patchbay.sriovmanager.SriovManagerConfig;
import io.patchbay.torshims.FabricServices;
import io.patchbay.torshims.TorShimConfig;
import io.patchbay.workloads.IcmpResponderConfig;
import io.patchbay.workloads.Injection;
import io.patchbay.workloads.NscConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What users apply is what the programs understand: every file is read by its own reader, and every
 * name in it is one that somebody knows.
 */
class ManifestsTest {
  private static final Path MANIFESTS = Sources.ROOT.resolve("manifests");
  private static final Path EXAMPLES = MANIFESTS.resolve("examples");
  private static final Path RACK = EXAMPLES.resolve("rack.yaml");
  private static final Path FABRIC = EXAMPLES.resolve("fabric.yaml");
  private static final Path IDENTITY = EXAMPLES.resolve("identity.yaml");

  /** Read by sriov-manager's own SelectionTest. */
  private static final Path SRIOV = EXAMPLES.resolve("sriov.yaml");

  private static final Path RIGHTS = EXAMPLES.resolve("sriov-manager-rights.yaml");

  /** Read by the MetricsTest of the daemon that each is named for. */
  private static final Path ALERTS = MANIFESTS.resolve("alerts");

  private static final Path REPLICAS = EXAMPLES.resolve("tor-shim-replicas.yaml");

  private static final Path CRD = MANIFESTS.resolve("crds").resolve("fabricservices.yaml");

  /** Read by the ObjectServicesTest of tor-shims, as the CRD is. */
  private static final Path OFFERED = EXAMPLES.resolve("fabric-service.yaml");

  private static final Path CLAIMS = EXAMPLES.resolve("resource-claims.yaml");

  /** Heeded by every daemon beside its own. */
  private static final String LOG_LEVEL = "NSM_LOG_LEVEL";

  /** Subcommands and what configures them. */
  private static final Map<String, Class<? extends Record>> CONFIGS =
      Map.of(
          "nsmgr", NsmgrConfig.class,
          "registry", RegistryConfig.class,
          "registry-proxy", RegistryProxyConfig.class,
          "kernel-forwarder", KernelForwarderConfig.class,
          "sriov-manager", SriovManagerConfig.class,
          "device-plugin", DevicePluginConfig.class,
          "identity", IdentityConfig.class,
          "tor-shim", TorShimConfig.class,
          "nsc", NscConfig.class,
          "nse-icmp-responder", IcmpResponderConfig.class);

  private static final Set<String> ANNOTATIONS =
      Set.of("networkservicemesh.io", "ns.networkservicemesh.io");

  private final RackDescription rack = RackDescription.readFile(RACK);
  private final List<String> wrong = new ArrayList<>();

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(MANIFESTS)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static List<Path> pods() throws IOException {
    return files().stream()
        .filter(file -> Json.readFile(file, JsonNode.class).path("kind").asText().equals("Pod"))
        .toList();
  }

  private static Path services() {
    return EXAMPLES.resolve("services");
  }

  @Test
  void everyFileHasAReader() throws IOException {
    TreeSet<Path> unread = new TreeSet<>(files());
    unread.removeAll(pods());
    unread.removeAll(Set.of(RACK, FABRIC, IDENTITY, SRIOV, RIGHTS, REPLICAS, CLAIMS, OFFERED, CRD));
    unread.removeIf(file -> file.startsWith(services()));
    unread.removeAll(Set.of(ALERTS.resolve("sriov-manager.yaml"), ALERTS.resolve("tor-shim.yaml")));
    assertEquals(Set.of(), unread);
  }

  /** What KubernetesApi of sriov-manager calls, and no more. */
  @Test
  void sriovManagerMayDoWhatItDoesAtTheApiServer() {
    assertEquals(Set.of("create events", "get pods", "patch events"), may(RIGHTS));
  }

  /** What KubernetesLeases and KubernetesIntents of tor-shims call, and no more. */
  @Test
  void torShimMayDoWhatItDoesAtTheApiServer() {
    assertEquals(
        Set.of(
            "get leases",
            "update leases",
            "create leases",
            "get configmaps",
            "update configmaps",
            "create configmaps"),
        may(REPLICAS));
  }

  /** What KubernetesServices of tor-shims calls, and no more. */
  @Test
  void torShimMayReadServicesAndSayWhatBecameOfThem() {
    assertEquals(
        Set.of("get fabricservices", "list fabricservices", "patch fabricservices/status"),
        may(OFFERED));
  }

  /** What KubernetesCluster of device-plugin calls, and no more. */
  @Test
  void devicePluginMayDoWhatItDoesAtTheApiServer() {
    assertEquals(
        Set.of(
            "get resourceclaims",
            "get resourceslices",
            "create resourceslices",
            "update resourceslices",
            "delete resourceslices",
            "get nodes"),
        may(CLAIMS));
  }

  private static Set<String> may(Path rights) {
    TreeSet<String> may = new TreeSet<>();
    for (JsonNode item : Json.readFile(rights, JsonNode.class).path("items")) {
      for (JsonNode rule : item.path("rules")) {
        rule.path("verbs")
            .forEach(
                verb -> may.add(verb.asText() + " " + rule.path("resources").path(0).asText()));
      }
    }
    return may;
  }

  @Test
  void podsAreReadWithTheirClients() throws IOException {
    Injection injection = new Injection(List.of("patchbay/nsc-init"), List.of("patchbay/nsc"));
    for (Path file : pods()) {
      PodSpec pod =
          Json.interpretFile(file, JsonNode.class, tree -> Manifest.read(injection.inject(tree)));
      assertEquals(file.getFileName().toString(), pod.name() + ".yaml");
    }
    assertFalse(pods().isEmpty());
  }

  @Test
  void servicesAreReadWithoutAProblem() {
    Registries registries = Registries.inMemory(Time.system(), Duration.ofMinutes(1));
    try (ServicesFolder read =
        ServicesFolder.watch(services(), registries.services(), Time.system())) {
      assertEquals(List.of(), read.problems());
    }
  }

  @Test
  void theFabricIsReadAndItsServicesAreTheRacksGateways() {
    Set<String> switches = new TreeSet<>();
    rack.switches().forEach(tor -> switches.add(tor.name()));
    FabricServices fabric = FabricServices.readFile(FABRIC, switches);
    TreeSet<String> offered = new TreeSet<>();
    fabric.services().forEach(service -> offered.add(service.name()));
    TreeSet<String> behind = new TreeSet<>();
    rack.gateways().forEach(gateway -> behind.add(gateway.service()));
    assertEquals(behind, offered);
  }

  /** The first rule is for pods; a daemon is known by its subcommand. */
  @Test
  void everyDaemonThatAsksWhoItIsHasARule() {
    TreeSet<String> known = new TreeSet<>();
    for (JsonNode rule : Json.readFile(IDENTITY, JsonNode.class).path("rules")) {
      known.add(rule.path("argument").asText());
    }
    TreeSet<String> asking = new TreeSet<>();
    Stream.concat(rack.nodes().stream().map(NodeDescription::host), rack.hosts().stream())
        .flatMap(host -> host.daemons().stream())
        .map(daemon -> program(daemon.command()))
        .filter(program -> !Set.of("identity", "device-plugin").contains(program))
        .forEach(asking::add);
    asking.removeAll(known);
    assertEquals(Set.of(), asking);
  }

  /** A variable that nobody reads is a setting that does not hold. */
  @Test
  void everyVariableIsKnownToTheProgramThatGetsIt() throws IOException {
    rack.nodes().forEach(node -> daemons(node.host()));
    rack.hosts().forEach(this::daemons);
    rack.images()
        .forEach((image, command) ->
            command.stream()
                .filter(word -> word.matches("[A-Z_]+=.*"))
                .forEach(
                    word -> known(image, program(command), word.substring(0, word.indexOf('=')))));
    for (Path file : pods()) {
      for (ContainerSpec container : Manifest.readFile(file).all()) {
        List<String> command = rack.images().getOrDefault(container.image(), List.of());
        container
            .variables()
            .forEach(each -> known(file.toString(), program(command), each.name()));
      }
    }
    assertEquals(List.of(), wrong);
  }

  private void daemons(HostDescription host) {
    for (DaemonDescription daemon : host.daemons()) {
      String where = host.name() + "/" + daemon.name();
      daemon.env().keySet().forEach(name -> known(where, program(daemon.command()), name));
    }
  }

  /** The subcommand in a command line. */
  private static String program(List<String> command) {
    return command.stream().filter(CONFIGS::containsKey).findFirst().orElse("");
  }

  private void known(String where, String program, String variable) {
    Class<? extends Record> config = CONFIGS.get(program);
    boolean read =
        config != null
            && (variable.equals(LOG_LEVEL)
                || Environment.variables(config).stream()
                    .map(Variable::name)
                    .anyMatch(variable::equals));
    if (!read) {
      wrong.add(where + ": " + variable + " is no variable of '" + program + "'");
    }
  }

  @Test
  void everyImageResourceAndAnnotationOfAPodIsKnown() throws IOException {
    Set<String> resources = new TreeSet<>();
    rack.nodes().stream()
        .map(NodeDescription::nics)
        .flatMap(List::stream)
        .forEach(nic ->
            nic.physicalFunction()
                .serviceDomains()
                .forEach(domain ->
                    nic.physicalFunction()
                        .capabilities()
                        .forEach(name -> resources.add(domain + "/" + name))));
    for (Path file : pods()) {
      PodSpec pod = Manifest.readFile(file);
      assertTrue(ANNOTATIONS.containsAll(pod.metadata().annotations().keySet()), file::toString);
      assertTrue(resources.containsAll(pod.requests().keySet()), file::toString);
      for (ContainerSpec container : pod.all()) {
        assertTrue(rack.images().containsKey(container.image()), file + ": " + container.image());
      }
      assertTrue(
          pod.nodeName().isEmpty()
              || rack.nodes().stream().anyMatch(node -> node.name().equals(pod.nodeName())),
          file::toString);
    }
  }
}

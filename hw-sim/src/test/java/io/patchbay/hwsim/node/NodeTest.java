package io.patchbay.hwsim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.kubelet.FakePlugin;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.node.PodStatus.Phase;
import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node made of real namespaces and processes, with pods on it, and nothing left afterwards. */
class NodeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String NAME = "example.com/100g";
  private static final Map<String, List<String>> IMAGES =
      Map.of(
          "sleeper", List.of("sleep"),
          "env", List.of("env"),
          "sh", List.of("sh", "-c"));

  private final Stack opened = new Stack();
  private List<Long> childrenBefore;
  private Path work;
  private Node node;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "needs root: makes namespaces");
    childrenBefore = children();
    work = Files.createTempDirectory(Path.of("/tmp"), "pb-");
    opened.push(() -> deleteTree(work));
    opened.push(SharedFolder.mount(work));
    NetworkNamespace rack = opened.push(NetworkNamespace.create());
    ManagementNetwork management = opened.push(ManagementNetwork.open(rack));
    RackDescription description = RackDescription.parse("rack.yaml", RackDescriptionTest.RACK);
    Words words = new Words(Map.of("PATCHBAY", List.of("sh", "-c", "exec sleep 1000")));
    node =
        opened.push(
            Node.start(
                description.nodes().getFirst(), IMAGES, new Host.Site(work, management, words)));
    cluster = opened.push(new Cluster(List.of(node)));
  }

  @AfterEach
  void stop() throws IOException {
    if (work == null) {
      return;
    }
    opened.close();
    opened.close();
    assertEquals(childrenBefore, children(), "processes left");
    assertEquals(List.of(), mounts(), "mounts left");
    assertFalse(Files.exists(work));
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).sorted().toList();
  }

  /** Only ours: other tests may mount things on this machine at the same time. */
  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .filter(line -> line.contains(work.toString()))
        .toList();
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private FakePlugin plugin(String... ids) {
    FakePlugin plugin =
        opened.push(new FakePlugin(node.host().kubeletFolder().resolve("device-plugins"), NAME));
    plugin.list(
        Stream.of(ids)
            .map(FakePlugin::healthy)
            .toArray(io.patchbay.api.deviceplugin.Device[]::new));
    plugin.register();
    Await.until(
        "devices",
        SOON,
        () -> node.kubelet().devices().allocatable().getOrDefault(NAME, 0) == ids.length);
    return plugin;
  }

  private void apply(String name, String spec) {
    String yaml =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec: {%s}
        """;
    cluster.apply(Manifest.parse(name, yaml.formatted(name, spec)));
  }

  private PodStatus await(String name, Phase phase) {
    return cluster.await(name, SOON, status -> status.phase() == phase);
  }

  @Test
  void aHostHasItsOwnFoldersAddressAndMounts() throws Exception {
    assertTrue(Files.exists(node.host().meshFolder().resolve("sriov.config")));
    List<String> look =
        List.of(
            "bash",
            "-c",
            "cat /var/lib/networkservicemesh/sriov.config; ls /var/lib/kubelet /run; ls -d"
                + " /var/lib/dpkg; ip -br address show mgmt0; : < /dev/tcp/10.200.0.1/9");
    var unused = node.host().run("look", look, Map.of()).waitFor();
    String seen = Files.readString(node.host().logs().file("look"));
    // A port that is refused has been reached; one that is not says so otherwise.
    for (String part :
        List.of(
            "physicalFunctions",
            "device-plugins",
            "/var/lib/dpkg",
            "10.200.0.11/24",
            "Connection refused")) {
      assertTrue(seen.contains(part), seen);
    }
    assertFalse(Files.exists(Path.of("/var/lib/kubelet")), "nothing is left on this machine");
  }

  @Test
  void whatIsMountedLaterShowsInTheHost() throws Exception {
    Path later = Files.createDirectory(work.resolve("later"));
    List<String> mount = List.of("mount", "-t", "tmpfs", "hw-sim", later.toString());
    assertEquals(0, new ProcessBuilder(mount).start().waitFor());
    Files.writeString(later.resolve("file"), "seen");
    List<String> look = List.of("cat", later.resolve("file").toString());
    assertEquals(0, node.host().run("later", look, Map.of()).waitFor());
    assertEquals("seen", Files.readString(node.host().logs().file("later")));
  }

  @Test
  void aDaemonIsKilledAndStartedAgain() {
    Daemon daemon = node.host().daemon("nsmgr");
    assertTrue(daemon.pid().isEmpty());
    node.host().startDaemons();
    long first = daemon.pid().orElseThrow();
    daemon.kill();
    assertTrue(daemon.pid().isEmpty());
    daemon.start();
    assertNotEquals(first, daemon.pid().orElse(first));
  }

  @Test
  void aContainerGetsItsDevicesInItsEnvironment() {
    plugin("a", "b");
    apply(
        "p",
        "restartPolicy: Never, containers: [{name: c, image: env, resources: {limits: {"
            + NAME
            + ": 2}}, env: [{name: WHO, value: me}]}]");
    PodStatus status = await("p", Phase.SUCCEEDED);
    assertEquals("node-1", status.node());
    assertEquals(Map.of(NAME, List.of("a", "b")), status.container("c").devices());
    String environment = cluster.logs("p", "c");
    assertTrue(environment.contains("TOKENS_example.com/100g="), environment);
    assertTrue(environment.contains("WHO=me"), environment);
    assertTrue(environment.contains("HOSTNAME=p"), environment);
  }

  @Test
  void aDeletedPodLeavesNothing() {
    plugin("a");
    String device = "resources: {limits: {" + NAME + ": 1}}";
    apply("p", "containers: [{name: c, image: sleeper, args: ['1000'], " + device + "}]");
    PodStatus status = await("p", Phase.RUNNING);
    long pid = status.pids().getFirst();
    Execution links = cluster.execute("p", List.of("cat", "/proc/net/dev"), Duration.ofSeconds(5));
    assertEquals(0, links.exitStatus());
    assertFalse(links.output().contains("mgmt0"), "pods are not on the management network");
    assertNotEquals(node.host().network().inode(), status.networkInode());

    apply("q", "containers: [{name: c, image: sleeper, args: ['1000'], " + device + "}]");
    assertEquals(
        "0/1 nodes are available: 1 Insufficient example.com/100g.", cluster.status("q").message());

    cluster.delete("p");
    assertTrue(ProcessHandle.of(pid).isEmpty());
    await("q", Phase.RUNNING);
  }

  @Test
  void initContainersRunFirstAndInOrder() {
    apply(
        "p",
        "restartPolicy: Never, initContainers: ["
            + "{name: i1, image: sh, args: ['echo one > /run/order']},"
            + "{name: side, image: sleeper, args: ['1000'], restartPolicy: Always},"
            + "{name: i2, image: sh, args: ['echo two >> /run/order']}],"
            + "containers: [{name: c, image: sh, args: ['cat /run/order']}]");
    PodStatus status = await("p", Phase.SUCCEEDED);
    assertEquals("one\ntwo\n", cluster.logs("p", "c"));
    assertEquals(List.of(), status.pids(), "the sidecar ended with the pod");
  }

  @Test
  void aFailingInitContainerSaysWhatItSaidLast() {
    apply(
        "p",
        "restartPolicy: Never, initContainers: [{name: nsc, image: sh,"
            + " args: ['echo trying; echo no such service; exit 3']}],"
            + "containers: [{name: c, image: sleeper}]");
    PodStatus status = await("p", Phase.FAILED);
    assertEquals("Init:Error", status.reason());
    assertEquals("nsc: exit status 3: trying | no such service", status.message());
  }

  @Test
  void aContainerThatEndsIsStartedAgain() {
    apply("p", "containers: [{name: c, image: sh, args: ['echo bye; exit 1']}]");
    PodStatus status =
        cluster.await("p", SOON, candidate -> candidate.container("c").restarts() > 0);
    assertEquals(Phase.RUNNING, status.phase());
    cluster.await(
        "p",
        SOON,
        candidate ->
            candidate.reason().equals("CrashLoopBackOff")
                && candidate.message().equals("c: exit status 1: bye | bye"));
  }

  @Test
  void whatAContainerSaidBeforeItsLastStartIsNotToldAnyMore() {
    apply(
        "p",
        "containers: [{name: c, image: sh, args: ["
            + "'test -e /run/again && echo two && exec sleep 1000;"
            + " echo one; touch /run/again; exit 1']}]");
    Await.until("its second life", SOON, () -> cluster.logs("p", "c").endsWith("two\n"));
    assertEquals("two\n", cluster.logs("p", "c"));
    assertEquals("", cluster.logs("p", "nobody"));
  }

  @Test
  void anUnknownImageAndARefusedDeviceAreTold() {
    apply("p", "containers: [{name: c, image: what}]");
    PodStatus status =
        cluster.await("p", SOON, candidate -> candidate.reason().equals("ImagePullBackOff"));
    assertEquals(Phase.PENDING, status.phase());
    assertEquals("c: Back-off pulling image \"what\"", status.message());

    apply(
        "q",
        "nodeName: node-1, containers: [{name: c, image: sleeper, resources: {limits: {"
            + NAME
            + ": 1}}}]");
    assertEquals("UnexpectedAdmissionError", await("q", Phase.FAILED).reason());
  }

  @Test
  void whatRefusesToEndIsKilledWithItsChildren() {
    apply(
        "p",
        "containers: [{name: c, image: sh, args: ['trap \"\" TERM; sleep 1000 & sleep 1001;"
            + " wait']}]");
    PodStatus status = await("p", Phase.RUNNING);
    long pid = status.pids().getFirst();
    Await.until(
        "its children run",
        SOON,
        () -> ProcessHandle.of(pid).orElseThrow().descendants().count() == 2);
    List<ProcessHandle> children = ProcessHandle.of(pid).orElseThrow().descendants().toList();
    cluster.delete("p");
    assertTrue(children.stream().noneMatch(NodeTest::runs), "only zombies, if anything");
  }

  private static boolean runs(ProcessHandle process) {
    return Files.exists(Path.of("/proc/" + process.pid() + "/exe"));
  }
}

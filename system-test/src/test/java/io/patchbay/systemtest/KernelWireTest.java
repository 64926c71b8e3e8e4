package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.kernelforwarder.KernelForwarder;
import io.patchbay.kernelforwarder.KernelForwarderConfig;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.nsmgr.Nsmgr;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.sockets.Channels;
import io.patchbay.workloads.IcmpResponder;
import io.patchbay.workloads.IcmpResponderConfig;
import io.patchbay.workloads.Nsc;
import io.patchbay.workloads.NscConfig;
import io.patchbay.workloads.Surroundings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The software path of one node, all daemons in this process, in real namespaces. */
class KernelWireTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Stack world = new Stack();
  private final Time time = Time.system();
  private NetworkNamespace pod;
  private NetworkNamespace server;
  private KernelForwarder forwarder;
  private Registries registries;

  @BeforeEach
  void start() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root: makes network namespaces");
    pod = world.push(NetworkNamespace.create());
    server = world.push(NetworkNamespace.create());
    world.push(Nsmgr.start(settings(NsmgrConfig.class, "NSM_REGISTRY_URL", ""), time));
    startForwarder();
    world.push(() -> forwarder.close());
    world.push(
        IcmpResponder.start(
            settings(IcmpResponderConfig.class, "NSM_CIDR_PREFIX", "172.16.9.0/24"),
            new Surroundings("file://" + server.path(), Map.of()),
            time));
    Channels channels = world.push(new Channels());
    Tokens tokens = Tokens.selfSigned("spiffe://test", Duration.ofMinutes(1), time);
    registries = Registries.at(Url.parse(manager()), channels, tokens, time);
    awaitRegistered();
  }

  private void awaitRegistered() {
    Await.until(
        "forwarder and endpoint are registered",
        PATIENCE,
        () -> registries.endpoints().find(NetworkServiceEndpoint.getDefaultInstance()).size() == 2);
  }

  private void startForwarder() {
    forwarder =
        KernelForwarder.start(
            settings(KernelForwarderConfig.class, "NSM_LISTEN_ON", "unix://" + folder + "/fwd"),
            time);
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private String manager() {
    return "unix://" + folder.resolve("nsm.io.sock");
  }

  /** What all daemons are told, and one thing more. */
  private <C extends Record> C settings(Class<C> type, String name, String value) {
    Map<String, String> environment = new HashMap<>();
    environment.put("NSM_CONNECT_TO", manager());
    environment.put("NSM_LISTEN_ON", manager());
    environment.put("NSM_BASE_DIR", folder.toString());
    environment.put("PATCHBAY_STATE_DIR", folder.resolve(type.getSimpleName()).toString());
    environment.put("NSM_NETWORK_SERVICES", "kernel://icmp-responder/nsm-1?app=a");
    environment.put("NSM_REQUEST_TIMEOUT", "5s");
    environment.put("POD_NAME", "app-1");
    environment.put(name, value);
    return Environment.read(type, environment);
  }

  private NscConfig client(String name, String value) {
    return settings(NscConfig.class, name, value);
  }

  private Surroundings inPod() {
    return new Surroundings("file://" + pod.path(), Map.of());
  }

  private Nsc connected(NscConfig config) {
    Nsc nsc = world.push(Nsc.of(config, inPod(), time));
    nsc.connect();
    return nsc;
  }

  private List<String> links(NetworkNamespace namespace) {
    return namespace.links().list().stream()
        .map(Link::name)
        .filter(name -> !name.equals("lo"))
        .toList();
  }

  private void assertNothingLeft() {
    assertEquals(List.of(), links(pod));
    assertEquals(List.of(), links(server));
  }

  private static InetAddress endpointOf(Connection connection) {
    return IpPrefix.parse(connection.getContext().getIpContext().getDstIpAddrs(0)).address();
  }

  @Test
  void twentyPingsAndNothingIsLeftAfterwards() {
    Nsc nsc = connected(client("NSM_LABELS", "tier:gold"));
    Connection connection = nsc.connections().getFirst();
    assertEquals(4, connection.getPath().getPathSegmentsCount());
    assertEquals("nsc-0", connection.getId());
    assertEquals(Map.of("app", "a", "tier", "gold", "podName", "app-1"), connection.getLabelsMap());
    assertEquals(
        "KERNEL/nsm-1",
        connection.getPath().getPathSegments(2).getMetricsMap().get("server_interface"));
    assertEquals(List.of("nsm-1"), links(pod));
    Ping.Result pings =
        Ping.run(
            pod,
            new Ping.Plan(
                Optional.empty(),
                endpointOf(connection),
                20,
                Duration.ofMillis(20),
                Duration.ofSeconds(5)));
    assertEquals(20, pings.received());
    nsc.close();
    assertNothingLeft();
  }

  @Test
  void theClientThatStaysTakesOverWhatTheInitClientMade() {
    Nsc.once(client("NSM_LABELS", ""), inPod(), time);
    Link made = pod.links().require("nsm-1");
    Nsc nsc = connected(client("NSM_LABELS", ""));
    assertEquals(made, pod.links().require("nsm-1"), "not made anew");
    assertEquals(1, links(server).size());
    nsc.close();
    assertNothingLeft();
  }

  @Test
  void aClientThatIsKilledIsCleanedUpWhenItsTokenEnds() {
    Nsc.once(client("NSM_MAX_TOKEN_LIFETIME", "3s"), inPod(), time);
    assertEquals(List.of("nsm-1"), links(pod));
    Await.until("the pair is gone", PATIENCE, () -> links(pod).isEmpty());
    assertNothingLeft();
  }

  @Test
  void aForwarderThatComesBackFindsWhatItHolds() {
    Nsc nsc = connected(client("NSM_LABELS", ""));
    Link made = pod.links().require("nsm-1");
    forwarder.close();
    assertEquals(made, pod.links().require("nsm-1"));
    startForwarder();
    awaitRegistered(); // it has another socket now
    nsc.close();
    assertNothingLeft();
  }

  @Test
  void aPairThatVanishedIsMadeAgainByTheNextRefresh() {
    Nsc nsc = connected(client("NSM_MAX_TOKEN_LIFETIME", "4s"));
    assertTrue(pod.links().delete("nsm-1"));
    Await.until("the pair is back", PATIENCE, () -> links(pod).equals(List.of("nsm-1")));
    nsc.close();
    assertNothingLeft();
  }

  @Test
  void whatDoesNotExistIsRefusedClearlyAndHoldsNothing() {
    String services = "kernel://icmp-responder/nsm-1,kernel://nothing/nsm-2";
    Nsc nsc = world.push(Nsc.of(client("NSM_NETWORK_SERVICES", services), inPod(), time));
    Failure refused = assertThrows(Failure.class, nsc::connect);
    assertEquals(Failure.Kind.NOT_FOUND, refused.kind());
    assertTrue(
        refused.getMessage().contains("no network service 'nothing' is registered"),
        refused.getMessage());
    nsc.close();
    assertNothingLeft();
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.fabric.Claim;
import io.patchbay.api.fabric.DiffRequest;
import io.patchbay.api.fabric.Event;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.HistoryRequest;
import io.patchbay.api.fabric.SwitchDiff;
import io.patchbay.api.fabric.SwitchState;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole shim: gRPC on one side, a simulated switch behind real SSH on the other. */
@Timeout(120)
class TorShimTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";

  @TempDir private Path folder;
  private Rig rig;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder);
    factory = rig.tor.runningConfig();
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private String parameter(Connection connection, String key) {
    return connection.getMechanism().getParametersOrThrow(key);
  }

  private boolean carries(String... vlans) {
    String running = rig.tor.runningConfig();
    Set<String> wanted = new HashSet<>(Set.of(vlans));
    Set<String> found = new HashSet<>();
    for (String part : running.split("<trunk-vlans>")) {
      if (part.contains("</trunk-vlans>")) {
        found.add(part.substring(0, part.indexOf('<')));
      }
    }
    return found.equals(wanted);
  }

  @Test
  void answersWithVlanAddressesAndMtu() {
    Connection answer = rig.request("a", "myns", "node-1", PF1);
    assertEquals("REMOTE", answer.getMechanism().getCls());
    assertEquals("VLAN", answer.getMechanism().getType());
    assertEquals("100", parameter(answer, "vlan-id"));
    assertEquals("Ethernet1", parameter(answer, "port"));
    assertEquals("a", answer.getId());
    assertEquals(0, answer.getPath().getIndex());
    assertEquals("ETHERNET", answer.getPayload());
    assertEquals("tor-shim", answer.getNetworkServiceEndpointName());
    assertEquals(1500, answer.getContext().getMTU());
    IPContext ip = answer.getContext().getIpContext();
    assertEquals(List.of("10.60.0.4/24"), ip.getSrcIpAddrsList());
    assertEquals(List.of("10.60.0.1/24"), ip.getDstIpAddrsList());
    assertEquals("10.99.0.0/16", ip.getSrcRoutes(0).getPrefix());
    assertEquals("10.60.0.1", ip.getSrcRoutes(0).getNextHop());
    assertTrue(carries("100"));
  }

  @Test
  void vfsOfOnePortShareItAndLeaveItOneByOne() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    Connection b = rig.request("b", "other@example.com", "node-1", PF1);
    assertEquals("200", parameter(b, "vlan-id"));
    assertNotEquals(
        a.getContext().getIpContext().getSrcIpAddrs(0),
        b.getContext().getIpContext().getSrcIpAddrs(0));
    assertTrue(carries("100", "200"));
    rig.close(b);
    assertTrue(carries("100"));
    rig.close(a);
    assertEquals(factory, rig.tor.runningConfig());
    rig.close(a);
  }

  @Test
  void aRefreshChangesNothing() {
    Connection first = rig.request("a", "myns", "node-2", PF2);
    String running = rig.tor.runningConfig();
    Connection second = rig.request(Duration.ofMinutes(10), first);
    assertEquals(first.getMechanism(), second.getMechanism());
    assertEquals(first.getContext(), second.getContext());
    assertEquals(running, rig.tor.runningConfig());
  }

  @Test
  void aRestartForgetsNothingAndACloseBeforeAnyRefreshCleans() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    Connection b = rig.request("b", "other", "node-2", PF2);
    rig.shim.close();
    assertTrue(carries("100", "200"), "a stop changes nothing");
    rig.start();
    rig.close(a);
    assertTrue(carries("200"));
    Connection c = rig.request("c", "other", "node-1", PF1);
    assertNotEquals(
        b.getContext().getIpContext().getSrcIpAddrs(0),
        c.getContext().getIpContext().getSrcIpAddrs(0));
    Connection again = rig.request(Duration.ofMinutes(10), b);
    assertEquals(b.getContext(), again.getContext());
    rig.close(b);
    rig.close(c);
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void aClientThatStopsRefreshingIsCleanedAlsoAfterARestart() {
    Connection fresh =
        Paths.arrive(
            Connection.newBuilder().setId("a").setNetworkService("myns").build(), "client");
    Connection unused = rig.request(Duration.ofSeconds(3), fresh, Rig.vlan("node-1", PF1));
    assertTrue(carries("100"));
    rig.shim.close();
    rig.start();
    Await.until("expired", PATIENCE, () -> rig.tor.runningConfig().equals(factory));
  }

  @Test
  void aClientReadoptsItsAddressFromAShimWithAnEmptyDisk() {
    Connection a = rig.request("a", "other", "node-1", PF1);
    Connection b = rig.request("b", "other", "node-2", PF2);
    rig.close(a);
    rig.shim.close();
    rig.environment.put("PATCHBAY_STATE_DIR", folder.resolve("empty").toString());
    rig.start();
    Connection again = rig.request(Duration.ofMinutes(10), b);
    assertEquals(
        b.getContext().getIpContext().getSrcIpAddrsList(),
        again.getContext().getIpContext().getSrcIpAddrsList());
    assertEquals("200", parameter(again, "vlan-id"));
  }

  @Test
  void refusalsHaveTheRightStatusAndHoldNothing() {
    refused(Status.Code.NOT_FOUND, "no service 'ghost'", "ghost", "node-1", PF1);
    refused(Status.Code.NOT_FOUND, "no cable for", "myns", "node-1", "02:00:00:00:0f:00");
    refused(Status.Code.INVALID_ARGUMENT, "not a MAC address", "myns", "node-1", "xyz");
    assertEquals(factory, rig.tor.runningConfig());
    Connection a = rig.request("a", "myns", "node-1", PF1);
    assertEquals("10.60.0.4/24", a.getContext().getIpContext().getSrcIpAddrs(0));
  }

  private void refused(Status.Code code, String text, String service, String node, String pf) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> rig.request("refused", service, node, pf));
    assertEquals(code, e.getStatus().getCode(), e::getMessage);
    assertTrue(e.getMessage().contains(text), e.getMessage());
  }

  @Test
  void anUnreachableSwitchIsNamedAndHoldsNothing() throws IOException {
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE")),
        """
        switches:
          - {name: tor-1, address: "127.0.0.1:1", login: {user: shim, passwordFile: password, hostKeyFile: keys}}
        """);
    rig.shim.close();
    rig.start();
    refused(
        Status.Code.UNAVAILABLE,
        "switch tor-1 (127.0.0.1:1) cannot be reached",
        "myns",
        "node-1",
        PF1);
    rig.shim.close();
    assertEquals("", journal("sessions"));
    assertTrue(!journal("fabric").contains("former/"), journal("fabric"));
    rig.start();
  }

  @Test
  void aCloseTowardsASwitchThatIsDownSucceeds() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    rig.tor.close();
    rig.close(a);
  }

  @Test
  void aSwitchThatIsGoneForGoodStopsNobodyElse() throws IOException {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    rig.shim.close();
    for (String name : List.of("SWITCHES", "CABLES", "FABRIC")) {
      Path file = Path.of(rig.environment.get("PATCHBAY_" + name + "_FILE"));
      Files.writeString(file, Files.readString(file).replace("tor-1", "tor-2"));
    }
    rig.start();
    Connection b = rig.request("b", "myns", "node-2", PF2);
    assertEquals("10.60.0.10/24", b.getContext().getIpContext().getSrcIpAddrs(0));
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> rig.close(a));
    assertEquals(Status.Code.NOT_FOUND, e.getStatus().getCode(), e::getMessage);
    Connection c = rig.request("c", "myns", "node-1", PF1);
    assertEquals(
        "10.60.0.4/24",
        c.getContext().getIpContext().getSrcIpAddrs(0),
        "all but the port was let go");
  }

  private String journal(String name) throws IOException {
    try (var journal = io.patchbay.base.Journal.open(folder.resolve("state").resolve(name))) {
      return String.join("\n", journal.entries().keySet());
    }
  }

  @Test
  void aWrongHostKeyIsDenied() throws IOException {
    rig.shim.close();
    Files.writeString(folder.resolve("keys"), "SHA256:wrong");
    rig.start();
    refused(Status.Code.PERMISSION_DENIED, "shows host key SHA256:", "myns", "node-1", PF1);
  }

  @Test
  void registersItsServicesAndLeaves() {
    Await.until("registered", PATIENCE, () -> rig.shim.registered());
    NetworkServiceEndpoint found =
        Kind.ENDPOINTS.find(rig.registries.endpoints(), "tor-shim").orElseThrow();
    assertEquals(List.of("myns", "other"), found.getNetworkServiceNamesList());
    assertEquals(rig.shim.url().toString(), found.getUrl());
    assertEquals(
        "ETHERNET",
        Kind.SERVICES.find(rig.registries.services(), "myns").orElseThrow().getPayload());
    rig.shim.close();
    assertTrue(Kind.ENDPOINTS.find(rig.registries.endpoints(), "tor-shim").isEmpty());
  }

  @Test
  void badFilesStopTheStartAndLeaveNothingOpen() throws IOException {
    rig.shim.close();
    Path cables = Path.of(rig.environment.get("PATCHBAY_CABLES_FILE"));
    Files.writeString(cables, FabricFilesTest.CABLES.replace("Ethernet2", "Ethernet1"));
    Failure failure = assertThrows(Failure.class, () -> rig.start());
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.getMessage().contains("cables[1].port"), failure.getMessage());
    Files.writeString(cables, FabricFilesTest.CABLES);
    rig.start();
    rig.close(rig.request("a", "myns", "node-1", PF1));
  }

  @Test
  void brokenOnPurposeItProgramsNoPort() {
    rig.shim.close();
    rig.environment.put("PATCHBAY_BREAK", "port");
    rig.start();
    rig.close(rig.request("a", "myns", "node-1", PF1));
    Connection kept = rig.request("b", "myns", "node-1", PF1);
    assertEquals("100", parameter(kept, "vlan-id"));
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void tellsWhoeverMayLookWhatItDoesToItsSwitches() {
    Connection connection = rig.request("c1", "myns", "node-1", "02:00:00:00:01:00");
    Url socket = Url.parse("unix://" + folder.resolve("state").resolve("fabric.sock"));
    try (Channels channels = new Channels()) {
      FabricGrpc.FabricBlockingStub asking = FabricGrpc.newBlockingStub(channels.to(socket));
      SwitchState tor = asking.get(GetRequest.getDefaultInstance()).getSwitches(0);
      assertEquals("Ethernet1", tor.getPorts(0).getName());
      assertTrue(tor.getPorts(0).getSettled(), tor::toString);
      Claim claim = tor.getPorts(0).getClaims(0);
      assertEquals(100, claim.getVlan());
      assertEquals("myns", claim.getService());
      assertEquals("spiffe://test/client", claim.getClient());
      assertEquals("node-1", claim.getNode());
      assertEquals("0000:01:00.2", claim.getPciAddress());
      SwitchDiff diff = asking.diff(DiffRequest.getDefaultInstance()).getSwitches(0);
      assertTrue(diff.getPorts(0).getSame(), diff::toString);
      assertEquals("trunk VLANs 100", diff.getPorts(0).getRunning());
      rig.close(connection);
      List<Event> events = asking.history(HistoryRequest.getDefaultInstance()).getEventsList();
      assertEquals(List.of("take", "leave"), events.stream().map(Event::getCause).toList());
      assertEquals(claim.getConnectionId(), events.getFirst().getConnectionIds(0));
      assertEquals("done", events.getLast().getResult());
    }
  }

  @Test
  void servesItsMetricsWhereItIsTold() throws IOException, InterruptedException {
    rig.shim.close();
    try (ServerSocket free = new ServerSocket(0)) {
      rig.environment.put("NSM_PROMETHEUS_LISTEN_ON", "127.0.0.1:" + free.getLocalPort());
    }
    rig.environment.put("PROMETHEUS", "true");
    rig.start();
    var unused = rig.request("a", "myns", "node-1", PF1);
    URI uri = URI.create("http://" + rig.environment.get("NSM_PROMETHEUS_LISTEN_ON") + "/metrics");
    try (HttpClient client = HttpClient.newHttpClient()) {
      String text =
          client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
      assertTrue(text.contains("patchbay_switch_reachable{switch=\"tor-1\"} 1.0"), text);
      assertTrue(text.contains("patchbay_switch_commit_changes_sum{switch=\"tor-1\"} 1.0"), text);
    }
  }
}

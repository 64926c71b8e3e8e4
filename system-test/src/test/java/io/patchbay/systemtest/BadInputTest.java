package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.nic.MachineNics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong in a request, in a file or in the rack is told to the client in one clear status
 * through all hops, and afterwards no hop holds anything: not in its memory, not in its journal,
 * not on the hardware.
 */
@Timeout(120)
class BadInputTest {
  @TempDir Path folder;
  private OneNode node;
  private TreeSet<String> registered;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(MachineNics.obstacle().isEmpty(), () -> MachineNics.obstacle().toString());
    node = new OneNode(folder);
    node.start();
    registered = node.registered();
  }

  @AfterEach
  void nothingIsLeft() {
    if (node != null) {
      node.close();
      assertEquals(Set.of(), node.journalled());
    }
  }

  /** Asks, wants this status, and that everything is as if nobody had asked. */
  private void refused(Status.Code code, String text, NetworkServiceRequest request) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> node.client().request(request));
    String said = String.valueOf(e.getStatus().getDescription());
    assertEquals(code, e.getStatus().getCode(), said);
    assertTrue(said.contains(text), said);
    assertFalse(said.contains("Exception"), said);
    assertFalse(said.contains("\n"), said);
    boolean empty = Await.comesTrue(OneNode.PATIENCE, () -> node.held().isEmpty());
    assertTrue(empty, () -> "held after " + said + ": " + node.held());
    assertEquals(registered, node.registered());
  }

  private static NetworkServiceRequest labelled(
      NetworkServiceRequest request, String label, String value) {
    NetworkServiceRequest.Builder changed = request.toBuilder();
    changed.getConnectionBuilder().putLabels(label, value);
    return changed.build();
  }

  private static NetworkServiceRequest parameter(
      NetworkServiceRequest request, String key, String value) {
    NetworkServiceRequest.Builder changed = request.toBuilder();
    changed.getMechanismPreferencesBuilder(0).putParameters(key, value);
    return changed.build();
  }

  /** Without it the others would prove nothing: what is right connects, and is held everywhere. */
  @Test
  void whatIsRightIsHeldAtEveryHopUntilItIsClosed() {
    Connection agreed = node.client().request(node.asking("myns@example.com"));
    assertEquals(
        Set.of("nsmgr", "manager", "shim", "ledger", "VF", "switch"), node.held().keySet());
    assertEquals(100, node.vf().settings().vlan());
    var unused = node.client().close(agreed);
    Await.until("all is let go", OneNode.PATIENCE, () -> node.held().isEmpty());
  }

  @Test
  void whatARequestNamesMustExist() {
    refused(
        Status.Code.NOT_FOUND,
        "no network service 'nowhere' is registered",
        node.asking("nowhere"));
    refused(
        Status.Code.NOT_FOUND,
        "network service 'silent@example.com' has no endpoint",
        node.asking("silent@example.com"));
    refused(
        Status.Code.NOT_FOUND, "network service 'silent' has no endpoint", node.asking("silent"));
    refused(
        Status.Code.PERMISSION_DENIED,
        "it can be on services of that domain only, such as name@example.com, not on 'myns'",
        node.asking("myns"));
    refused(
        Status.Code.NOT_FOUND,
        "no VF of node-1 is called 'example.com/400g'; there are [example.com/100g,"
            + " lab.example.org/100g]",
        labelled(node.asking("myns@example.com"), "sriovToken", "example.com/400g"));
    refused(
        Status.Code.NOT_FOUND,
        node.noNamespace(),
        parameter(node.asking("myns@example.com"), "inodeURL", node.noNamespace()));
    refused(
        Status.Code.PERMISSION_DENIED,
        "no VF is granted to the tokenID of this request",
        parameter(node.asking("myns@example.com"), "tokenID", "0000:3b:01.0"));
  }

  @Test
  void whatARequestSaysMustBeWellFormed() {
    refused(
        Status.Code.INVALID_ARGUMENT,
        "resource name 'fast' has no slash; write for example example.com/100g",
        labelled(node.asking("myns@example.com"), "sriovToken", "fast"));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "'/proc/1/ns/net' means nothing in another process: write inode://dev/ino",
        parameter(node.asking("myns@example.com"), "inodeURL", "/proc/1/ns/net"));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "inodeURL is missing",
        parameter(node.asking("myns@example.com"), "inodeURL", ""));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "1 to 15 characters",
        parameter(node.asking("myns@example.com"), "name", "a-name-that-is-too-long"));
    refused(
        Status.Code.INVALID_ARGUMENT, "the connection names no network service", node.asking(""));
  }

  @Test
  void anUnreachableSwitchIsNamed() throws IOException {
    node.write(
        "switches.yaml",
        """
        switches:
          - {name: tor-1, address: "127.0.0.1:1", login: {user: u, passwordFile: password, hostKeyFile: keys}}
        """);
    node.startShim();
    refused(
        Status.Code.UNAVAILABLE,
        "switch tor-1 (127.0.0.1:1) cannot be reached: Connection refused",
        node.asking("myns@example.com"));
  }

  @Test
  void aSwitchWithAnotherHostKeyIsNotTrusted() throws IOException {
    node.write("keys", "SHA256:wrong");
    node.startShim();
    refused(
        Status.Code.PERMISSION_DENIED,
        "shows host key " + node.tor.hostKeyFingerprint(),
        node.asking("myns@example.com"));
  }

  @Test
  void aNicWithoutACableIsNamed() throws IOException {
    node.write(
        "cables.yaml",
        "cables: [{node: node-1, pfMac: '02:00:00:00:0f:00', switch: tor-1, port: Ethernet1}]\n");
    node.startShim();
    refused(
        Status.Code.NOT_FOUND,
        "no cable for 02:00:00:00:01:00 of node node-1; add it to the cables file",
        node.asking("myns@example.com"));
  }

  /** A daemon with a wrong file does not start; with the right one it then does. */
  @Test
  void aWrongInventoryStopsTheShimAtItsLine() throws IOException {
    Map<String, String> mistakes =
        Map.of(
            "cables:\n- {node: n, pfMac: '020000000001', switch: tor-9, port: Ethernet1}\n",
            "cables.yaml:2:36: cables[0].switch: no switch 'tor-9', only [tor-1]",
            "cables:\n- {node: n, pfMac: '020000000001', switch: tor-1, port: Ethernet1}\n"
                + "- {node: n, pfMac: '020000000002', switch: tor-1, port: Ethernet1}\n",
            "cables.yaml:3:51: cables[1].port: port Ethernet1 of switch tor-1 already has the"
                + " cable of cables[0]");
    String right = Files.readString(folder.resolve("cables.yaml"));
    for (Map.Entry<String, String> mistake : mistakes.entrySet()) {
      node.write("cables.yaml", mistake.getKey());
      Failure failure = assertThrows(Failure.class, node::startShim);
      assertEquals(Failure.Kind.INVALID, failure.kind());
      assertEquals(folder + "/" + mistake.getValue(), failure.getMessage());
    }
    node.write("cables.yaml", right);
    node.startShim();
    whatIsRightIsHeldAtEveryHopUntilItIsClosed();
  }
}

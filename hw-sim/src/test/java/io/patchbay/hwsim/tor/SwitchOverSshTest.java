package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.NetconfClient;
import io.patchbay.hwsim.netconf.NetconfServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A switch through a real SSH client, as a shim uses it. */
@Timeout(30)
class SwitchOverSshTest {
  private static final String CANDIDATE = "<target><candidate/></target>";
  private static final String OK = "<ok/>";

  private final FakeTime time = new FakeTime();
  private final List<NetconfClient> clients = new ArrayList<>();
  private final SimulatedSwitch tor = start(Access.byPassword("admin", "secret"));

  @AfterEach
  void stop() throws IOException {
    for (NetconfClient client : clients) {
      client.close();
    }
    tor.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1.1"})
  void aPortIsProgrammedAndPutBackToTheLetter(String base) throws IOException {
    String before = tor.runningConfig();
    NetconfClient shim = connect(base);
    assertTrue(shim.hello().contains("urn:ietf:params:netconf:capability:confirmed-commit:1.1"));
    assertTrue(shim.hello().contains("http://openconfig.net/yang/vlan?module=openconfig-vlan"));
    for (String step :
        List.of(
            "<lock>" + CANDIDATE + "</lock>",
            "<discard-changes/>",
            edit("Ethernet1", mode("TRUNK", "<trunk-vlans>100</trunk-vlans>")),
            "<validate><source><candidate/></source></validate>",
            "<commit><confirmed/><confirm-timeout>30</confirm-timeout></commit>")) {
      assertOk(shim.rpc(step));
    }
    String seen =
        shim.rpc(
            "<get-config><source><running/></source><filter type='subtree'>"
                + "<interfaces xmlns='http://openconfig.net/yang/interfaces'><interface>"
                + "<name>Ethernet1</name></interface></interfaces></filter></get-config>");
    assertTrue(seen.contains("<trunk-vlans>100</trunk-vlans>"), seen);
    assertFalse(seen.contains("Ethernet2"), seen);
    assertOk(shim.rpc("<commit/>"));
    assertOk(shim.rpc("<unlock>" + CANDIDATE + "</unlock>"));
    assertEquals(0, time.pending() - 1, "only LLDP's timer is left");
    assertFalse(before.equals(tor.runningConfig()));

    assertOk(shim.rpc(edit("Ethernet1", mode("TRUNK", "<trunk-vlans>999</trunk-vlans>"))));
    assertOk(shim.rpc("<commit/>"));
    assertEquals(before, tor.runningConfig());
    assertOk(shim.rpc("<close-session/>"));
    assertThrows(IOException.class, shim::read);
  }

  @Test
  void aVlanThatCannotBeIsRefusedWithItsPath() throws IOException {
    NetconfClient shim = connect("1.1");
    String refused = shim.rpc(edit("Ethernet2", mode("ACCESS", "<access-vlan>5000</access-vlan>")));
    assertTrue(refused.contains("<error-tag>invalid-value</error-tag>"), refused);
    assertTrue(
        refused.contains(
            ">/oc-if:interfaces/oc-if:interface[oc-if:name='Ethernet2']/oc-eth:ethernet"
                + "/oc-vlan:switched-vlan/oc-vlan:config/oc-vlan:access-vlan</error-path>"),
        refused);
    assertTrue(refused.contains("xmlns:oc-vlan=\"http://openconfig.net/yang/vlan\""), refused);
    assertOk(shim.rpc("<lock>" + CANDIDATE + "</lock>"));
  }

  @Test
  void aLostSessionLosesItsUnconfirmedCommitAndItsLock() throws IOException {
    String before = tor.runningConfig();
    NetconfClient lost = connect("1.1");
    assertOk(lost.rpc("<lock>" + CANDIDATE + "</lock>"));
    assertOk(lost.rpc(edit("Ethernet1", mode("ACCESS", "<access-vlan>7</access-vlan>"))));
    NetconfClient other = connect("1.1");
    String denied = other.rpc("<lock>" + CANDIDATE + "</lock>");
    assertTrue(denied.contains("<error-tag>lock-denied</error-tag>"), denied);
    assertTrue(denied.contains("<session-id>" + lost.id() + "</session-id>"), denied);
    assertOk(lost.rpc("<commit><confirmed/></commit>"));
    assertFalse(before.equals(tor.runningConfig()));
    lost.cut();
    Await.until("rolled back", Duration.ofSeconds(20), () -> before.equals(tor.runningConfig()));
    Await.until(
        "lock free", Duration.ofSeconds(20), () -> ok(other, "<lock>" + CANDIDATE + "</lock>"));
  }

  @Test
  void aKilledSessionEndsAndWhatItHeldIsFreeAtOnce() throws IOException {
    NetconfClient victim = connect("1.1");
    NetconfClient killer = connect("1.1");
    assertOk(victim.rpc("<lock>" + CANDIDATE + "</lock>"));
    assertOk(
        killer.rpc("<kill-session><session-id>" + victim.id() + "</session-id></kill-session>"));
    assertOk(killer.rpc("<lock>" + CANDIDATE + "</lock>"));
    assertThrows(IOException.class, victim::read);
    for (String id : List.of(killer.id(), "77", "x")) {
      String reply = killer.rpc("<kill-session><session-id>" + id + "</session-id></kill-session>");
      assertTrue(reply.contains("<error-tag>invalid-value</error-tag>"), reply);
    }
  }

  @Test
  void repliesCarryTheAttributesOfTheirRpcAndComeInOrder() throws IOException {
    NetconfClient shim = connect("1.1");
    String base = "xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0'";
    shim.send(
        "<nc:rpc " + base + " message-id='a&lt;b' xmlns:x='urn:x' x:y='z'><nc:commit/></nc:rpc>");
    shim.send("<nc:rpc " + base + "><nc:commit/></nc:rpc>");
    shim.send("<nc:rpc " + base + " message-id='3'><nc:copy-config/></nc:rpc>");
    String first = shim.read();
    assertTrue(first.contains("message-id=\"a&lt;b\"") && first.contains("x:y=\"z\""), first);
    assertTrue(shim.read().contains("<error-tag>missing-attribute</error-tag>"));
    assertTrue(shim.read().contains("<error-tag>operation-not-supported</error-tag>"));
    shim.send("<!DOCTYPE rpc [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><rpc>&e;</rpc>");
    assertTrue(shim.read().contains("<error-tag>malformed-message</error-tag>"));
    assertThrows(IOException.class, shim::read);
  }

  @Test
  void sessionsAreBounded() throws IOException {
    for (int i = 0; i < NetconfServer.SESSIONS_MAX; i++) {
      connect("1.1");
    }
    assertThrows(IOException.class, () -> connect("1.1"));
    clients.getFirst().rpc("<close-session/>");
    connect("1.1");
  }

  @Test
  void getShowsPortsAndTheirNeighbours() throws IOException {
    String state = connect("1.1").rpc("<get/>");
    assertTrue(state.contains("<oper-status>DOWN</oper-status>"), state);
    assertTrue(state.contains("<system-name>tor-1</system-name>"), state);
  }

  @Test
  void theHostKeyIsKeptInItsFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("host.key");
    Access access = new Access("127.0.0.1", 0, "admin", "secret", List.of(), file.toString());
    String key;
    try (SimulatedSwitch first = start(access)) {
      key = first.hostKey();
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (SimulatedSwitch second = start(access)) {
      assertEquals(key, second.hostKey());
      assertTrue(key.startsWith("ecdsa-sha2-nistp256 "), key);
    }
  }

  @Test
  void aWrongPasswordOpensNothing() {
    try (SimulatedSwitch strict = start(Access.byPassword("admin", "other"))) {
      assertThrows(
          IOException.class,
          () -> NetconfClient.connect(strict.netconfAddress(), strict.hostKey(), "1.1"));
    }
  }

  private SimulatedSwitch start(Access access) {
    return SimulatedSwitch.start(
        new SwitchDescription(
            "tor-1",
            List.of(
                SwitchDescription.Port.trunk("Ethernet1", "999"),
                SwitchDescription.Port.bare("Ethernet2")),
            access),
        time);
  }

  private NetconfClient connect(String base) throws IOException {
    NetconfClient client = NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), base);
    clients.add(client);
    return client;
  }

  private static boolean ok(NetconfClient client, String operation) {
    try {
      return client.rpc(operation).contains(OK);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertOk(String reply) {
    assertTrue(reply.contains(OK), reply);
  }

  private static String mode(String mode, String leaves) {
    return "<interface-mode>" + mode + "</interface-mode>" + leaves;
  }

  /** What a shim sends: the whole VLAN setting of a port, with replace. */
  private static String edit(String port, String config) {
    return "<edit-config>"
        + CANDIDATE
        + "<config>"
        + "<interfaces xmlns='http://openconfig.net/yang/interfaces'><interface><name>"
        + port
        + "</name><ethernet xmlns='http://openconfig.net/yang/interfaces/ethernet'>"
        + "<switched-vlan xmlns='http://openconfig.net/yang/vlan'"
        + " xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' nc:operation='replace'><config>"
        + config
        + "</config></switched-vlan></ethernet></interface></interfaces></config></edit-config>";
  }
}

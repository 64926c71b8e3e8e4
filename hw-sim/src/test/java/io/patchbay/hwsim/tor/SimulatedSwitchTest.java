package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.hwsim.netconf.NetconfClient;
import io.patchbay.linux.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole switch: its description, its ports, LLDP, and what a commit does to frames. */
@Timeout(30)
class SimulatedSwitchTest {
  private static final String YAML =
      """
      name: tor-1
      ports:
        - {name: Ethernet1, description: node-1 pf0, mode: TRUNK, trunkVlans: ["10", "20..22"]}
        - {name: Ethernet2, mode: ACCESS, accessVlan: 10}
        - {name: Ethernet3}
      netconf: {port: 0, user: admin, password: secret}
      """;

  private final FakeTime time = new FakeTime();
  private final SimulatedSwitch tor =
      SimulatedSwitch.start(Json.parseYaml("rack", YAML, SwitchDescription.class), time);
  private final Probe one = new Probe();
  private final Probe two = new Probe();

  @AfterEach
  void stop() {
    tor.close();
  }

  @Test
  void theDescriptionIsTheFirstConfiguration() {
    assertEquals(
        """
        <interfaces xmlns="http://openconfig.net/yang/interfaces">
          <interface>
            <name>Ethernet1</name>
            <config>
              <name>Ethernet1</name>
              <type xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">\
        ianaift:ethernetCsmacd</type>
              <description>node-1 pf0</description>
              <enabled>true</enabled>
            </config>
            <ethernet xmlns="http://openconfig.net/yang/interfaces/ethernet">
              <switched-vlan xmlns="http://openconfig.net/yang/vlan">
                <config>
                  <interface-mode>TRUNK</interface-mode>
                  <trunk-vlans>10</trunk-vlans>
                  <trunk-vlans>20..22</trunk-vlans>
                </config>
              </switched-vlan>
            </ethernet>
          </interface>
        """
            .stripTrailing(),
        tor.runningConfig().substring(0, tor.runningConfig().indexOf("</interface>") + 12));
    one.plugged(true);
    tor.attach("Ethernet1", one);
    tor.attach("Ethernet2", two);
    one.taken();
    two.transmit(Probe.broadcast(1, 0));
    assertEquals(List.of(10), one.takenTags());
    assertEquals(1, tor.counters("Ethernet1").vlan(10).sent());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: t, ports: [{name: a}, {name: a}], netconf: {user: u, password: p}} | port a twice",
        "{name: t, ports: [{name: a, mode: HYBRID}], netconf: {user: u, password: p}} | mode"
            + " 'HYBRID'",
        "{name: t, ports: [{name: a, mode: ACCESS, accessVlan: 5000}], netconf: {user: u, password:"
            + " p}} | 5000",
        "{name: t, ports: [{name: a, mode: TRUNK, trunkVlans: [9..3]}], netconf: {user: u,"
            + " password: p}} | 9..3",
        "{name: t, ports: [{name: a, accessVlan: 3}], netconf: {user: u, password: p}} | needs mode"
            + " ACCESS",
        "{name: t, ports: [{name: a}], netconf: {password: p}} | needs a user",
        "{name: t, ports: [{name: a}], netconf: {user: u, authorizedKeys: [x]}} | no SSH public"
            + " key",
        "{name: t, ports: [{name: a}]} | section netconf",
        "{name: t, ports: [{name: a, speed: 1}], netconf: {user: u, password: p}} | speed",
      })
  void aWrongDescriptionSaysWhatIsWrong(String yaml, String wrong) {
    Failure e =
        assertThrows(Failure.class, () -> Json.parseYaml("rack", yaml, SwitchDescription.class));
    assertEquals(Failure.Kind.INVALID, e.kind());
    assertTrue(e.getMessage().contains(wrong), e.getMessage());
  }

  @Test
  void lldpIsSentAtOnceThenEveryThirtySecondsAndWhenAPortComesUp() {
    tor.attach("Ethernet1", one);
    LldpMessage said = LldpMessage.read(only(one.taken()));
    assertEquals(new Identity(IdType.INTERFACE_NAME, "Ethernet1"), said.port());
    assertEquals("tor-1", said.systemName());
    assertEquals(120, said.ttlSeconds());
    time.advance(Duration.ofSeconds(29));
    assertEquals(List.of(), one.taken());
    time.advance(Duration.ofSeconds(31));
    assertEquals(2, one.taken().size());
    one.plugged(false);
    time.advance(Duration.ofSeconds(30));
    assertEquals(List.of(), one.taken());
    one.plugged(true);
    assertEquals(1, one.taken().size());
  }

  @Test
  void whatANeighbourSaysHoldsForItsTimeAndIsNotForwarded() throws IOException {
    tor.attach("Ethernet1", one);
    tor.attach("Ethernet2", two);
    two.taken();
    MacAddress pf = MacAddress.parse("02:00:00:00:00:05");
    Identity port = new Identity(IdType.MAC_ADDRESS, pf.toString());
    LldpMessage message = new LldpMessage(port, port, 120, "node-1<", "\0pf\u000b0");
    one.transmit(message.frame(pf));
    time.advance(Duration.ofSeconds(10));
    one.transmit(message.frame(pf));
    two.taken();
    assertEquals(message, tor.neighbours("Ethernet1").getFirst().message());
    time.advance(Duration.ofSeconds(5));
    String state = get();
    for (String leaf :
        List.of(
            "<port-id>02:00:00:00:00:05</port-id>",
            "<port-id-type>MAC_ADDRESS</port-id-type>",
            "<system-name>node-1&lt;</system-name>",
            "<port-description>\uFFFDpf\uFFFD0</port-description>",
            "<age>15</age>",
            "<last-update>5</last-update>",
            "<oper-status>UP</oper-status>")) {
      assertTrue(state.contains(leaf), leaf + " in " + state);
    }
    assertTrue(two.taken().stream().allMatch(frame -> frame.source().value() != pf.value()));
    time.advance(Duration.ofSeconds(116));
    assertEquals(List.of(), tor.neighbours("Ethernet1"));
    one.transmit(message.frame(pf));
    one.transmit(new LldpMessage(port, port, 0, "", "").frame(pf));
    assertEquals(List.of(), tor.neighbours("Ethernet1"));
    one.transmit(Frame.of(LldpMessage.NEAREST_BRIDGE, pf, LldpMessage.ETHER_TYPE, new byte[9]));
  }

  @Test
  void aPortSwitchedOffIsDark() throws IOException {
    tor.attach("Ethernet2", two);
    assertTrue(two.powered());
    try (NetconfClient client = connect()) {
      assertOk(client.rpc(config("Ethernet2", "<config><enabled>false</enabled></config>")));
      assertOk(client.rpc("<commit/>"));
    }
    assertFalse(two.powered());
    two.transmit(Probe.broadcast(1, 0));
    assertEquals(1, tor.counters("Ethernet2").dropped(DropReason.PORT_DISABLED));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Ethernet9 | <config><name>Ethernet9</name><type"
            + " xmlns:i='urn:ietf:params:xml:ns:yang:iana-if-type'>i:ethernetCsmacd</type></config>"
            + " | invalid-value",
        "Ethernet1 | <config><type>ethernetCsmacd</type></config> | invalid-value",
        "Ethernet1 | <config nc:operation='remove'/> | data-missing",
        "Ethernet1 | <config><mtu>70000</mtu></config> | invalid-value",
        "Ethernet1 | <config><colour>red</colour></config> | unknown-element",
        "Ethernet1 | <state><oper-status>UP</oper-status></state> | unknown-element",
        "Ethernet1 | VLAN<interface-mode>ACCESS</interface-mode> | unknown-element",
        "Ethernet1 | VLAN<access-vlan>10</access-vlan> | unknown-element",
        "Ethernet2 | VLAN<trunk-vlans>10</trunk-vlans> | unknown-element",
        "Ethernet2 | VLAN<native-vlan>10</native-vlan> | unknown-element",
        "Ethernet1 | VLAN<trunk-vlans>4095</trunk-vlans> | invalid-value",
        "Ethernet1 | VLAN<trunk-vlans>20..10</trunk-vlans> | invalid-value",
        "Ethernet1 | VLAN<trunk-vlans nc:operation='delete'>11</trunk-vlans> | data-missing",
        "Ethernet1 | VLAN<trunk-vlans nc:operation='create'>10</trunk-vlans> | data-exists",
      })
  void whatMakesNoSenseIsRefused(String port, String content, String tag) throws IOException {
    try (NetconfClient client = connect()) {
      String reply = client.rpc(config(port, content));
      assertTrue(reply.contains("<error-tag>" + tag + "</error-tag>"), reply);
      assertTrue(reply.contains("<error-path"), reply);
      assertOk(client.rpc("<lock><target><candidate/></target></lock>"));
    }
  }

  @Test
  void aSlowSwitchCommitsLate() throws Exception {
    tor.faults(new SwitchFaults(Duration.ofSeconds(10)));
    String before = tor.runningConfig();
    try (NetconfClient client = connect()) {
      assertOk(client.rpc(config("Ethernet1", "<config><mtu>1500</mtu></config>")));
      client.send(
          "<rpc xmlns='urn:ietf:params:xml:ns:netconf:base:1.0' message-id='1'><commit/></rpc>");
      client.send(
          "<rpc xmlns='urn:ietf:params:xml:ns:netconf:base:1.0' message-id='2'><validate>"
              + "<source><candidate/></source></validate></rpc>");
      assertEquals(before, tor.runningConfig());
      BlockingQueue<String> replies = new LinkedBlockingQueue<>();
      Thread reader = Thread.ofVirtual().start(() -> replies.add(read(client)));
      Await.until(
          "committed",
          Duration.ofSeconds(20),
          () -> {
            time.advance(Duration.ofSeconds(1));
            return !replies.isEmpty();
          });
      assertOk(replies.take());
      reader.join();
      assertFalse(before.equals(tor.runningConfig()));
    }
  }

  @Test
  void framesPassThroughRealCables() throws Exception {
    BlockingQueue<Frame> got = new LinkedBlockingQueue<>();
    try (Cable left = new Cable("left");
        Cable right = new Cable("right")) {
      right.nicEnd().receiver(got::add);
      tor.attach("Ethernet1", left.switchEnd());
      tor.attach("Ethernet2", right.switchEnd());
      assertEquals(LldpMessage.ETHER_TYPE, got.poll(10, TimeUnit.SECONDS).etherType());
      left.nicEnd().send(Probe.broadcast(1, 10));
      assertEquals(Probe.broadcast(1, 0), got.poll(10, TimeUnit.SECONDS));
      tor.close();
      assertFalse(right.nicEnd().carrier());
    }
  }

  @Test
  void aPortThatDoesNotExistIsNamed() {
    Failure e = assertThrows(Failure.class, () -> tor.attach("Ethernet9", one));
    assertEquals(Failure.Kind.NOT_FOUND, e.kind());
    assertThrows(Failure.class, () -> tor.counters("Ethernet9"));
  }

  private String get() throws IOException {
    try (NetconfClient client = connect()) {
      return client.rpc("<get/>");
    }
  }

  private NetconfClient connect() throws IOException {
    return NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), "1.1");
  }

  private static String read(NetconfClient client) {
    try {
      return client.read();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Frame only(List<Frame> frames) {
    assertEquals(1, frames.size());
    return frames.getFirst();
  }

  private static void assertOk(String reply) {
    assertTrue(reply.contains("<ok/>"), reply);
  }

  /** A merge into one interface; {@code VLAN} stands for the way down to the VLAN settings. */
  private static String config(String port, String content) {
    String inside =
        content.startsWith("VLAN")
            ? "<ethernet xmlns='http://openconfig.net/yang/interfaces/ethernet'>"
                + "<switched-vlan xmlns='http://openconfig.net/yang/vlan'><config>"
                + content.substring(4)
                + "</config></switched-vlan></ethernet>"
            : content;
    return "<edit-config><target><candidate/></target><config"
        + " xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0'>"
        + "<interfaces xmlns='http://openconfig.net/yang/interfaces'><interface><name>"
        + port
        + "</name>"
        + inside
        + "</interface></interfaces></config></edit-config>";
  }
}

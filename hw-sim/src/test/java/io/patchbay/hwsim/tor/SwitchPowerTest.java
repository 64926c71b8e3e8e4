package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.netconf.NetconfClient;
import io.patchbay.linux.MacAddress;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A switch that loses its power and gets it back. */
@Timeout(30)
class SwitchPowerTest {
  private static final Set<Capability> WITH_STARTUP =
      EnumSet.of(Capability.BASE_1_1, Capability.CANDIDATE, Capability.STARTUP);

  private final FakeTime time = new FakeTime();
  private final Probe one = new Probe();
  private final Probe two = new Probe();
  private final Probe three = new Probe();
  private SimulatedSwitch tor = start(Capability.WITH_CANDIDATE);

  private SimulatedSwitch start(Set<Capability> capabilities) {
    SimulatedSwitch started =
        SimulatedSwitch.start(
            new SwitchDescription(
                "tor-1",
                List.of(
                    SwitchDescription.Port.access("p1", 10),
                    SwitchDescription.Port.access("p2", 10),
                    SwitchDescription.Port.access("p3", 10)),
                Access.byPassword("admin", "secret"),
                capabilities),
            time);
    started.attach("p1", one);
    started.attach("p2", two);
    started.attach("p3", three);
    return started;
  }

  @AfterEach
  void stop() {
    tor.close();
  }

  @Test
  void withoutPowerItIsDarkAndAnswersNobody() throws IOException {
    NetconfClient client = connect();
    tor.powerOff();
    assertFalse(tor.poweredOn());
    assertFalse(one.powered());
    assertThrows(IOException.class, () -> client.rpc("<get-config/>"));
    assertThrows(IOException.class, this::connect);
    one.taken();
    two.transmit(Probe.broadcast(2, 0));
    assertEquals(List.of(), one.taken());
    tor.powerOff();
  }

  @Test
  void withPowerAgainItIsTheSameSwitchThatHasLearntNothing() throws IOException {
    String key = tor.hostKey();
    MacAddress pf = MacAddress.parse("02:00:00:00:00:05");
    Identity port = new Identity(IdType.MAC_ADDRESS, pf.toString());
    one.transmit(new LldpMessage(port, port, 120, "node-1", "").frame(pf));
    one.transmit(Probe.broadcast(1, 0));
    assertEquals(1, tor.neighbours("p1").size());
    tor.powerOff();
    tor.powerOn();
    tor.powerOn();
    assertTrue(tor.poweredOn());
    assertEquals(key, tor.hostKey());
    assertEquals(List.of(), tor.neighbours("p1"));
    assertEquals(LldpMessage.ETHER_TYPE, one.taken().getLast().etherType());
    two.taken();
    three.taken();
    two.transmit(Probe.unicast(1, 2, 0));
    assertEquals(1, one.taken().size());
    assertEquals(1, three.taken().size(), "it does not know where station 1 is");
    try (NetconfClient client = connect()) {
      assertOk(client.rpc("<lock><target><running/></target></lock>"));
    }
  }

  @Test
  void itBootsWithWhatWasCommittedForGood() throws IOException {
    try (NetconfClient client = connect()) {
      assertOk(client.rpc(mtu("p1", 1500)));
      assertOk(client.rpc("<commit/>"));
      String good = tor.runningConfig();
      assertOk(client.rpc(mtu("p1", 4000)));
      assertOk(client.rpc("<commit><confirmed/><persist>x</persist></commit>"));
      assertNotEquals(good, tor.runningConfig());
      assertOk(client.rpc(mtu("p2", 4000)));
      assertOk(client.rpc("<lock><target><running/></target></lock>"));
      tor.powerOff();
      tor.powerOn();
      assertEquals(good, tor.runningConfig());
    }
    try (NetconfClient client = connect()) {
      assertOk(client.rpc("<lock><target><candidate/></target></lock>"));
      assertOk(client.rpc("<commit/>"));
      String running = client.rpc("<get-config><source><running/></source></get-config>");
      assertFalse(running.contains("4000"), running);
    }
  }

  @Test
  void withAStartupDatastoreItBootsWithWhatWasSaved() throws IOException {
    tor.close();
    tor = start(WITH_STARTUP);
    try (NetconfClient client = connect()) {
      assertOk(client.rpc(mtu("p1", 1500)));
      assertOk(client.rpc("<commit/>"));
      assertOk(
          client.rpc(
              "<copy-config><target><startup/></target><source><running/></source></copy-config>"));
      String saved = tor.runningConfig();
      assertOk(client.rpc(mtu("p1", 4000)));
      assertOk(client.rpc("<commit/>"));
      tor.powerOff();
      tor.powerOn();
      assertEquals(saved, tor.runningConfig());
    }
  }

  private NetconfClient connect() throws IOException {
    return NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), "1.1");
  }

  private static void assertOk(String reply) {
    assertTrue(reply.contains("<ok/>"), reply);
  }

  private static String mtu(String port, int mtu) {
    return "<edit-config><target><candidate/></target><config>"
        + "<interfaces xmlns='http://openconfig.net/yang/interfaces'><interface><name>"
        + port
        + "</name><config><mtu>"
        + mtu
        + "</mtu></config></interface></interfaces></config></edit-config>";
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.MacAddress;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.netconf.NetconfSwitch;
import io.patchbay.torshims.netconf.SshDoor;
import io.patchbay.torshims.netconf.UndoLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a service sets of its ports, seen by the frames between two of them. */
@Timeout(120)
class PortSettingsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";
  private static final String MTU = new PortItem("Ethernet2", Aspect.MTU).key();

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private final BlockingQueue<Frame> arrived = new LinkedBlockingQueue<>();
  private Rig rig;
  private Cable first;
  private NetconfSwitch operator;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = opened.push(new Rig(folder));
    Path fabric = Path.of(rig.environment.get("PATCHBAY_FABRIC_FILE"));
    Files.writeString(
        fabric,
        """
        domain: example.com
        services:
          - name: narrow
            vlans: ["100"]
            addresses: {prefix: 10.60.0.0/24, gateway: 10.60.0.1}
          - name: wide
            vlans: ["200"]
            addresses: {prefix: 10.61.0.0/24, gateway: 10.61.0.1}
            mtu: 4000
            port: {mtu: 4100, description: true}
        """);
    first = cable("Ethernet1");
    cable("Ethernet2").nicEnd().receiver(arrived::add);
    Switches switches = Switches.readFile(Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE")));
    UndoLog undo = new UndoLog(opened.push(Journal.open(folder.resolve("operator"))), "tor-1");
    operator =
        opened.push(
            new NetconfSwitch(
                switches.switches().getFirst(),
                opened.push(new SshDoor()),
                "operator",
                undo,
                VlanNames.NUMBERS,
                Time.system()));
    operator.apply(Map.of(MTU, new Leaf("1500")), PATIENCE);
    factory = rig.tor.runningConfig();
    rig.start();
  }

  private Cable cable(String port) {
    Cable cable = opened.push(new Cable(port));
    rig.tor.attach(port, cable.switchEnd());
    return cable;
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  /** Whether a frame gets through that needs more than the port's former MTU. */
  private boolean passes(int vlan) throws InterruptedException {
    arrived.clear();
    Frame frame = Frame.of(MacAddress.parse(PF2), MacAddress.parse(PF1), 0x0800, new byte[4000]);
    long dropped = rig.tor.counters("Ethernet1").dropped();
    first.nicEnd().send(frame.retag(vlan));
    Await.until(
        "it has come or gone",
        PATIENCE,
        () -> !arrived.isEmpty() || rig.tor.counters("Ethernet1").dropped() > dropped);
    return arrived.poll(0, TimeUnit.SECONDS) != null;
  }

  @Test
  void aFrameThatWasTooLargePassesForAsLongAsItsServiceIsOnThePort() throws Exception {
    Connection a = rig.request("a", "narrow", "node-1", PF1);
    Connection b = rig.request("b", "narrow", "node-2", PF2);
    assertTrue(!passes(100), "the port's MTU is 1500, and nobody has asked for more");
    Connection c = rig.request("c", "wide", "node-1", PF1);
    Connection d = rig.request("d", "wide", "node-2", PF2);
    assertEquals(4000, d.getContext().getMTU());
    assertTrue(passes(200), rig.tor.runningConfig());
    assertTrue(
        rig.tor.runningConfig().contains("<description>patchbay: narrow, wide</description>"));
    rig.close(d);
    assertTrue(!passes(100), "the port has its former MTU again");
    for (Connection each : List.of(a, b, c)) {
      rig.close(each);
    }
    assertEquals(factory, rig.tor.runningConfig());
  }

  /** An operator's hand on it is drift. */
  @Test
  void whatAnOperatorMakesOfItIsPutRightAndWhatNobodyAskedForIsLeftAlone() {
    Connection b = rig.request("b", "narrow", "node-2", PF2);
    operator.apply(Map.of(MTU, new Leaf("1600")), PATIENCE);
    Connection d = rig.request("d", "wide", "node-2", PF2);
    operator.apply(Map.of(MTU, new Leaf("1700")), PATIENCE);
    Connection refreshed = rig.request("e", "wide", "node-2", PF2);
    assertTrue(rig.tor.runningConfig().contains("<mtu>4100</mtu>"), rig.tor.runningConfig());
    for (Connection each : List.of(b, d, refreshed)) {
      rig.close(each);
    }
    assertEquals(factory.replace("<mtu>1500</mtu>", "<mtu>1600</mtu>"), rig.tor.runningConfig());
  }

  @Test
  void aShimDoesNotStartWhereASwitchCannotBeToldWhatAServiceSets() throws IOException {
    rig.shim.close();
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE")),
        """
        switches:
          - name: tor-1
            address: 127.0.0.1
            snmp: {user: shim, authPassphraseFile: a, privPassphraseFile: b}
        """);
    Failure failure = assertThrows(Failure.class, rig::start);
    assertEquals(
        "services[1].port.mtu: switch tor-1 is spoken to by SNMP, which sets nothing of a port but"
            + " VLANs; leave [port.mtu, port.description] out, or list under switches only others",
        failure.getMessage());
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.DropReason;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.Underlay;
import io.patchbay.linux.MacAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Services that are segments of the fabric's EVPN, in a whole shim. */
@Timeout(120)
class EvpnServiceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";
  private static final String EVPN = "    evpn: {vniBase: 10000, routeTarget: 65000}\n";

  private static final String FABRIC =
      """
      domain: example.com
      services:
        - name: blue
          vlans: [100-110]
          addresses: {prefix: 10.60.0.0/24, gateway: 10.60.0.1}
          evpn: {vniBase: 10000, routeTarget: 65000}
        - name: red
          vlans: [100-110]
          addresses: {prefix: 10.61.0.0/24, gateway: 10.61.0.1}
      """
          + EVPN;

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private Rig rig;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = opened.push(new Rig(folder));
    fabric(FABRIC);
    Path switches = Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE"));
    Files.writeString(switches, Files.readString(switches) + "    networkInstance: default\n");
    factory = rig.tor.runningConfig();
    rig.start();
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private void fabric(String text) throws IOException {
    Files.writeString(Path.of(rig.environment.get("PATCHBAY_FABRIC_FILE")), text);
  }

  private boolean isSegment(String service, int vni) {
    String text = rig.tor.runningConfig().replaceAll("\\s+", "");
    return text.contains("<network-instance><name>patchbay-" + service + "</name>")
        && text.contains("<import-route-target>65000:" + vni + "</import-route-target>")
        && text.contains("<vni>" + vni + "</vni>");
  }

  @Test
  void eachServiceHasItsSegmentForAsLongAsSomebodyIsOnIt() {
    Connection a = rig.request("a", "blue", "node-1", PF1);
    Connection b = rig.request("b", "red", "node-1", PF1);
    assertTrue(isSegment("blue", 10100), rig.tor::runningConfig);
    assertTrue(isSegment("red", 10101), rig.tor::runningConfig);
    rig.close(a);
    Await.until("blue is gone", PATIENCE, () -> !isSegment("blue", 10100));
    assertTrue(isSegment("red", 10101), rig.tor::runningConfig);
    rig.close(b);
    Await.until("all is as it was", PATIENCE, () -> rig.tor.runningConfig().equals(factory));
  }

  /** Somebody is on it all the while. */
  @Test
  void aServiceThatIsNoSegmentAnyMoreHasItsVlanMoved() throws IOException {
    var unused = rig.request("a", "red", "node-1", PF1);
    assertTrue(isSegment("red", 10100), rig.tor::runningConfig);
    rig.shim.close();
    fabric(FABRIC.substring(0, FABRIC.length() - EVPN.length()));
    rig.start();
    Await.until("it is moved", PATIENCE, () -> !isSegment("red", 10100));
    assertTrue(rig.tor.runningConfig().contains("<name>patchbay-red</name>"));
    rig.shim.close();
    fabric(FABRIC);
    rig.start();
    Await.until("and back", PATIENCE, () -> isSegment("red", 10100));
  }

  /** Somebody is on it all the while; else the switch would refuse its VLAN in two places. */
  @ParameterizedTest
  @ValueSource(strings = {EVPN, ""})
  void whatAServiceLeavesThatLeftTheFileIsInNobodysWay(String evpn) throws IOException {
    Connection a = rig.request("a", "red", "node-1", PF1);
    assertTrue(isSegment("red", 10100), rig.tor::runningConfig);
    rig.shim.close();
    fabric(FABRIC.substring(0, FABRIC.indexOf("  - name: red")).replace(EVPN, evpn));
    rig.start();
    Connection b = rig.request("b", "blue", "node-1", PF1);
    assertEquals(!evpn.isEmpty(), isSegment("blue", 10101), rig.tor::runningConfig);
    assertFalse(isSegment("red", 10100), rig.tor::runningConfig);
    rig.close(a);
    rig.close(b);
    Await.until("all is as it was", PATIENCE, () -> rig.tor.runningConfig().equals(factory));
  }

  /** It would be the first that is free, else. */
  @Test
  void aServiceHasItsVlanAgainAfterTheDiskIsLost() throws IOException {
    var unused = rig.request("a", "blue", "node-1", PF1);
    var ignored = rig.request("b", "red", "node-1", PF1);
    String before = rig.tor.runningConfig();
    rig.shim.close();
    remove(Path.of(rig.environment.get("PATCHBAY_STATE_DIR")));
    rig.start();
    var fresh = rig.request("c", "red", "node-2", PF2);
    assertTrue(isSegment("red", 10101), rig.tor::runningConfig);
    assertFalse(isSegment("red", 10102), rig.tor::runningConfig);
    assertEquals(
        segments(before), segments(rig.tor.runningConfig()), "nothing is made anew elsewhere");
  }

  /** With a base of its own: VLAN 200 would be VNI 10100, which is blue's. */
  private static final String GREEN =
      """
      domain: example.com
      services:
        - name: green
          vlans: ["200"]
          addresses: {prefix: 10.62.0.0/24, gateway: 10.62.0.1}
          evpn: {vniBase: 9900, routeTarget: 65000}
      """;

  private void green(String id) {
    var unused = rig.request(id, "green", "node-2", PF2);
  }

  /** Whoever is on the old one is moved to a VLAN without a segment. */
  @Test
  void aVniIsFreeOnceTheServiceThatLeftTheFileHasItNowhere() throws IOException {
    var unused = rig.request("a", "blue", "node-1", PF1);
    assertTrue(isSegment("blue", 10100), rig.tor::runningConfig);
    rig.shim.close();
    fabric(GREEN);
    rig.start();
    Await.until("it is free", PATIENCE, () -> isServed("b"));
    assertTrue(isSegment("green", 10100), rig.tor::runningConfig);
    assertFalse(isSegment("blue", 10100), rig.tor::runningConfig);
  }

  private boolean isServed(String id) {
    try {
      green(id);
      return true;
    } catch (StatusRuntimeException e) {
      assertTrue(e.getMessage().contains("VNI 10100"), e.getMessage());
      assertFalse(isSegment("green", 10100), rig.tor::runningConfig);
      return false;
    }
  }

  /** Its VLAN is in no pool, so nobody takes the instance away but its operator. */
  @Test
  void aVniThatASwitchStillHasIsNobodyElsesAlsoAfterTheDiskIsLost() throws IOException {
    var unused = rig.request("a", "blue", "node-1", PF1);
    rig.shim.close();
    remove(Path.of(rig.environment.get("PATCHBAY_STATE_DIR")));
    fabric(GREEN);
    rig.start();
    for (int start = 0; start < 2; start++) {
      StatusRuntimeException refusal = assertThrows(StatusRuntimeException.class, () -> green("b"));
      assertTrue(
          refusal.getMessage().contains("VNI 10100 of network-instance patchbay-green is still"),
          refusal.getMessage());
      assertTrue(isSegment("blue", 10100), rig.tor::runningConfig);
      rig.shim.close();
      rig.start();
    }
    new Hand(rig.tor).delete("patchbay-blue");
    rig.shim.close();
    rig.start();
    Await.until("it is free", PATIENCE, () -> isServed("c"));
    assertTrue(isSegment("green", 10100), rig.tor::runningConfig);
  }

  /** Nothing of it is owned, and nobody could ever ask it. */
  @Test
  void aSwitchThatHasLeftTheFileIsForgotten() {
    rig.shim.close();
    Path journal = Path.of(rig.environment.get("PATCHBAY_STATE_DIR")).resolve("fabric");
    try (Journal kept = Journal.open(journal)) {
      kept.put("evpn/tor-9", "asked for segments");
    }
    rig.start();
    rig.shim.close();
    try (Journal kept = Journal.open(journal)) {
      assertEquals(Set.of("tor-1"), EvpnServices.switches(kept));
    }
  }

  /** It is listed, and can have no network instances any more. */
  @Test
  void aSwitchThatHasNoNetworkInstanceAnyMoreIsForgotten() throws IOException {
    rig.shim.close();
    fabric(FABRIC.replace(EVPN, ""));
    Path switches = Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE"));
    Files.writeString(
        switches, Files.readString(switches).replace("    networkInstance: default\n", ""));
    rig.start();
    rig.shim.close();
    Path journal = Path.of(rig.environment.get("PATCHBAY_STATE_DIR")).resolve("fabric");
    try (Journal kept = Journal.open(journal)) {
      assertEquals(Set.of(), EvpnServices.switches(kept));
    }
  }

  /** Two leaves without a trunk between them: what is no segment ends at its own. */
  @Test
  void framesOfAServiceComeFromLeafToLeaf() throws IOException {
    rig.shim.close();
    fabric(
        FABRIC
            + """
              - name: local
                vlans: ["300"]
                addresses: {prefix: 10.62.0.0/24, gateway: 10.62.0.1}
            """);
    SimulatedSwitch second =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-2",
                    List.of(SwitchDescription.Port.bare("Ethernet7")),
                    Access.byPassword("shim", "secret")),
                rig.switchTime));
    Files.writeString(folder.resolve("keys-2"), second.hostKeyFingerprint());
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE")),
        """
          - name: tor-2
            address: 127.0.0.1:%d
            login: {user: shim, passwordFile: password, hostKeyFile: keys-2}
            networkInstance: default
        """
            .formatted(second.netconfAddress().getPort()),
        StandardOpenOption.APPEND);
    Path cables = Path.of(rig.environment.get("PATCHBAY_CABLES_FILE"));
    String moved =
        FabricFilesTest.CABLES.replace("tor-1, port: Ethernet2", "tor-2, port: Ethernet7");
    Files.writeString(cables, moved);
    Underlay underlay = opened.push(new Underlay());
    underlay.join(rig.tor);
    underlay.join(second);
    Cable here = opened.push(new Cable("here"));
    Cable there = opened.push(new Cable("there"));
    BlockingQueue<Frame> arrived = new LinkedBlockingQueue<>();
    there.nicEnd().receiver(frame -> frame.tag().ifPresent(tag -> arrived.add(frame)));
    rig.tor.attach("Ethernet1", here.switchEnd());
    second.attach("Ethernet7", there.switchEnd());
    rig.start();
    for (String service : List.of("red", "local")) {
      var unused = rig.request(service + "-1", service, "node-1", PF1);
      var ignored = rig.request(service + "-2", service, "node-2", PF2);
    }
    Frame frame = Frame.of(MacAddress.BROADCAST, MacAddress.parse(PF1), 0x0800, new byte[46]);
    here.nicEnd().send(frame.retag(300));
    Await.until(
        "it has gone nowhere",
        PATIENCE,
        () -> rig.tor.counters("Ethernet1").vlan(300).drops().containsKey(DropReason.NO_WAY_OUT));
    here.nicEnd().send(frame.retag(100));
    Await.until("it has come", PATIENCE, () -> !arrived.isEmpty());
    assertEquals(List.of(frame.retag(100)), List.copyOf(arrived));
  }

  private static String segments(String config) {
    return config.substring(config.indexOf("<network-instances"));
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}

package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Hosts at leaves without a trunk between them. Beside the segment in question all leaves have
 * another, {@code mark}: frames come in the order in which they were sent, so what has not come
 * before a mark has not come.
 */
@Timeout(60)
class UnderlayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String HOST = "Ethernet1";
  private static final String MARK = "Ethernet2";
  private static final String TRUNK = "Ethernet3";

  private static final String YAML =
      """
      name: NAME
      ports:
        - {name: Ethernet1, mode: ACCESS, accessVlan: VLAN}
        - {name: Ethernet2, mode: ACCESS, accessVlan: 99}
        - {name: Ethernet3, mode: TRUNK, trunkVlans: ["VLAN", "50"]}
        - {name: Ethernet4, mode: ACCESS, accessVlan: 50}
      netconf: {port: 0, user: admin, password: secret}
      config:
        openconfig-network-instance:network-instances:
          network-instance:
            - name: red
              config: {name: red, type: "openconfig-network-instance-types:L2VSI"}
              vlans: {vlan: [{vlan-id: VLAN, config: {vlan-id: VLAN}}]}
              evpn: {evpn-instances: {evpn-instance: [
                {evi: "1", config: {evi: "1", encapsulation-type: "openconfig-network-instance-types:VXLAN"},
                 import-export-policy: {config: {import-route-target: ["IMPORT"], export-route-target: ["65000:10100"]}},
                 vxlan: {config: {vni: VNI}}}]}}
            - name: mark
              config: {name: mark, type: "openconfig-network-instance-types:L2VSI"}
              vlans: {vlan: [{vlan-id: 99, config: {vlan-id: 99}}]}
              evpn: {evpn-instances: {evpn-instance: [
                {evi: "2", config: {evi: "2", encapsulation-type: "openconfig-network-instance-types:VXLAN"},
                 import-export-policy: {config: {import-route-target: ["65000:99"], export-route-target: ["65000:99"]}},
                 vxlan: {config: {vni: 99}}}]}}
      """;

  private final Stack opened = new Stack();
  private final Underlay underlay = opened.push(new Underlay());

  /** A leaf with a host on the segment and one on the other. */
  private record Leaf(SimulatedSwitch tor, Probe host, Probe mark) {}

  private Leaf leaf(String name, int vlan, int vni, String imports) {
    String yaml =
        YAML.replace("NAME", name)
            .replace("VLAN", String.valueOf(vlan))
            .replace("VNI", String.valueOf(vni))
            .replace("IMPORT", imports);
    SimulatedSwitch tor =
        opened.push(
            SimulatedSwitch.start(
                Json.parseYaml("rack", yaml, SwitchDescription.class), new FakeTime()));
    Leaf leaf = new Leaf(tor, new Probe(), new Probe());
    tor.attach(HOST, leaf.host());
    tor.attach(MARK, leaf.mark());
    leaf.host().taken();
    leaf.mark().taken();
    underlay.join(tor);
    return leaf;
  }

  private Leaf leaf(String name) {
    return leaf(name, 7, 10100, "65000:10100");
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  /** What has come to a host when all that a leaf has sent so far is where it goes. */
  private static List<Frame> arrivals(Leaf from, Leaf at) {
    from.mark().transmit(Probe.broadcast(9, 0));
    List<Frame> marks = new ArrayList<>();
    Await.until("the mark", PATIENCE, () -> marks.addAll(at.mark().taken()));
    return at.host().taken();
  }

  /** Each leaf may call it another VLAN. */
  @Test
  void hostsOfASegmentHearEachOther() {
    Leaf one = leaf("tor-1");
    Leaf two = leaf("tor-2", 8, 10100, "route-target:65000:10100");
    one.host().transmit(Probe.broadcast(1, 0));
    assertEquals(List.of(Probe.broadcast(1, 0)), arrivals(one, two));
    two.host().transmit(Probe.unicast(1, 2, 0));
    assertEquals(List.of(Probe.unicast(1, 2, 0)), arrivals(two, one));
    one.host().transmit(Probe.unicast(2, 1, 0));
    assertEquals(List.of(Probe.unicast(2, 1, 0)), arrivals(one, two));
  }

  @ParameterizedTest
  @CsvSource({"10100, 65000:10101", "10101, 65000:10100"})
  void whoDoesNotImportItOrCallsItOtherwiseHearsNothing(int vni, String imports) {
    Leaf one = leaf("tor-1");
    Leaf two = leaf("tor-2", 7, vni, imports);
    one.host().transmit(Probe.broadcast(1, 0));
    assertEquals(List.of(), arrivals(one, two));
  }

  /** What came over the underlay does not go there again. */
  @Test
  void eachLeafHearsItOnce() {
    Leaf one = leaf("tor-1");
    Leaf two = leaf("tor-2");
    Leaf three = leaf("tor-3");
    one.host().transmit(Probe.broadcast(1, 0));
    assertEquals(1, arrivals(one, two).size());
    assertEquals(1, arrivals(one, three).size());
    assertEquals(0, arrivals(two, three).size());
    assertEquals(List.of(), arrivals(two, one));
  }

  /** The wire delivers on the thread that sends: a loop would never end. */
  @Test
  void aCableBetweenLeavesMakesNoLoopAndCarriesOtherVlansAsEver() {
    Leaf one = leaf("tor-1");
    Leaf two = leaf("tor-2");
    Wire trunk = new Wire();
    one.tor().attach(TRUNK, trunk.near());
    two.tor().attach(TRUNK, trunk.far());
    trunk.plugged(true);
    Probe here = new Probe();
    Probe there = new Probe();
    one.tor().attach("Ethernet4", here);
    two.tor().attach("Ethernet4", there);
    there.taken();
    one.host().transmit(Probe.broadcast(1, 0));
    assertEquals(List.of(Probe.broadcast(1, 0)), arrivals(one, two));
    assertEquals(List.of(), arrivals(two, one));
    here.transmit(Probe.broadcast(3, 0));
    assertEquals(List.of(Probe.broadcast(3, 0)), there.taken());
  }
}

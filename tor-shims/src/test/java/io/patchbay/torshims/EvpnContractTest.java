package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.OptionalModel;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a driver that speaks OpenConfig makes of services that are segments of the fabric's EVPN:
 * here {@code red}, whose VLAN is 100, and {@code green}, whose VLAN is 300, beside {@code blue},
 * which is none and has 200.
 */
@Timeout(60)
public abstract class EvpnContractTest {
  /** The words that let the shim in. */
  protected static final String USER = "shim";

  protected static final String PASSWORD = "secret-words";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final IntFunction<Optional<String>> SERVICES =
      vlan -> Optional.ofNullable(Map.of(100, "red", 200, "blue", 300, "green").get(vlan));
  private static final VlanNames NAMES = names(10000);

  /** Somebody else's VLAN, and somebody else's segment. */
  private static final String CONFIG =
      """
      openconfig-network-instance:network-instances:
        network-instance:
          - name: default
            vlans: {vlan: [{vlan-id: 300, config: {vlan-id: 300, name: storage}}]}
          - name: tenant
            config: {name: tenant, type: "openconfig-network-instance-types:L2VSI"}
            evpn:
              evpn-instances:
                evpn-instance:
                  - {evi: "1", config: {evi: "1"}, vxlan: {config: {vni: 20100}}}
      """;

  @TempDir protected Path folder;

  /** What is closed when the test ends. */
  protected final Stack opened = new Stack();

  /** The switch under the driver. */
  protected SimulatedSwitch tor;

  private String factory;

  /** A driver of the switch whose VLANs are made in {@code default} unless they are segments. */
  protected abstract SwitchDriver driver(VlanNames names) throws IOException;

  /** What the switch's NETCONF server offers. */
  protected Set<Capability> capabilities() {
    return Capability.WITH_CANDIDATE;
  }

  private SwitchDriver start(Set<OptionalModel> models, String config, VlanNames names)
      throws IOException {
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-1",
                    List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10)),
                    Access.byPassword(USER, PASSWORD),
                    capabilities(),
                    true,
                    models,
                    Json.parseYaml("config", config, ObjectNode.class)),
                new FakeTime()));
    Files.writeString(folder.resolve("password"), PASSWORD + "\n");
    factory = tor.runningConfig();
    return opened.push(driver(names));
  }

  private SwitchDriver start() throws IOException {
    return start(EnumSet.allOf(OptionalModel.class), CONFIG, NAMES);
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private static VlanNames names(int vniBase) {
    return names(SERVICES, vniBase);
  }

  private static VlanNames names(IntFunction<Optional<String>> services, int vniBase) {
    return new VlanNames(
        services,
        new EvpnServices(
            Map.of("red", new Evpn(vniBase, 65000), "green", new Evpn(vniBase, 65000)),
            Set.of("blue")),
        segment -> VlanNames.Holder.ITSELF);
  }

  private static void apply(SwitchDriver driver, String port, PortConfig wanted) {
    var unused = driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  /** All that the switch has of an instance; empty where it has none of that name. */
  private String instance(String name) {
    String from = "  <network-instance>\n    <name>" + name + "</name>";
    String all = tor.runningConfig();
    int start = all.indexOf(from);
    return start < 0
        ? ""
        : all.substring(start, all.indexOf("  </network-instance>\n", start)).indent(-2);
  }

  @Test
  void aSegmentIsMadeWithThePortAndTakenAwayWhenNobodyNeedsIt() throws IOException {
    SwitchDriver driver = start();
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply(driver, "Ethernet2", trunk(100, 200));
    assertEquals(
        """
        <network-instance>
          <name>patchbay-red</name>
          <config>
            <name>patchbay-red</name>
            <type xmlns:oc-ni-types="http://openconfig.net/yang/network-instance-types">oc-ni-types:L2VSI</type>
            <enabled>true</enabled>
          </config>
          <vlans>
            <vlan>
              <vlan-id>100</vlan-id>
              <config>
                <vlan-id>100</vlan-id>
                <name>patchbay-red</name>
                <status>ACTIVE</status>
              </config>
            </vlan>
          </vlans>
          <evpn>
            <evpn-instances>
              <evpn-instance>
                <evi>10100</evi>
                <config>
                  <evi>10100</evi>
                  <encapsulation-type xmlns:oc-ni-types="http://openconfig.net/yang/network-instance-types">oc-ni-types:VXLAN</encapsulation-type>
                  <service-type xmlns:oc-evpn-types="http://openconfig.net/yang/evpn-types">oc-evpn-types:VLAN_BASED</service-type>
                </config>
                <import-export-policy>
                  <config>
                    <export-route-target>65000:10100</export-route-target>
                    <import-route-target>65000:10100</import-route-target>
                  </config>
                </import-export-policy>
                <vxlan>
                  <config>
                    <vni>10100</vni>
                  </config>
                </vxlan>
              </evpn-instance>
            </evpn-instances>
          </evpn>
        """,
        instance("patchbay-red"));
    assertTrue(instance("default").contains("<name>patchbay-blue</name>"), instance("default"));
    assertFalse(instance("default").contains(">100<"), instance("default"));
    assertEquals(
        Map.of(100, "patchbay-red", 200, "patchbay-blue"), driver.madeVlans(Set.of(100, 200, 300)));
    apply(driver, "Ethernet2", former);
    driver.removeVlans(Set.of(200, 300));
    assertEquals(Map.of(100, "patchbay-red"), driver.madeVlans(Set.of(100, 200, 300)));
    driver.removeVlans(Set.of(100));
    assertEquals(factory, tor.runningConfig());
  }

  /** As by a shim whose file says another number. */
  @Test
  void whatSomebodyElseHasMadeOfASegmentIsPutRight() throws IOException {
    SwitchDriver driver = start();
    apply(driver, "Ethernet1", trunk(100));
    String made = tor.runningConfig();
    SwitchDriver other = opened.push(driver(names(30000)));
    apply(other, "Ethernet1", trunk(100));
    assertTrue(instance("patchbay-red").contains("<vni>30100</vni>"), tor.runningConfig());
    apply(driver, "Ethernet1", trunk(100));
    assertEquals(made, tor.runningConfig());
    driver.removeVlans(Set.of(100));
    assertEquals("", instance("patchbay-red"));
    apply(driver, "Ethernet1", trunk(100));
    assertEquals(made, tor.runningConfig());
  }

  /** No switch has a VLAN in two places, so it is one transaction or none. */
  @Test
  void aServiceThatComesToBeASegmentOrIsOneNoMoreHasItsVlanMoved() throws IOException {
    SwitchDriver segments = start();
    VlanNames none =
        new VlanNames(
            SERVICES,
            new EvpnServices(Map.of("other", new Evpn(10000, 65000)), Set.of("red")),
            segment -> VlanNames.Holder.ITSELF);
    SwitchDriver plain = opened.push(driver(none));
    apply(plain, "Ethernet1", trunk(100));
    String before = tor.runningConfig();
    assertTrue(instance("default").contains("<name>patchbay-red</name>"), before);
    apply(segments, "Ethernet1", trunk(100));
    assertTrue(instance("patchbay-red").contains("<vni>10100</vni>"), tor.runningConfig());
    assertFalse(instance("default").contains("patchbay"), tor.runningConfig());
    apply(plain, "Ethernet1", trunk(100));
    assertEquals(before, tor.runningConfig());
  }

  /** It does not know which VLAN was whose, only what services there are. */
  @Test
  void aShimThatHasLostItsDiskFindsTheSegmentAndWhoseItIs() throws IOException {
    SwitchDriver driver = start();
    apply(driver, "Ethernet1", trunk(100));
    SwitchDriver fresh = opened.push(driver(names(vlan -> Optional.empty(), 10000)));
    assertEquals(Map.of(100, "patchbay-red"), fresh.madeVlans(Set.of(100, 200)));
  }

  /** A build of before has kept no VNIs, or the switch was away when it was to be read. */
  @Test
  void aSegmentStaysWhereItIsThatNobodyHasTheVniOfYet() throws IOException {
    SwitchDriver driver = start();
    apply(driver, "Ethernet1", trunk(100));
    String made = instance("patchbay-red");
    apply(holding(VlanNames.Holder.NOBODY, SERVICES), "Ethernet1", trunk(100, 200));
    assertEquals(made, instance("patchbay-red"), tor.runningConfig());
    apply(holding(VlanNames.Holder.ANOTHER, SERVICES), "Ethernet1", trunk(100, 200));
    assertEquals("", instance("patchbay-red"), "two services would be one segment");
    assertTrue(instance("default").contains("<name>patchbay-red</name>"), tor.runningConfig());
  }

  /** Another service's client comes before it is known whose the VLAN is. */
  @Test
  void theSegmentOfAnHeirStaysWhereItIs() throws IOException {
    SwitchDriver driver = start();
    apply(driver, "Ethernet1", trunk(100));
    String made = instance("patchbay-red");
    IntFunction<Optional<String>> lost = vlan -> Optional.of("blue").filter(service -> vlan == 200);
    apply(holding(VlanNames.Holder.NOBODY, lost), "Ethernet1", trunk(100, 200));
    assertEquals(made, instance("patchbay-red"), tor.runningConfig());
    assertFalse(instance("default").contains(">100<"), tor.runningConfig());
    assertTrue(instance("default").contains("<name>patchbay-blue</name>"), tor.runningConfig());
  }

  private SwitchDriver holding(VlanNames.Holder holder, IntFunction<Optional<String>> services)
      throws IOException {
    EvpnServices evpn = new EvpnServices(Map.of("red", new Evpn(10000, 65000)), Set.of("blue"));
    return opened.push(driver(new VlanNames(services, evpn, segment -> holder)));
  }

  /** Its own VLAN is 200, and nobody has VLAN 100. */
  @Test
  void anInstanceThatIsCalledLikeAVlanOfNobodysIsItsServices() throws IOException {
    IntFunction<Optional<String>> services =
        vlan -> Optional.of("100").filter(service -> vlan == 200);
    EvpnServices evpn = new EvpnServices(Map.of("100", new Evpn(10000, 65000)), Set.of());
    VlanNames names = new VlanNames(services, evpn, segment -> VlanNames.Holder.ITSELF);
    SwitchDriver driver = start(EnumSet.allOf(OptionalModel.class), CONFIG, names);
    apply(driver, "Ethernet1", trunk(200));
    String made = tor.runningConfig();
    assertEquals(Map.of(), driver.madeVlans(Set.of(100)));
    driver.removeVlans(Set.of(100));
    assertEquals(made, tor.runningConfig());
  }

  /** It would be made anew, whole, if anybody were on the service. */
  @Test
  void anInstanceGoesWithItsServiceWhateverSomebodyHasMadeOfIt() throws IOException {
    SwitchDriver driver = start();
    Hand hand = new Hand(tor);
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    List<Runnable> touches =
        List.of(
            () ->
                hand.add(
                    "patchbay-red",
                    """
                    {"openconfig-network-instance:vlans": {"vlan": [
                      {"vlan-id": 999, "config": {"vlan-id": 999, "name": "uplink"}}]}}
                    """),
            () -> hand.empty("patchbay-red"));
    for (Runnable touch : touches) {
      apply(driver, "Ethernet2", trunk(100));
      touch.run();
      apply(driver, "Ethernet2", former);
      assertEquals(Map.of(100, "patchbay-red"), driver.madeVlans(Set.of(100, 200, 300)));
      String before = tor.runningConfig();
      driver.removeVlans(Set.of(200, 300));
      assertEquals(before, tor.runningConfig(), "somebody may be on it");
      driver.removeVlans(Set.of(100, 200, 300));
      assertEquals(factory, tor.runningConfig());
    }
  }

  /** Also of services that nobody knows any more; what others call theirs is none of it. */
  @Test
  void theVnisOfAllThatIsCalledAsTheShimsAreToldWhoeverHasMadeThem() throws IOException {
    SwitchDriver driver = start();
    assertEquals(Optional.of(Map.of()), driver.vnis());
    apply(driver, "Ethernet1", trunk(100));
    new Hand(tor)
        .add(
            "patchbay-gone",
            """
            {"openconfig-network-instance:config":
               {"name": "patchbay-gone", "type": "openconfig-network-instance-types:L2VSI"},
             "openconfig-network-instance:evpn": {"evpn-instances": {"evpn-instance": [
               {"evi": "7", "config": {"evi": "7"}, "vxlan": {"config": {"vni": 30007}}},
               {"evi": "8", "config": {"evi": "8"}}]}}}
            """);
    assertEquals(Optional.of(Map.of(10100, "patchbay-red", 30007, "patchbay-gone")), driver.vnis());
  }

  @Test
  void aVlanThatIsSomebodyElsesIsARefusalThatChangesNothing() throws IOException {
    SwitchDriver driver = start();
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(300)));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(
        failure.getMessage().contains("VLAN 300 is there already, under the name 'storage'"),
        failure.getMessage());
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void aVniThatIsSomebodyElsesIsRefusedInTheSwitchsWordsAndChangesNothing() throws IOException {
    SwitchDriver driver = start(EnumSet.allOf(OptionalModel.class), CONFIG, names(20000));
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("VNI 20100 is in"), failure.getMessage());
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void aSwitchWithoutTheModelRefusesSegmentsAndDoesTheRest() throws IOException {
    SwitchDriver driver = start(EnumSet.of(OptionalModel.ACL), "{}", NAMES);
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
    assertTrue(failure.getMessage().contains("evpn"), failure.getMessage());
    assertEquals(factory, tor.runningConfig());
    assertEquals(Optional.of(Map.of()), driver.vnis());
    apply(driver, "Ethernet1", trunk(200));
    assertEquals(Map.of(200, "patchbay-blue"), driver.madeVlans(Set.of(100, 200)));
  }
}

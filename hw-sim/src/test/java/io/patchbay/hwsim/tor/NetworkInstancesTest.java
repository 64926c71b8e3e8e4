package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.netconf.NetconfClient;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Network instances that switch VLANs of their own, and what they are called over the underlay. */
@Timeout(30)
class NetworkInstancesTest {
  private static final String YAML =
      """
      name: tor-1
      knownVlansOnly: true
      ports:
        - {name: Ethernet1, mode: ACCESS, accessVlan: 7}
        - {name: Ethernet2, mode: ACCESS, accessVlan: 7}
      netconf: {port: 0, user: admin, password: secret}
      config:
        openconfig-network-instance:network-instances:
          network-instance:
            - name: default
              vlans: {vlan: [{vlan-id: 9, config: {vlan-id: 9}}]}
            - name: red
              config: {name: red, type: "openconfig-network-instance-types:L2VSI", enabled: true}
              vlans: {vlan: [{vlan-id: 7, config: {vlan-id: 7, name: red, status: ACTIVE}}]}
              evpn:
                evpn-instances:
                  evpn-instance:
                    - evi: "10007"
                      config: {evi: "10007", encapsulation-type: "openconfig-network-instance-types:VXLAN", service-type: "openconfig-evpn-types:VLAN_BASED"}
                      import-export-policy: {config: {import-route-target: ["65000:10007"], export-route-target: ["65000:10007"]}}
                      vxlan: {config: {vni: 10007}}
            - name: blue
              config: {name: blue, type: "openconfig-network-instance-types:L2VSI"}
              vlans: {vlan: [{vlan-id: 8, config: {vlan-id: 8}}]}
              evpn:
                evpn-instances:
                  evpn-instance:
                    - evi: "10008"
                      config: {evi: "10008", encapsulation-type: "openconfig-network-instance-types:VXLAN"}
                      vxlan: {config: {vni: 10008}}
      """;

  private static SimulatedSwitch start(String yaml) {
    return SimulatedSwitch.start(
        Json.parseYaml("rack", yaml, SwitchDescription.class), new FakeTime());
  }

  /** In the table ^ is a quotation mark, and N the module of the types. */
  private static String changed(String from, String to) {
    String before = written(from);
    assertTrue(YAML.contains(before), before);
    return YAML.replace(before, written(to));
  }

  private static String written(String text) {
    return text.replace('^', '"').replace("N:", "openconfig-network-instance-types:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '%',
      value = {
        "name: red, type: ^N:L2VSI^, enabled: true | name: red, type: ^N:L2VSI^, enabled: true |"
            + " true",
        "name: red, type: ^N:L2VSI^, enabled: true | name: red, type: ^N:L2VSI^ | true",
        "name: red, type: ^N:L2VSI^, enabled: true | name: red, type: ^N:L2VSI^, enabled: false |"
            + " false",
        "status: ACTIVE | status: SUSPENDED | false",
      })
  void aVlanOfAnInstanceIsForwardedWhileBothAreActive(String from, String to, boolean forwarded) {
    try (SimulatedSwitch tor = start(changed(from, to))) {
      Probe one = new Probe();
      Probe two = new Probe();
      tor.attach("Ethernet1", one);
      tor.attach("Ethernet2", two);
      two.taken();
      one.transmit(Probe.broadcast(1, 0));
      assertEquals(forwarded ? List.of(0) : List.of(), two.takenTags());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '%',
      value = {
        "vlan-id: 8, config: {vlan-id: 8} | vlan-id: 9, config: {vlan-id: 9} | VLAN 9 is in"
            + " network-instance blue, too",
        "vni: 10008 | vni: 10007 | VNI 10007 is in network-instance red, too",
        "vni: 10008 | vni: 16777216 | is not a number from 1 to 16777215",
        "vxlan: {config: {vni: 10008}} | vxlan: {config: {}} | a VXLAN segment needs"
            + " vxlan/config/vni",
        "{evi: ^10008^, encaps | {evi: ^10009^, encaps | config/evi is '10009', unlike the key",
        "name: blue, type: ^N:L2VSI^ | name: blue, type: ^N:DEFAULT_INSTANCE^ | is of type"
            + " DEFAULT_INSTANCE",
        "name: blue, type: ^N:L2VSI^ | name: blue | config/type must be there",
        "[^65000:10007^], exp | [^red^], exp | 'red' is not a route target",
      })
  void whatMakesNoSenseIsRefused(String from, String to, String message) {
    String yaml = changed(from, to);
    Failure e =
        assertThrows(Failure.class, () -> Json.parseYaml("rack", yaml, SwitchDescription.class));
    assertEquals(Failure.Kind.INVALID, e.kind());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void aSwitchWithoutEvpnTakesNoneOfIt() throws IOException {
    String plain = YAML.substring(0, YAML.indexOf("config:\n  openconfig")) + "models: [ACL]\n";
    try (SimulatedSwitch tor = start(plain);
        NetconfClient client = NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), "1.1")) {
      assertFalse(client.hello().contains("yang/evpn"), client.hello());
      String before = tor.runningConfig();
      String reply =
          client.rpc(
              "<edit-config><target><candidate/></target><config><network-instances"
                  + " xmlns='http://openconfig.net/yang/network-instance'><network-instance>"
                  + "<name>red</name><evpn><evpn-instances/></evpn></network-instance>"
                  + "</network-instances></config></edit-config>");
      assertTrue(reply.contains("<error-tag>unknown-element</error-tag>"), reply);
      assertTrue(reply.contains("<bad-element>evpn</bad-element>"), reply);
      assertEquals(before, tor.runningConfig());
    }
  }
}

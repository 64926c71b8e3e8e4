package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.torshims.EvpnContractTest;
import io.patchbay.torshims.EvpnInstance;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.VlanTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** By NETCONF, with a candidate datastore; a subclass is without. */
class NetconfEvpnTest extends EvpnContractTest {
  private final SshDoor door = opened.push(new SshDoor());
  private int drivers;

  @Override
  protected SwitchDriver driver(VlanNames names) throws IOException {
    Path keys = Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\n");
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + tor.netconfAddress().getPort(),
            new SwitchEntry.Login(USER, folder.resolve("password").toString(), "", keys.toString()),
            null,
            null,
            null,
            "default",
            new SwitchEntry.Deadlines("5s", "30s"));
    String shim = "shim-" + ++drivers;
    UndoLog undo = new UndoLog(opened.push(Journal.open(folder.resolve(shim))), "tor-1");
    return new NetconfSwitch(entry, door, Set.of(), shim, undo, names, Time.system());
  }

  /** In the namespace of the module that uses the groupings, with identities of two others. */
  @Test
  void saysItInTheWordsOfOpenConfig() {
    VlanEdit edit =
        new VlanEdit(
            new TreeMap<>(Map.of(200, "patchbay-blue")),
            new TreeSet<>(Set.of(100)),
            new TreeMap<>(Map.of("a&b", new EvpnInstance("a&b", 100, 10100, "65000:10100"))),
            new TreeSet<>(Set.of("gone")));
    String nc = " xmlns:patchbay-nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" patchbay-nc:";
    assertEquals(
        """
        <network-instances xmlns="http://openconfig.net/yang/network-instance">
        <network-instance><name>default</name><vlans>
        <vlan NCoperation="delete"><vlan-id>100</vlan-id></vlan>
        <vlan><vlan-id>200</vlan-id><config><vlan-id>200</vlan-id><name>patchbay-blue</name><status>ACTIVE</status></config></vlan>
        </vlans></network-instance>
        <network-instance NCoperation="delete"><name>gone</name></network-instance>
        <network-instance NCoperation="replace"><name>a&amp;b</name>
        <config><name>a&amp;b</name>
        <type xmlns:oc-ni-types="http://openconfig.net/yang/network-instance-types">oc-ni-types:L2VSI</type>
        <enabled>true</enabled></config>
        <vlans><vlan><vlan-id>100</vlan-id><config><vlan-id>100</vlan-id><name>a&amp;b</name><status>ACTIVE</status></config></vlan></vlans>
        <evpn><evpn-instances><evpn-instance><evi>10100</evi>
        <config><evi>10100</evi>
        <encapsulation-type xmlns:oc-ni-types="http://openconfig.net/yang/network-instance-types">oc-ni-types:VXLAN</encapsulation-type>
        <service-type xmlns:oc-evpn-types="http://openconfig.net/yang/evpn-types">oc-evpn-types:VLAN_BASED</service-type></config>
        <import-export-policy><config><export-route-target>65000:10100</export-route-target>
        <import-route-target>65000:10100</import-route-target></config></import-export-policy>
        <vxlan><config><vni>10100</vni></config></vxlan>
        </evpn-instance></evpn-instances></evpn></network-instance>
        </network-instances>
        """
            .replace("\n", "")
            .replace(" NC", nc),
        OpenConfigVlans.edit("default", edit));
  }

  /** Each instance that may be there is asked for by its name, and no other. */
  @Test
  void asksForNoMoreThanItNeeds() {
    assertEquals(
        """
        <network-instances xmlns="http://openconfig.net/yang/network-instance">
        <network-instance><name>default</name><vlans><vlan><vlan-id>100</vlan-id></vlan></vlans></network-instance>
        <network-instance><name>patchbay-red</name></network-instance>
        </network-instances>
        """
            .replace("\n", ""),
        OpenConfigVlans.filter("default", Set.of(100), Set.of("patchbay-red")));
  }

  /** As of a switch that does not filter. */
  @Test
  void whatIsSomebodyElsesIsNoneOfItsBusiness() {
    String tenant =
        """
        <rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><data>
        <network-instances xmlns="http://openconfig.net/yang/network-instance">
        <network-instance><name>tenant</name><vlans><vlan><vlan-id>105</vlan-id></vlan></vlans></network-instance>
        <network-instance><name>patchbay-red</name><vlans><vlan><vlan-id>100</vlan-id></vlan></vlans></network-instance>
        <network-instance><name>patchbay-stranger</name></network-instance>
        </network-instances></data></rpc-reply>
        """;
    Element reply = Xml.parse(tenant.getBytes(StandardCharsets.UTF_8));
    VlanTable table = OpenConfigVlans.table(reply, "default", Set.of("patchbay-red"));
    assertEquals(Set.of("patchbay-red"), table.instances().keySet());
    assertEquals(
        Set.of("patchbay-red"),
        table.removal(Set.of(100, 105), VlanNames.NUMBERS).removedSegments());
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people write into the three files, right and wrong. */
class FabricFilesTest {
  static final String FABRIC =
      """
      domain: example.com
      services:
        - name: myns
          vlans: ["100"]
          addresses:
            prefix: 10.60.0.0/24
            gateway: 10.60.0.1
            excluded: [10.60.0.2, 10.60.0.5-10.60.0.9, 10.60.0.128/25]
            routes: [10.99.0.0/16]
          switches: [tor-1]
          mtu: 1500
        - name: other
          vlans: [200-210, "220"]
          addresses: {prefix: 10.60.0.0/24, gateway: 10.60.0.3}
      """;
  static final String CABLES =
      """
      cables:
        - {node: node-1, pfMac: "02:00:00:00:01:00", switch: tor-1, port: Ethernet1}
        - {node: node-2, pfMac: 0200.0000.02AB, switch: tor-1, port: Ethernet2}
      """;
  static final String SWITCHES =
      """
      switches:
        - name: tor-1
          address: 10.0.0.2
          login: {user: patchbay, passwordFile: secret, hostKeyFile: /etc/keys}
        - name: tor-2
          address: "[fd00::2]:1830"
          login: {user: patchbay, keyFile: id, hostKeyFile: keys}
          deadlines: {rpc: 2s, confirm: 1m}
      """;
  private static final Set<String> NAMES = new TreeSet<>(Set.of("tor-1", "tor-2"));

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("file.yaml"), text);
  }

  @Test
  void fabric() throws IOException {
    FabricServices fabric = FabricServices.readFile(file(FABRIC), NAMES);
    assertEquals(4094, fabric.parkingVlan());
    assertEquals(Set.of(100), fabric.find("myns").pool());
    assertEquals(12, fabric.find("other@example.com").pool().size());
    assertEquals("ETHERNET", fabric.find("myns").payload());
    assertTrue(fabric.find("other").isAt("tor-2"));
    assertEquals(List.of(), fabric.find("other").port().fields());
    Failure failure = assertThrows(Failure.class, () -> fabric.find("other@example.org"));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals(
        "no service 'other@example.org' in the fabric of example.com, only [myns, other]",
        failure.getMessage());
  }

  /** A service that sets more of its ports than the VLAN. */
  private static final String SETTING =
      FABRIC.replace("mtu: 1500", "mtu: 1500\n    port: {mtu: 9216, description: true}");

  @Test
  void whatAServiceSetsOfItsPorts() throws IOException {
    FabricService.Port port = FabricServices.readFile(file(SETTING), NAMES).find("myns").port();
    assertEquals(new FabricService.Port(9216, true), port);
    assertEquals(List.of("port.mtu", "port.description"), port.fields());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          port: {mtu: 9216, | port: {mtu: 12,     | file.yaml:12:5 (services[0].port): port.mtu 12 is not in 68..65535
          port: {mtu: 9216, | port: {mtu: 70000,  | file.yaml:12:5 (services[0].port): port.mtu 70000 is not in 68..65535
          port: {mtu: 9216, | port: {mtu: 1499,   | port.mtu 1499 of service myns is less than its mtu 1500
          description: true | descriptor: true    | unknown field 'descriptor'
          """)
  void badPorts(String from, String to, String message) throws IOException {
    String text = SETTING.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    badFile(() -> FabricServices.readFile(file(text), NAMES), message);
  }

  private static final String BINDING =
      FABRIC.replace(
          "mtu: 1500",
          "mtu: 1500\n"
              + "    port: {acl: {in: {name: web, type: ACL_L2}, out: {name: mail}}, qos: {in:"
              + " gold}}");

  @Test
  void whatAServiceHasBoundToItsPorts() throws IOException {
    FabricService.Port port = FabricServices.readFile(file(BINDING), NAMES).find("myns").port();
    assertEquals(new BoundAcls.Named("web", "ACL_L2"), port.acl().in());
    assertEquals(new BoundAcls.Named("mail", "ACL_IPV4"), port.acl().out());
    assertEquals(new BoundPolicies("gold", null), port.qos());
    assertEquals(List.of("port.acl.in", "port.acl.out", "port.qos.in"), port.fields());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          name: web      | name: ""          | file.yaml:3:5 (services[0]): service myns: port.acl.in.name '' is no name on a switch: 1 to 128 characters
          name: web,     | ^^                | service myns: port.acl.in.name '' is no name
          name: web      | name: " web"      | service myns: port.acl.in.name ' web' is no name
          name: mail     | name: "a\\nb"      | service myns: port.acl.out.name 'a?b' is no name
          type: ACL_L2   | type: ACL_MPLS    | service myns: port.acl.in.type 'ACL_MPLS' is none of [ACL_IPV4, ACL_IPV6, ACL_L2, ACL_MIXED]
          in: gold       | in: ""            | service myns: port.qos.in '' is no name
          in: gold       | out: " "          | service myns: port.qos.out ' ' is no name
          in: gold       | rate: gold        | unknown field 'rate'
          in: gold       | capabilities: {example.com/100g: {in: ""}} | service myns: port.qos.capabilities.example.com/100g.in '' is no name
          in: gold       | capabilities: {example.com/100g: gold} | capabilities
          in: gold       | capabilities: {example.com/100g: {mtu: 9}} | unknown field 'mtu'
          """)
  void badBindings(String from, String to, String message) throws IOException {
    badFile(
        () -> FabricServices.readFile(file(BINDING.replace(from.strip(), to.strip())), NAMES),
        message);
  }

  @Test
  void aRateForEachCapabilityIsAFieldThatNotAllSwitchesCan() throws IOException {
    String text = BINDING.replace("in: gold", "capabilities: {example.com/100g: {in: gold}}");
    FabricService service = FabricServices.readFile(file(text), NAMES).find("myns");
    assertEquals(
        List.of("port.acl.in", "port.acl.out", "port.qos.capabilities"), service.port().fields());
  }

  @Test
  void aNameThatNoSwitchTakesIsCutInTheError() throws IOException {
    String name = "x".repeat(129);
    FabricServices.readFile(file(BINDING.replace("gold", name.substring(1))), NAMES);
    badFile(
        () -> FabricServices.readFile(file(BINDING.replace("gold", name)), NAMES),
        "port.qos.in '" + name.substring(1) + "' is no name");
  }

  @Test
  void cables() throws IOException {
    Cables cables = Cables.readFile(file(CABLES), NAMES);
    assertEquals("Ethernet2", cables.find("node-2", Cable.mac("02-00-00-00-02-ab")).port());
    assertEquals(
        Failure.Kind.NOT_FOUND,
        assertThrows(Failure.class, () -> cables.find("node-1", "02:00:00:00:09:00")).kind());
    Failure moved = assertThrows(Failure.class, () -> cables.find("node-2", "02:00:00:00:01:00"));
    assertEquals(Failure.Kind.CONFLICT, moved.kind());
    assertTrue(moved.getMessage().contains("node-2"), moved.getMessage());
    assertTrue(moved.getMessage().contains("node-1"), moved.getMessage());
  }

  @Test
  void switches() throws IOException {
    Switches switches = Switches.readFile(file(SWITCHES));
    SwitchEntry first = switches.switches().getFirst();
    assertEquals("switch tor-1 (10.0.0.2:830)", first.who());
    assertEquals(folder.resolve("secret").toString(), first.sshLogin().passwordFile());
    assertEquals("/etc/keys", first.sshLogin().hostKeyFile());
    SwitchEntry second = switches.switches().getLast();
    assertEquals("fd00::2", second.host());
    assertEquals(1830, second.port());
    assertEquals(60, second.deadlines().confirmation().toSeconds());
    assertEquals(NAMES, switches.names());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          tor-1]            | tor-9]              | file.yaml:10:5: services[0].switches: no switch 'tor-9', only [tor-1, tor-2]
          name: other       | name: myns          | file.yaml:12:5: services[1].name: service myns is listed twice
          "100"             | "4094"              | file.yaml:4:5: services[0].vlans: VLAN 4094 is the parking VLAN
          "100"             | "0"                 | VLAN 0 is not in 1..4094
          "100"             | abc                 | file.yaml:4:5 (services[0]): vlans: 'abc' is neither an id nor low-high
          200-210           | 210-200             | vlans: '210-200' runs backwards
          gateway: 10.60.0.1| gateway: 10.61.0.1  | file.yaml:7:7 (services[0].addresses): gateway 10.61.0.1 is not in prefix 10.60.0.0/24
          10.60.0.0/24      | 10.60.0.1/24        | '10.60.0.1/24' is not a prefix: bits are set behind the prefix
          10.60.0.0/24      | 10.60.0.0           | is not a prefix
          10.60.0.2,        | 10.60.0,            | '10.60.0' is not an IP address
          10.60.0.5-        | 10.60.0.50-         | '10.60.0.50-10.60.0.9' runs backwards
          10.99.0.0/16      | somewhere           | 'somewhere' is not a prefix
          mtu: 1500         | mtu: 12             | file.yaml:11:5 (services[0]): mtu 12 of service myns is not in 68..65535
          mtu: 1500         | mtv: 1500           | file.yaml:11:5 (services[0].mtv): unknown field 'mtv'; known are
          domain: example.com| parkingVlan: 5     | the fabric needs a 'domain'
          name: myns        | name: my@ns         | a service needs a 'name' without '@'
          mtu: 1500         | gatewayPorts: [{switch: tor-9, port: p1}] | services[0].gatewayPorts: no switch 'tor-9', only
          mtu: 1500         | gatewayPorts: [{switch: tor-1}] | a gateway port without 'port'
          mtu: 1500         | gatewayPorts: [{port: p1}] | a gateway port without 'switch'
          mtu: 1500         | gatewayPorts: [{switch: tor-1, port: "p1 [mtu]"}] | is how the shim itself writes a part of a port
          mtu: 1500         | gatewayPorts: [{switch: tor-1, port: p1}, {switch: tor-1, port: p1, lag: true}] | services[0].gatewayPorts: port p1 of switch tor-1 is a LAG in one place only
          vlans: ["100"]    | vlans: []           | service myns: give 'vlans' and 'addresses'
          """)
  void badFabric(String from, String to, String message) throws IOException {
    String text = FABRIC.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    badFile(() -> FabricServices.readFile(file(text), NAMES), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          node-2           | node-2             |
          port: Ethernet2  | port: Ethernet1    | file.yaml:3:58: cables[1].port: port Ethernet1 of switch tor-1 already has the cable of cables[0]
          0200.0000.02AB   | 0200.0000.0100     | file.yaml:3:20: cables[1].pfMac: 02:00:00:00:01:00 already has the cable of cables[0]
          switch: tor-1    | switch: tor-9      | file.yaml:2:48: cables[0].switch: no switch 'tor-9', only [tor-1, tor-2]
          0200.0000.02AB   | 0200.0000.02       | file.yaml:3:
          0200.0000.02AB   | 0200.0000.02       | file.yaml:3:5 (cables[1]): '0200.0000.02' is not a MAC address
          port: Ethernet2  | port: "Ethernet2 [mtu]" | file.yaml:3:58 (cables[1]): port 'Ethernet2 [mtu]' is how the shim itself writes a part of a port
          port: Ethernet2  | port: "Ethernet2 [qos out]" | port 'Ethernet2 [qos out]' is how the shim itself writes a part of a port
          , port: Ethernet2| ^^                 | file.yaml:3:5 (cables[1]): a cable without 'port'
          Ethernet2        | p2, pair: {switch: tor-2, port: p2} |
          Ethernet2        | p2, pair: {switch: tor-2, port: p2, pfMac: 0200.0000.02AB} |
          Ethernet2        | p2, pair: {switch: tor-1, port: p3} | pair.switch: tor-1 again; the pair of a port is at another switch
          Ethernet2        | p2, pair: {switch: tor-9, port: p3} | cables[1].pair.switch: no switch 'tor-9', only [tor-1, tor-2]
          Ethernet2        | p2, pair: {switch: tor-2, port: p3, pfMac: 0200.0000.0100} | cables[1].pair.pfMac: 02:00:00:00:01:00 already has the cable of cables[0]
          Ethernet2        | lag7, lag: [Ethernet2], pair: {switch: tor-2, port: lag7, lag: [Ethernet2, p3]} |
          Ethernet2        | p2, nativeVlan: 9  |
          Ethernet2        | p2, nativeVlan: 0  | cables[1]): nativeVlan: VLAN 0 is not in 1..4094
          Ethernet2        | lag7, lag: [Ethernet2, Ethernet1] | cables[1].lag: port Ethernet1 of switch tor-1 already has the cable of cables[0]
          Ethernet2        | p2, pair: {switch: tor-2} | a cable without 'pair.port'
          """)
  void badCables(String from, String to, String message) throws IOException {
    String text = CABLES.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    if (message == null) {
      Cables.readFile(file(text), NAMES);
    } else {
      badFile(() -> Cables.readFile(file(text), NAMES), message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          name: tor-2         | name: tor-1             | file.yaml:5:5: switches[1].name: switch tor-1 is listed twice
          passwordFile: secret| user2: x                | file.yaml:4:5 (switches[0].login): give one of login.passwordFile
          passwordFile: secret, | ^^                    | give one of login.passwordFile and login.keyFile
          keyFile: id         | keyFile: id, passwordFile: x | give one of login.passwordFile and login.keyFile
          , hostKeyFile: keys | ^^                      | a switch without 'login.hostKeyFile'
          10.0.0.2            | 10.0.0.2:x              | no port in
          rpc: 2s             | rpc: soon               | file.yaml:8:5 (switches[1].deadlines)
          confirm: 1m         | confirm: 100ms          | confirm at least 1s
          confirm: 1m         | lost: 9s                | deadlines: lost is at least 10s, or is left out
          confirm: 1m         | lost: soon              | file.yaml:8:5 (switches[1].deadlines)
          """)
  void badSwitches(String from, String to, String message) throws IOException {
    String text = SWITCHES.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    badFile(() -> Switches.readFile(file(text)), message);
  }

  private static final String GNMI =
      """
      switches:
        - name: tor-1
          address: 10.0.0.2
          login: {user: shim, passwordFile: secret}
          gnmi: {caFile: ca.pem, certificateFile: shim.pem, keyFile: /etc/shim.key}
      """;

  @Test
  void gnmiSwitches() throws IOException {
    SwitchEntry entry = Switches.readFile(file(GNMI)).switches().getFirst();
    assertEquals("switch tor-1 (10.0.0.2:9339)", entry.who());
    SwitchEntry.Gnmi gnmi = java.util.Objects.requireNonNull(entry.gnmi());
    assertEquals(folder.resolve("ca.pem").toString(), gnmi.caFile());
    assertEquals(folder.resolve("shim.pem").toString(), gnmi.certificateFile());
    assertEquals("/etc/shim.key", gnmi.keyFile());
    assertEquals(false, gnmi.confirmsCommits());
    String byCertificate = GNMI.replaceFirst(" *login:.*\n", "");
    assertEquals(null, Switches.readFile(file(byCertificate)).switches().getFirst().login());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          caFile: ca.pem,             | ^^                              | a switch without 'gnmi.caFile'
          , keyFile: /etc/shim.key    | ^^                              | gnmi.certificateFile and gnmi.keyFile go together
          passwordFile: secret        | keyFile: id                     | login.keyFile and login.hostKeyFile are for NETCONF
          passwordFile: secret        | passwordFile: s, hostKeyFile: k | login.keyFile and login.hostKeyFile are for NETCONF
          caFile: ca.pem,             | caFile: ca.pem, ca: x,          | unknown field 'ca'
          """)
  void badGnmiSwitches(String from, String to, String message) throws IOException {
    String text = GNMI.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    badFile(() -> Switches.readFile(file(text)), message);
  }

  @Test
  void aGnmiSwitchWithoutAnyWayIn() throws IOException {
    String text =
        GNMI.replaceFirst(" *login:.*\n", "")
            .replace(", certificateFile: shim.pem, keyFile: /etc/shim.key", "");
    badFile(
        () -> Switches.readFile(file(text)),
        "switch tor-1 has neither 'login' nor 'gnmi.certificateFile'");
  }

  private static final String REST =
      """
      switches:
        - name: tor-1
          address: 10.0.0.2
          rest: {tokenFile: token, caFile: ca.pem, basePath: /fabric}
      """;

  @Test
  void restSwitches() throws IOException {
    Switches switches = Switches.readFile(file(REST));
    SwitchEntry entry = switches.switches().getFirst();
    assertEquals("switch tor-1 (10.0.0.2:443)", entry.who());
    RestAccess rest = java.util.Objects.requireNonNull(entry.rest());
    assertEquals(folder.resolve("token").toString(), rest.tokenFile());
    assertEquals(folder.resolve("ca.pem").toString(), rest.caFile());
    assertEquals(Set.of(), switches.namesByNetconf());
    for (String host : Set.of("127.0.0.2", "localhost", "'[::1]'")) {
      Path plain = file(REST.replace("10.0.0.2", host).replace("caFile: ca.pem, ", ""));
      assertEquals(80, Switches.readFile(plain).switches().getFirst().port());
    }
    Path told = file(REST.replace("caFile: ca.pem", "plainHttp: true"));
    assertEquals(80, Switches.readFile(told).switches().getFirst().port());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          caFile: ca.pem,  | ^^                                    | file.yaml:4:5 (switches[0]): rest.caFile is missing: give it, or rest.plainHttp: true
          caFile: ca.pem   | caFile: ca.pem, plainHttp: true       | file.yaml:4:5 (switches[0].rest): rest.plainHttp: true is without TLS
          tokenFile: token,| ^^                                    | file.yaml:4:5 (switches[0].rest): give rest.tokenFile, or
          tokenFile: token | tokenFile: token, keyFile: k          | rest.certificateFile and rest.keyFile go together
          caFile: ca.pem   | certificateFile: c, keyFile: k, plainHttp: true | rest.certificateFile needs TLS
          basePath: /fabric| basePath: fabric                      | rest.basePath 'fabric': write it as /fabric
          basePath: /fabric| basePath: /../x y                     | rest.basePath
          basePath: /fabric| path: x                               | unknown field 'path'
          rest:            | gnmi: {caFile: x}\\n    rest:          | 'rest' goes with neither 'login' nor 'gnmi'
          rest:            | networkInstance: default\\n    rest:    | 'networkInstance' does not go with 'rest'
          """)
  void badRestSwitches(String from, String to, String message) throws IOException {
    String by = to.strip().replace("\\n", "\n");
    String text = REST.replaceFirst(java.util.regex.Pattern.quote(from.strip()), by);
    badFile(() -> Switches.readFile(file(text)), message);
  }

  private static final String SNMP =
      """
      switches:
        - name: tor-1
          address: 10.0.0.2
          snmp: {user: shim, authPassphraseFile: auth, privPassphraseFile: priv}
      """;

  @Test
  void snmpSwitches() throws IOException {
    Switches switches = Switches.readFile(file(SNMP));
    SwitchEntry entry = switches.switches().getFirst();
    assertEquals("switch tor-1 (10.0.0.2:161)", entry.who());
    SnmpAccess snmp = java.util.Objects.requireNonNull(entry.snmp());
    assertEquals(folder.resolve("auth").toString(), snmp.authPassphraseFile());
    assertEquals(folder.resolve("priv").toString(), snmp.privPassphraseFile());
    assertEquals("SHA-256 AES-128", snmp.authProtocol() + " " + snmp.privProtocol());
    assertEquals(Set.of(), switches.namesByNetconf());
    Path open = file(SNMP.replace("privPassphraseFile: priv", "withoutPrivacy: true"));
    SwitchEntry told = Switches.readFile(open).switches().getFirst();
    assertTrue(java.util.Objects.requireNonNull(told.snmp()).withoutPrivacy());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          , privPassphraseFile: priv | ^^                          | file.yaml:4:5 (switches[0].snmp): give snmp.privPassphraseFile, or
          user: shim                 | user: shim, withoutPrivacy: true | whoever listens, not both
          user: shim,                | ^^                          | 'snmp.user'
          authPassphraseFile: auth,  | ^^                          | 'snmp.authPassphraseFile'
          user: shim                 | user: shim, authProtocol: MD5 | snmp.authProtocol 'MD5': one of [SHA-1, SHA-224
          user: shim                 | user: shim, privProtocol: DES | snmp.privProtocol 'DES': one of [AES-128
          user: shim                 | user: shim, community: public | unknown field 'community'
          snmp:                      | gnmi: {caFile: x}\\n    snmp: | 'snmp' goes with neither 'login' nor 'gnmi' nor 'rest'
          """)
  void badSnmpSwitches(String from, String to, String message) throws IOException {
    String by = to.strip().replace("\\n", "\n");
    String text = SNMP.replaceFirst(java.util.regex.Pattern.quote(from.strip()), by);
    badFile(() -> Switches.readFile(file(text)), message);
  }

  /** A service that sets more of its ports has to be where that can be set. */
  @Test
  void whatAProtocolCannotSetIsRefusedWithTheServiceAndTheSwitch() throws IOException {
    FabricServices fabric =
        FabricServices.readFile(file(SETTING.replace("[tor-1]", "[tor-1, tor-2]")), NAMES);
    fabric.requireSettable(Switches.readFile(file(SWITCHES)));
    for (String text : List.of(SNMP, REST)) {
      Switches switches = Switches.readFile(file(text));
      Failure failure = assertThrows(Failure.class, () -> fabric.requireSettable(switches));
      assertEquals(Failure.Kind.INVALID, failure.kind());
      assertTrue(
          failure.getMessage().startsWith("services[0].port.mtu: switch tor-1"), failure::toString);
    }
    FabricServices elsewhere =
        FabricServices.readFile(file(SETTING.replace("[tor-1]", "[tor-2]")), NAMES);
    elsewhere.requireSettable(Switches.readFile(file(SNMP)));
  }

  /** Two services, the second of which takes its VLANs from a pool. */
  private static final String SEGMENTS =
      FABRIC.replace("mtu: 1500", "evpn: {vniBase: 10000, routeTarget: 65000}")
          + "    evpn: {vniBase: 10000, routeTarget: 65535}\n";

  @Test
  void segments() throws IOException {
    FabricServices fabric = FabricServices.readFile(file(SEGMENTS), NAMES);
    EvpnServices there = fabric.evpn("tor-1", Set.of("gone", "other"));
    assertEquals(
        new EvpnInstance("patchbay-myns", 100, 10100, "65000:10100"),
        there.instance("myns", 100).orElseThrow());
    assertEquals(
        new EvpnInstance("patchbay-other", 220, 10220, "65535:10220"),
        there.instance("other", 220).orElseThrow());
    assertEquals(Set.of("patchbay-myns", "patchbay-other", "patchbay-gone"), there.instances());
    EvpnServices elsewhere = fabric.evpn("tor-2", Set.of());
    assertTrue(elsewhere.instance("myns", 100).isEmpty());
    assertEquals(Set.of("patchbay-myns", "patchbay-other"), elsewhere.instances());
    FabricServices plain = FabricServices.readFile(file(FABRIC), NAMES);
    EvpnServices none = plain.evpn("tor-1", Set.of("gone"));
    try (Journal kept = Journal.open(folder.resolve("kept"))) {
      assertEquals(EvpnServices.NONE, none.where("tor-1", kept), "nothing is asked for");
      assertEquals(there, there.where("tor-1", kept));
      assertEquals(none, none.where("tor-1", kept), "what is left there is");
      assertEquals(EvpnServices.NONE, none.where("tor-2", kept), "there was none elsewhere");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          vniBase: 10000, routeTarget: 65000 | vniBase: 10000                        | (services[0].evpn): evpn.routeTarget null is not in 1..65535
          vniBase: 10000, routeTarget: 65000 | routeTarget: 65000                    | (services[0].evpn): evpn.vniBase null is not in 0..16777214
          routeTarget: 65000                 | routeTarget: 65536                    | evpn.routeTarget 65536 is not in 1..65535
          routeTarget: 65000                 | routeTarget: 0                        | evpn.routeTarget 0 is not in 1..65535
          vniBase: 10000, routeTarget: 65000 | vniBase: -1, routeTarget: 65000       | evpn.vniBase -1 is not in 0..
          vniBase: 10000, routeTarget: 65000 | vniBase: 16777116, routeTarget: 65000 | evpn.vniBase 16777116 of service myns is too high: with VLAN 100 the VNI is more than 16777215
          vniBase: 10000, routeTarget: 65000 | vniBase: 10100, routeTarget: 65000    | services[1].evpn: with vniBase 10000 service other could get a VNI that is service myns's, whose vniBase is 10100
          routeTarget: 65000                 | routeTarget: 65000, evi: 7            | unknown field 'evi'
          """)
  void badSegments(String from, String to, String message) throws IOException {
    String text = SEGMENTS.replaceFirst(java.util.regex.Pattern.quote(from.strip()), to.strip());
    badFile(() -> FabricServices.readFile(file(text), NAMES), message);
  }

  @Test
  void theHighestVniAndBasesThatAreFarApartAreGood() throws IOException {
    for (String base : List.of("16777115", "0", "10121", "10099")) {
      String text = SEGMENTS.replaceFirst("vniBase: 10000", "vniBase: " + base);
      assertEquals(2, FabricServices.readFile(file(text), NAMES).services().size(), base);
    }
  }

  /** A segment needs a switch where the shim makes VLANs, in the words of OpenConfig. */
  @Test
  void aSegmentThatASwitchCannotHaveIsRefusedWithTheServiceAndTheSwitch() throws IOException {
    FabricServices fabric = FabricServices.readFile(file(SEGMENTS), NAMES);
    String instances = SWITCHES.replace("address:", "networkInstance: default\n    address:");
    fabric.requireSegments(Switches.readFile(file(instances)));
    for (String text : List.of(SWITCHES, SNMP, REST)) {
      Switches switches = Switches.readFile(file(text));
      Failure failure = assertThrows(Failure.class, () -> fabric.requireSegments(switches));
      assertEquals(Failure.Kind.INVALID, failure.kind());
      assertTrue(
          failure
              .getMessage()
              .startsWith(
                  "services[0].evpn: service myns can be had at switch tor-1, which "
                      + (text.equals(SWITCHES)
                          ? "has no networkInstance in the switches file"
                          : "is not spoken to by NETCONF or gNMI")),
          failure::toString);
    }
    String first = SEGMENTS.substring(0, SEGMENTS.lastIndexOf("    evpn"));
    FabricServices elsewhere =
        FabricServices.readFile(file(first.replace("[tor-1]", "[tor-2]")), NAMES);
    Switches snmp = Switches.readFile(file(SNMP));
    elsewhere.requireSegments(snmp);
    FabricServices gateway =
        FabricServices.readFile(
            file(
                first.replace(
                    "[tor-1]", "[tor-2]\n    gatewayPorts: [{switch: tor-1, port: Ethernet9}]")),
            NAMES);
    assertThrows(Failure.class, () -> gateway.requireSegments(snmp));
  }

  /** Whoever is at such a port is on the services of all who name it. */
  @Test
  void aGatewayPortIsNoNodes() throws IOException {
    Switches switches = Switches.readFile(file(SWITCHES));
    Cables cables = Cables.readFile(file(CABLES.replace("Ethernet2", "lag2, lag: [p2]")), NAMES);
    for (String port : List.of("Ethernet1", "lag2", "p2")) {
      String by = "mtu: 1500\n    gatewayPorts: [{switch: tor-1, port: " + port + "}]";
      FabricServices fabric = FabricServices.readFile(file(FABRIC.replace("mtu: 1500", by)), NAMES);
      Failure failure = assertThrows(Failure.class, () -> fabric.requireFitting(switches, cables));
      assertEquals(
          "services[0].gatewayPorts: port "
              + port
              + " of switch tor-1 has a node's cable in the cables file",
          failure.getMessage());
    }
  }

  /**
   * Else what the node sends without a tag would be on a service, and nobody has asked for that.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          99   |
          100  | services[0].vlans: VLAN 100 is the nativeVlan of node node-2 at port p2 of tor-1 in the cables file: its host would be on the service unasked
          4094 | parkingVlan: VLAN 4094 is the nativeVlan of node node-2 at port p2 of tor-1
          """)
  void aNativeVlanIsNoServices(int vlan, String message) throws IOException {
    Switches switches = Switches.readFile(file(SWITCHES));
    FabricServices fabric = FabricServices.readFile(file(FABRIC), NAMES);
    String text = CABLES.replace("port: Ethernet2", "port: p2, nativeVlan: " + vlan);
    Cables cables = Cables.readFile(file(text), NAMES);
    assertEquals(Map.of("p2", vlan), cables.nativeVlans("tor-1"));
    if (message == null) {
      fabric.requireFitting(switches, cables);
    } else {
      Failure failure = assertThrows(Failure.class, () -> fabric.requireFitting(switches, cables));
      assertEquals(message, failure.getMessage());
    }
  }

  private static void badFile(org.junit.jupiter.api.function.Executable read, String message) {
    Failure failure = assertThrows(Failure.class, read);
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.getMessage().contains("file.yaml"), failure.getMessage());
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
  }
}

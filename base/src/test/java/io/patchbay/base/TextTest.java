package io.patchbay.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment.Variable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people and peers write: durations, addresses, variables, YAML. */
class TextTest {
  @ParameterizedTest
  @CsvSource({
    "10m,PT10M",
    "750ms,PT0.75S",
    "1h30m,PT1H30M",
    "1.5s,PT1.5S",
    "0,PT0S",
    "-2s,PT-2S",
    "5us,PT0.000005S"
  })
  void durationsAreReadAsGoWritesThem(String text, String iso) {
    assertEquals(Duration.parse(iso), GoDuration.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "m", "1d", "1m x", "1h1", "99999999999h"})
  void otherDurationsAreRefused(String text) {
    assertEquals(
        Failure.Kind.INVALID, assertThrows(Failure.class, () -> GoDuration.parse(text)).kind());
  }

  @ParameterizedTest
  @CsvSource({
    "registry:5002,tcp,registry,5002",
    "tcp://:5002,tcp,'',5002",
    "tcp://10.0.0.1:1,tcp,10.0.0.1,1",
    "tcp://[fd00::1]:5002,tcp,fd00::1,5002"
  })
  void tcpAddressesAreReadLeniently(String text, String scheme, String host, int port) {
    Url url = Url.parse(text);
    assertEquals(scheme, url.scheme());
    assertEquals(host, url.host());
    assertEquals(port, url.port());
  }

  @Test
  void localAddressesKeepTheirPath() {
    assertEquals("/run/nsm.sock", Url.parse("unix:///run/nsm.sock").path());
    assertEquals("/run/nsm.sock", Url.parse("unix:/run/nsm.sock").path());
    assertEquals("4/4026535414", Url.parse("inode://4/4026535414").rest());
    assertTrue(Url.parse("inode://4/1").isLocal());
    assertEquals("inode://4/1", Url.parse("inode://4/1").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "tcp://host:", "tcp://host:70000", "tcp://[::1]"})
  void aMissingPortIsNamed(String text) {
    Failure failure = assertThrows(Failure.class, () -> Url.parse(text).port());
    assertTrue(failure.getMessage().contains("port"), failure.getMessage());
  }

  record Sample(
      @Variable(name = "NSM_NAME", fallback = "nsc", help = "who we are") String name,
      @Variable(name = "NSM_TIMEOUT", fallback = "15s", help = "how long") Duration timeout,
      @Variable(name = "NSM_LABELS", help = "labels") Map<String, String> labels,
      @Variable(name = "NSM_SERVICES", help = "services") List<String> services,
      @Variable(name = "NSM_ON", fallback = "true", help = "switch") boolean on) {}

  record Addresses(
      @Variable(name = "NSM_CONNECT_TO", fallback = "registry:5002", help = "one") Url one,
      @Variable(name = "NSM_PROXY", help = "one or none") Optional<Url> maybe,
      @Variable(name = "NSM_LISTEN_ON", help = "many") List<Url> many,
      @Variable(name = "NSM_DOMAINS", help = "many with names") Map<String, Url> named) {}

  record Whole(
      @Variable(name = "NSM_FIRST", fallback = "1", help = "before") int first,
      Sample part,
      @Variable(name = "NSM_LAST", fallback = "2", help = "after") int last) {}

  @Test
  void aRecordInARecordBringsItsVariables() {
    assertEquals(
        List.of(
            "NSM_FIRST",
            "NSM_NAME",
            "NSM_TIMEOUT",
            "NSM_LABELS",
            "NSM_SERVICES",
            "NSM_ON",
            "NSM_LAST"),
        Environment.variables(Whole.class).stream().map(Variable::name).toList());
    assertEquals(
        new Whole(1, new Sample("x", Duration.ofSeconds(15), Map.of(), List.of(), true), 3),
        Environment.read(Whole.class, Map.of("NSM_NAME", "x", "NSM_LAST", "3")));
    assertEquals(
        "NSM_ON='maybe': neither true nor false",
        assertThrows(Failure.class, () -> Environment.read(Whole.class, Map.of("NSM_ON", "maybe")))
            .getMessage());
  }

  @Test
  void addressesAreReadToo() {
    assertEquals(
        new Addresses(
            Url.parse("tcp://registry:5002"),
            Optional.of(Url.parse("unix:///x")),
            List.of(Url.parse("unix:///a"), Url.parse("tcp://:1")),
            Map.of("example.com", Url.parse("tcp://b:2"))),
        Environment.read(
            Addresses.class,
            Map.of(
                "NSM_PROXY", "unix:/x",
                "NSM_LISTEN_ON", "unix:///a,tcp://:1",
                "NSM_DOMAINS", "example.com:tcp://b:2")));
    assertEquals(Optional.empty(), Environment.read(Addresses.class, Map.of()).maybe());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NSM_CONNECT_TO | registry        | no port in 'tcp://registry'",
        "NSM_CONNECT_TO | http://registry | write unix:///path or tcp://host:port",
        "NSM_CONNECT_TO | ''              | an empty URL",
        "NSM_PROXY      | tcp://          | nothing behind 'tcp://'",
        "NSM_LISTEN_ON  | a:1,b:x         | no port in 'tcp://b:x'",
        "NSM_DOMAINS    | example.com     | is not key:value",
        "NSM_DOMAINS    | a:b             | no port in 'tcp://b'",
      })
  void aBadAddressIsNamedWithItsVariable(String variable, String text, String why) {
    Failure failure =
        assertThrows(
            Failure.class, () -> Environment.read(Addresses.class, Map.of(variable, text)));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(
        failure.getMessage().startsWith(variable + "='" + text + "': "), failure.getMessage());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
  }

  @Test
  void aRecordIsFilledFromVariablesAndFallbacks() {
    Sample sample =
        Environment.read(
            Sample.class,
            Map.of("NSM_LABELS", "p2p:true,a:b:c", "NSM_SERVICES", "x, y", "NSM_ON", "0"));
    assertEquals(
        new Sample(
            "nsc",
            Duration.ofSeconds(15),
            Map.of("p2p", "true", "a", "b:c"),
            List.of("x", "y"),
            false),
        sample);
  }

  @Test
  void aBadVariableIsNamedWithItsValue() {
    Failure failure =
        assertThrows(
            Failure.class, () -> Environment.read(Sample.class, Map.of("NSM_TIMEOUT", "soon")));
    assertTrue(failure.getMessage().startsWith("NSM_TIMEOUT='soon': not a duration"));
  }

  record Port(String name, int vlan) {
    Port {
      if (name == null) {
        throw new Failure(Failure.Kind.INVALID, "a port without a name");
      }
      if (vlan < 1 || vlan > 4094) {
        throw new Failure(Failure.Kind.INVALID, "vlan " + vlan + " is out of 1..4094");
      }
    }
  }

  record Fabric(List<Port> ports) {
    Fabric {
      ports = List.copyOf(ports);
      if (ports.size() > 1 && ports.getFirst().name().equals(ports.getLast().name())) {
        throw new Failure(Failure.Kind.INVALID, "ports[1].name is taken");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ports:\\n- name: a\\n  vlan: 5000\\n\\n|fabric.yaml:3:3 (ports[0]): vlan 5000|of 1..4094",
        "ports:\\n\\n- vlan: 5\\n|fabric.yaml:3:3 (ports[0]): a port|without a name",
        "ports:\\n- {name: a, vlan: 1}\\n- name: b\\n"
            + "  vlan: x\\n- name: c\\n|fabric.yaml:4:3 (ports[1].vlan): 'x': wanted|is a whole"
            + " number",
        "ports: a\\n|fabric.yaml:1:1 (ports): wanted is a|list",
        "ports:\\n- a\\n|fabric.yaml:2:3 (ports[0]): wanted is|a block of fields",
        "ports:\\n- name: a\\n- name: b\\n"
            + "  vlan: 1\\n|fabric.yaml:2:3 (ports[0].vlan): not given; wanted|is a whole number",
        "ports:\\n- {name: a, vlan: 5}\\n- vlan: 5\\n"
            + "  name: a\\n|fabric.yaml:4:3: ports[1].name|taken",
        "ports:\\n- name: a\\n"
            + "  vlan: 5\\n"
            + "  vlann: 5\\n|fabric.yaml:4:3 (ports[0].vlann): unknown field|known are [name,"
            + " vlan]",
        "ports:\\n- name: a\\n  vlan: 0\\n  x: [\\n|fabric.yaml:3:3|out of",
        "ports:\\n-\\n|fabric.yaml:1:1: a field or|is empty",
        "ports: [\\n|fabric.yaml:2:1: while parsing a flow|node, expected",
        "ports:\\n\\t- name: a\\n|fabric.yaml:2:1|cannot start any token",
        "# nothing\\n\\n|fabric.yaml: the|empty",
        "'   '|fabric.yaml|empty"
      })
  void yamlMistakesNameFileAndLine(String yaml, String where, String what) {
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                Json.parseYaml(
                    "fabric.yaml", yaml.replace("\\n", "\n").replace("\\t", "\t"), Fabric.class));
    assertTrue(failure.getMessage().startsWith(where), failure.getMessage());
    assertTrue(failure.getMessage().contains(what), failure.getMessage());
    assertEquals(1, failure.getMessage().lines().count(), failure.getMessage());
  }

  @Test
  void whatAnotherFileContradictsIsNamedWithItsLine(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("f.yaml"), "ports:\n- {name: a, vlan: 1}\n- name: b\n  vlan: 2");
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                Json.readFile(
                    file,
                    Fabric.class,
                    fabric -> {
                      throw new Failure(Failure.Kind.INVALID, "ports[1].vlan: 2 leads nowhere");
                    }));
    assertEquals(file + ":4:3: ports[1].vlan: 2 leads nowhere", failure.getMessage());
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path file = Path.of("/nowhere/fabric.yaml");
    Failure failure = assertThrows(Failure.class, () -> Json.readFile(file, Fabric.class));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals("no such file: /nowhere/fabric.yaml", failure.getMessage());
  }
}

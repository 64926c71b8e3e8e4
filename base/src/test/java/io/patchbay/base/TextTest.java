package io.patchbay.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment.Variable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
      if (vlan < 1 || vlan > 4094) {
        throw new Failure(Failure.Kind.INVALID, "vlan " + vlan + " is out of 1..4094");
      }
    }
  }

  record Fabric(List<Port> ports) {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ports:\\n- name: a\\n  vlan: 5000\\n|fabric.yaml:4:1 (ports[0]):|5000 is out of 1..4094",
        "ports:\\n- name: a\\n  vlan: 5\\n  vlann: 5\\n|fabric.yaml:4:|vlann",
        "ports: [\\n|fabric.yaml:|expected",
        "'   '|fabric.yaml|empty"
      })
  void yamlMistakesNameFileAndLine(String yaml, String where, String what) {
    Failure failure =
        assertThrows(
            Failure.class,
            () -> Json.parseYaml("fabric.yaml", yaml.replace("\\n", "\n"), Fabric.class));
    assertTrue(failure.getMessage().startsWith(where), failure.getMessage());
    assertTrue(failure.getMessage().contains(what), failure.getMessage());
  }
}

package io.patchbay.torshims.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.snmp.SnmpPort.PortVlan;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnmpPortTest {
  /** What is not wholly understood means no more than its own text. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pvid=10 frames=1 filtering=1 egress=10 untagged=10           | access VLAN 10
          pvid=1 frames=2 filtering=1 egress=100,200-203 untagged=     | trunk VLANs 100,200,201,202,203
          pvid=99 frames=2 filtering=1 egress=100 untagged=            | trunk VLANs 100
          pvid=7 frames=1 filtering=1 egress=7,20-21 untagged=7        | trunk VLANs 20,21 native 7
          pvid=1 frames=1 filtering=1 egress= untagged=                | as it was
          pvid=10 frames=1 filtering=2 egress=10 untagged=10           | as it was
          pvid=1 frames=2 filtering=2 egress=100 untagged=             | as it was
          pvid=11 frames=1 filtering=1 egress=10 untagged=10           | as it was
          pvid=1 frames=1 filtering=1 egress=100 untagged=             | as it was
          pvid=10 frames=1 filtering=1 egress=10-11 untagged=10-11     | as it was
          pvid=10 frames=2 filtering=1 egress=10-11 untagged=10        | as it was
          pvid=10 frames=1 filtering=1 egress=11 untagged=10           | as it was
          pvid=10 frames=3 filtering=1 egress=10 untagged=10           | as it was
          pvid=1 frames=2 filtering=1 egress=100,4095-4097 untagged=   | as it was
          pvid=5000 frames=1 filtering=1 egress=5000 untagged=5000     | as it was
          """)
  void meansWhatItSays(String text, String meaning) {
    PortConfig found = SnmpPort.of(new Raw(text)).reading().meaning();
    assertEquals(meaning, found instanceof Raw ? "as it was" : found.toString());
    assertEquals(text, SnmpPort.of(new Raw(text)).reading().raw().text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "pvid=1 frames=1 filtering=1 egress=0 untagged=",
        "pvid=1 frames=1 filtering=1 egress=1-999999999 untagged=",
        "pvid=1 frames=1 filtering=1 egress=9999999999 untagged=",
        "pvid=1 frames=1 filtering=1 egress=1, untagged=",
        "pvid=1 frames=1 filtering=1 egress=1-2-3 untagged=",
        "pvid=1 frames=1 filtering=1 egress=1 untagged=1 more=1"
      })
  void aTextOfAnotherDriverIsRefused(String text) {
    Failure failure = assertThrows(Failure.class, () -> SnmpPort.of(new Raw(text)));
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  @Test
  void whatIsWantedMeansThat() {
    Trunk trunk = new Trunk(new TreeSet<>(Set.of(2, 3, 4094)), OptionalInt.of(9));
    assertEquals(trunk, SnmpPort.of(trunk).reading().meaning());
    assertEquals(new Access(4094), SnmpPort.of(new Access(4094)).reading().meaning());
  }

  /** Whatever a port is, its text brings back. */
  @Test
  void theTextBringsBackAnyPort() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      PortVlan vlan =
          new PortVlan(1 + random.nextInt(4094), 1 + random.nextInt(3), 1 + random.nextInt(2));
      SnmpPort port = new SnmpPort(vlan, vlans(random), vlans(random));
      assertEquals(port, SnmpPort.of(new Raw(port.text())), "seed " + seed);
      assertEquals(port, SnmpPort.of(port.reading().raw()), "seed " + seed);
    }
  }

  private static SortedSet<Integer> vlans(Random random) {
    SortedSet<Integer> vlans = new TreeSet<>();
    int low = 1;
    for (int i = random.nextInt(6); i > 0; i--) {
      low += random.nextInt(500);
      for (int length = random.nextInt(5); length > 0; length--) {
        vlans.add(low++);
      }
    }
    return vlans;
  }
}

package io.patchbay.torshims.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortListTest {
  private static PortList hex(String octets) {
    return PortList.of(HexFormat.of().parseHex(octets));
  }

  /** Octet (p-1)/8, mask 0x80 >> ((p-1)%8); contracts tor.md 4. */
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "80, 1",
    "01, 8",
    "0080, 9",
    "8001, '1,16'",
    "0000000000000001, 64",
    "c0, '1,2'",
    "aa55, '1,3,5,7,10,12,14,16'"
  })
  void bitsAreCountedFromTheLeft(String octets, String ports) {
    String found =
        hex(octets).ports().stream().map(String::valueOf).collect(Collectors.joining(","));
    assertEquals(ports, found);
  }

  @ParameterizedTest
  @CsvSource({
    "00, 1, true, 80",
    "80, 1, false, 00",
    "80, 1, true, 80",
    "00, 1, false, 00",
    "800000, 2, true, c00000",
    "80, 9, true, 8080",
    "80, 9, false, 80",
    "'', 17, true, 000080",
    "ffff, 16, false, fffe"
  })
  void keepsTheLengthThatWasReadAndGrowsOnlyForAPortThatHasNoRoom(
      String before, int port, boolean in, String after) {
    PortList changed = hex(before).with(port, in);
    assertEquals(after, HexFormat.of().formatHex(changed.octets()));
    assertEquals(in, changed.has(port));
  }

  @Test
  void bridgePortsBeginWithOne() {
    assertThrows(IllegalArgumentException.class, () -> hex("80").has(0));
  }

  /** Against a set of numbers, port by port, in any order. */
  @Test
  void isASetOfNumbers() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      SortedSet<Integer> expected = new TreeSet<>();
      PortList list = PortList.empty(random.nextInt(9));
      for (int step = 0; step < 50; step++) {
        int port = 1 + random.nextInt(80);
        boolean in = random.nextBoolean();
        PortList before = list;
        byte[] untouched = before.octets();
        list = list.with(port, in);
        if (in) {
          expected.add(port);
        } else {
          expected.remove(port);
        }
        assertEquals(expected, list.ports(), "seed " + seed);
        assertEquals(true, Arrays.equals(untouched, before.octets()), "seed " + seed);
        assertEquals(
            Math.max(before.length(), in ? PortList.lengthFor(port) : 0),
            list.length(),
            "seed " + seed);
      }
    }
  }
}

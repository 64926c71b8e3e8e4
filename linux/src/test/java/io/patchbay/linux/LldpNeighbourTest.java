package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LldpNeighbourTest {
  /** To the nearest bridge: chassis by MAC, port by name, 120 s, description, name, end. */
  private static final byte[] FRAME =
      HexFormat.of()
          .parseHex(
              "0180c200000e"
                  + "020000000042"
                  + "88cc"
                  + "020704"
                  + "020000000042"
                  + "040a05"
                  + "45746865726e65743"
                  + "3"
                  + "06020078"
                  + "0808"
                  + "73706172652031"
                  + "20"
                  + "0a05"
                  + "746f722d31"
                  + "0000");

  @Test
  void whatASwitchSays() {
    assertEquals(
        Optional.of(
            new LldpNeighbour("tor-1", List.of("Ethernet3", "spare 1"), Duration.ofSeconds(120))),
        LldpNeighbour.parse(FRAME));
  }

  /** Kind 3 is a MAC address, which nobody writes into a cables file. */
  @Test
  void anIdThatIsNoTextIsLeftOut() {
    byte[] frame = FRAME.clone();
    frame[14 + 9 + 2] = 3;
    assertEquals(List.of("spare 1"), LldpNeighbour.parse(frame).orElseThrow().ports());
  }

  @Test
  void whatIsCutShortOrOfAnotherTypeIsNone() {
    assertEquals(Optional.empty(), LldpNeighbour.parse(Arrays.copyOf(FRAME, 20)));
    assertEquals(Optional.empty(), LldpNeighbour.parse(new byte[0]));
    byte[] other = FRAME.clone();
    other[12] = 8;
    assertEquals(Optional.empty(), LldpNeighbour.parse(other));
  }

  /** From the wire comes anything: it is read or not, and never fails. */
  @Test
  void damagedFramesDoNoHarm() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] frame = Arrays.copyOf(FRAME, random.nextInt(FRAME.length + 1));
      for (int damage = random.nextInt(6); damage > 0 && frame.length > 14; damage--) {
        frame[14 + random.nextInt(frame.length - 14)] = (byte) random.nextInt();
      }
      LldpNeighbour.parse(frame)
          .ifPresent(read -> assertEquals(read.system(), read.system().strip()));
    }
  }
}

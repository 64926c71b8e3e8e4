package io.patchbay.hwsim.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames byte by byte. */
class FrameTest {
  private static final MacAddress TO = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress FROM = MacAddress.parse("02:00:00:00:00:02");
  private static final Frame PLAIN = Frame.of(TO, FROM, 0x0806, new byte[] {1, 2, 3});

  @Test
  void tagsSitBehindTheAddresses() {
    assertEquals("0200000000010200000000020806010203", hex(PLAIN));
    Frame tagged = PLAIN.withTag(new VlanTag(100, 5));
    assertEquals("0200000000010200000000028100a0640806010203", hex(tagged));
    assertEquals(Optional.of(new VlanTag(100, 5)), tagged.tag());
    assertEquals(0x0806, tagged.etherType());
    assertEquals(PLAIN, tagged.withoutTag());
    assertEquals(PLAIN.withTag(new VlanTag(7, 5)), tagged.retag(7));
    assertEquals(PLAIN.withTag(VlanTag.of(7)), PLAIN.retag(7));
    assertEquals(PLAIN.withTag(VlanTag.of(7)), tagged.withTag(VlanTag.of(7)));
    assertEquals(HexFormat.of().formatHex(new byte[] {1, 2, 3}), payload(tagged));
  }

  @Test
  void whatIsReadIsACopy() {
    byte[] octets = PLAIN.octets();
    Frame read = Frame.read(octets);
    octets[0] = 9;
    read.octets()[0] = 9;
    assertEquals(PLAIN, read);
    assertEquals(TO, read.destination());
    assertEquals(FROM, read.source());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 13, Frame.OCTETS_MAX + 1})
  void lengthsThatNoFrameHasAreRefused(int length) {
    Failure e = assertThrows(Failure.class, () -> Frame.read(new byte[length]));
    assertEquals(Failure.Kind.INVALID, e.kind());
  }

  @Test
  void aTagCutShortIsRefused() {
    byte[] cut = HexFormat.of().parseHex("020000000001020000000002810000");
    assertThrows(Failure.class, () -> Frame.read(cut));
  }

  private static String hex(Frame frame) {
    return HexFormat.of().formatHex(frame.octets());
  }

  private static String payload(Frame frame) {
    return HexFormat.of().formatHex(frame.payload());
  }
}

package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ArpAnnouncementTest {
  @Test
  void isTheFrameOfRfc5227() {
    byte[] frame =
        ArpAnnouncement.frame(MacAddress.parse("02:00:00:00:00:05"), IpPrefix.literal("10.0.0.5"));
    assertEquals(
        "ffffffffffff" // to everybody
            + "020000000005"
            + "0806"
            + "0001" // Ethernet
            + "0800" // IPv4
            + "06"
            + "04"
            + "0001" // request
            + "020000000005"
            + "0a000005"
            + "000000000000"
            + "0a000005" // for itself
            + "00".repeat(18),
        HexFormat.of().formatHex(frame));
  }

  @Test
  void knowsNoIpv6() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ArpAnnouncement.frame(MacAddress.ZERO, IpPrefix.literal("2001:db8::1")));
  }
}

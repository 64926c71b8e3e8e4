package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.linux.VfState.VfFlag;
import io.patchbay.linux.netlink.Hex;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.Rtm;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** VF requests against bytes put together by hand from {@code linux/if_link.h}. */
class VfMessagesTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:0b");

  /** Behind the headers: VFINFO_LIST (22) around VF_INFO (1) around the attribute. */
  static Stream<Arguments> changes() {
    return Stream.of(
        Arguments.of(
            new VfChange.Mac(11, MAC),
            "3000 1600 2c00 0100 2800 0100 0b000000 02005e10000b"
                + " 0000 000000000000 000000000000 000000000000 000000000000"),
        Arguments.of(
            new VfChange.Vlan(11, new VfVlan(100, 5, VfVlan.Protocol.DOT1Q)),
            "1800 1600 1400 0100 1000 0200 0b000000 64000000 05000000"),
        Arguments.of(
            new VfChange.Vlan(11, new VfVlan(100, 5, VfVlan.Protocol.DOT1AD)),
            "2000 1600 1c00 0100 1800 0c00 1400 0100 0b000000 64000000 05000000 88a8 0000"),
        Arguments.of(
            new VfChange.SpoofCheck(11, true), "1400 1600 1000 0100 0c00 0400 0b000000 01000000"),
        Arguments.of(
            new VfChange.LinkState(11, VfLinkState.DISABLE),
            "1400 1600 1000 0100 0c00 0500 0b000000 02000000"),
        Arguments.of(
            new VfChange.Rates(11, new VfRates(100, 1000)),
            "1800 1600 1400 0100 1000 0600 0b000000 64000000 e8030000"),
        Arguments.of(
            new VfChange.Trust(11, false), "1400 1600 1000 0100 0c00 0900 0b000000 00000000"));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void aChangeIsOneAttribute(VfChange change, String attributes) {
    byte[] body = Hex.bytes(attributes);
    String length = String.format("%02x000000", 32 + body.length);
    String headers = length + "1300 0500 07000000 00000000  00000000 04000000 00000000 00000000";
    byte[] message = VfMessages.request(4, change).encode(7, 5);
    assertEquals(Hex.text(Hex.bytes(headers + attributes)), Hex.text(message));
    assertEquals(List.of(change), VfMessages.changes(NetlinkMessage.decode(message).getFirst()));
  }

  @Test
  void theQueryAsksOnePhysicalFunctionWithoutCounters() {
    assertEquals(
        Hex.text(
            Hex.bytes(
                "28000000 1200 0500 01000000 00000000 00000000 04000000 00000000 00000000"
                    + "0800 1d00 09000000")),
        Hex.text(VfMessages.query(4).encode(1, 5)));
  }

  /** Sixteen functions as a kernel shows them, with attributes that nobody here asked for. */
  @Test
  void readsWhatAKernelShowsOfMoreThanTenFunctions() {
    StringBuilder list = new StringBuilder();
    for (int vf = 0; vf < 16; vf++) {
      String number = String.format("%02x000000", vf);
      list.append("8800 0180"); // VF_INFO with NLA_F_NESTED
      list.append("2800 0100 " + number + "0200000000" + String.format("%02x", vf));
      list.append("00".repeat(26));
      list.append("1000 0200 " + number + "64000000 03000000"); // VLAN 100, QoS 3
      list.append("1000 0600 " + number + "00000000 e8030000"); // at most 1000
      list.append("0c00 0300 " + number + "e8030000"); // the old rate
      list.append("0c00 0400 " + number + "01000000"); // spoof check
      list.append("0c00 0500 " + number + "01000000"); // link state
      list.append("0c00 0700 " + number + "ffffffff"); // RSS query: driver does not say
      list.append("0c00 0900 " + number + "ffffffff"); // trust: driver does not say
    }
    byte[] attributes = Hex.bytes(list.toString());
    String body =
        "0000 0100 04000000 43100100 00000000"
            + "0900 0300 656e7331 00 000000" // IFNAME ens1
            + "0800 1500 10000000" // NUM_VF 16
            + Hex.text(
                new byte[] {(byte) (attributes.length + 4), (byte) (attributes.length + 4 >> 8)})
            + "1680"
            + Hex.text(attributes);
    int length = 16 + Hex.bytes(body).length;
    byte[] message =
        Hex.bytes(
            Hex.text(new byte[] {(byte) length, (byte) (length >> 8), 0, 0})
                + "1000 0000 01000000 00000000"
                + body);
    NetlinkMessage reply = NetlinkMessage.decode(message).getFirst();
    assertEquals("ens1", Link.of(reply).name());
    assertEquals(
        IntStream.range(0, 16)
            .mapToObj(vf ->
                new VfState(
                    vf,
                    new MacAddress(0x020000000000L + vf),
                    new VfVlan(100, 3, VfVlan.Protocol.DOT1Q),
                    new VfRates(0, 1000),
                    VfLinkState.ENABLE,
                    Set.of(VfFlag.SPOOF_CHECK)))
            .toList(),
        VfMessages.states(reply));
  }

  /** A function with {@code IFLA_VF_STATS} as rtnl_fill_vfinfo() writes it, and one without. */
  @Test
  void readsCountersOfEightBytes() {
    String mac = "2800 0100 %s 0200000000" + "00" + "00".repeat(26);
    String counters =
        "6400 0880"
            + "0c00 0000 0100000000000000" // received packets
            + "0c00 0100 0200000000000000" // sent packets
            + "0c00 0200 0000000001000000" // received bytes: 2 to the 32
            + "0c00 0300 0400000000000000" // sent bytes
            + "0c00 0400 0500000000000000" // broadcast
            + "0c00 0500 0600000000000000" // multicast
            + "0c00 0700 0800000000000000" // received, dropped
            + "0c00 0800 0900000000000000"; // sent, dropped
    String list =
        "9000 0180"
            + mac.formatted("0b000000")
            + counters
            + "2c00 0180"
            + mac.formatted("0c000000");
    String body = "0000 0100 04000000 43100100 00000000" + "c000 1680" + list;
    byte[] message = Hex.bytes("e0000000 1000 0000 01000000 00000000" + body);
    assertEquals(
        List.of(
            new VfTraffic(
                11, new VfTraffic.Count(1, 1L << 32, 8), new VfTraffic.Count(2, 4, 9), 5, 6)),
        VfMessages.traffic(NetlinkMessage.decode(message).getFirst()));
  }

  @Test
  void whatAnImitationShowsIsReadAsItWas() {
    List<VfState> states =
        List.of(
            new VfState(0, MacAddress.ZERO, VfVlan.NONE, VfRates.NONE, VfLinkState.AUTO, Set.of()),
            new VfState(
                10,
                MAC,
                new VfVlan(7, 1, VfVlan.Protocol.DOT1AD),
                new VfRates(5, 50),
                VfLinkState.DISABLE,
                Set.of(VfFlag.SPOOF_CHECK, VfFlag.TRUST)));
    MessageWriter reply = VfMessages.write(MessageWriter.link(Rtm.NEWLINK, 0, 4), states);
    assertEquals(states, VfMessages.states(NetlinkMessage.decode(reply.encode(1, 0)).getFirst()));
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThrows(Failure.class, () -> VfVlan.tag(4095));
    assertThrows(Failure.class, () -> new VfVlan(1, 8, VfVlan.Protocol.DOT1Q));
    assertThrows(Failure.class, () -> new VfRates(2, 1));
    assertThrows(Failure.class, () -> VfLinkState.of(3));
  }
}

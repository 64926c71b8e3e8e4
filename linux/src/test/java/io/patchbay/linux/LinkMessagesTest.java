package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.linux.netlink.Hex;
import org.junit.jupiter.api.Test;

/** Link requests against bytes put together by hand from {@code linux/if_link.h}. */
class LinkMessagesTest {
  @Test
  void aVethIsMadeWithBothEndsInTheirNamespaces() {
    Root.needed("makes network namespaces");
    try (NetworkNamespace here = NetworkNamespace.create();
        NetworkNamespace there = NetworkNamespace.create()) {
      VethEnd end = new VethEnd(here, "nsm-1");
      VethEnd peer = new VethEnd(there, "e0");
      assertEquals(
          Hex.text(
              Hex.bytes(
                  "7c000000 1000 0506 02000000 00000000  00000000 00000000 00000000 00000000"
                      + "0a00 0300 6e736d2d3100 0000"
                      + "0800 0400 dc050000"
                      + "0800 1c00 "
                      + descriptor(here)
                      + "4000 1200" // LINKINFO
                      + "0900 0100 7665746800 000000" // veth
                      + "3000 0200 2c00 0100" // DATA, PEER
                      + "00000000 00000000 00000000 00000000"
                      + "0700 0300 653000 00"
                      + "0800 0400 dc050000"
                      + "0800 1c00 "
                      + descriptor(there))),
          Hex.text(Links.vethMessage(end, peer, 1500).encode(2, 5)));
    }
  }

  @Test
  void aMoveAndItsRenameAreOneMessage() {
    Root.needed("makes network namespaces");
    try (NetworkNamespace target = NetworkNamespace.create()) {
      assertEquals(
          Hex.text(
              Hex.bytes(
                  "34000000 1300 0500 03000000 00000000  00000000 09000000 00000000 00000000"
                      + "0800 1c00 "
                      + descriptor(target)
                      + "0900 0300 6574683000 000000")),
          Hex.text(Links.moveMessage(9, target, "eth0").encode(3, 5)));
    }
  }

  private static String descriptor(NetworkNamespace namespace) {
    int number = namespace.descriptor();
    return Hex.text(new byte[] {(byte) number, (byte) (number >> 8), 0, 0});
  }
}

package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How MAC, PCI and IP addresses are read and written. */
class AddressesOnPaperTest {
  @ParameterizedTest
  @CsvSource({
    "3b:00.0, 0000:3b:00.0",
    "0000:3B:1f.7, 0000:3b:1f.7",
    "10000:00:00.0, 10000:00:00.0",
  })
  void pciAddressesAreWrittenInFull(String text, String full) {
    assertEquals(full, PciAddress.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3b:00", "3b:20.0", "3b:00.8", "000:3b:00.0", "x", "3b:00.0 ice"})
  void otherPciAddressesAreRefused(String text) {
    assertThrows(Failure.class, () -> PciAddress.parse(text));
  }

  @Test
  void routingIdsCarryIntoTheBus() {
    assertEquals("0000:3c:00.1", PciAddress.parse("3b:1f.7").plus(2).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"02:00:5e:10:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"})
  void macAddressesAreKept(String text) {
    MacAddress mac = MacAddress.parse(text);
    assertEquals(text, mac.toString());
    assertEquals(mac, MacAddress.of(mac.bytes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "02:00:5e:10:00", "02-00-5e-10-00-01", "02:00:5e:10:00:0g"})
  void otherMacAddressesAreRefused(String text) {
    assertThrows(Failure.class, () -> MacAddress.parse(text));
  }

  @Test
  void groupAddressesHaveTheLowBitOfTheFirstByte() {
    assertTrue(MacAddress.BROADCAST.isGroup());
    assertTrue(MacAddress.parse("01:80:c2:00:00:0e").isGroup());
    assertFalse(MacAddress.parse("02:00:00:00:00:01").isGroup());
  }

  @Test
  void macAddressesAreFoundInsideAFrame() {
    byte[] frame = {9, 9, 2, 0, 0, 0, 0, 1, 9};
    assertEquals("02:00:00:00:00:01", MacAddress.at(frame, 2).toString());
    assertThrows(Failure.class, () -> MacAddress.at(frame, 4));
  }

  @Test
  void randomMacAddressesAreLocalUnicast() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      MacAddress mac = MacAddress.random(random);
      assertFalse(mac.isGroup());
      assertEquals(2, mac.bytes()[0] & 3);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/24, 10.1.2.3/24, 10.1.2.0/24",
    "10.1.2.3, 10.1.2.3/32, 10.1.2.3/32",
    "10.1.255.3/23, 10.1.255.3/23, 10.1.254.0/23",
    "1.2.3.4/0, 1.2.3.4/0, 0.0.0.0/0",
    "fd00::7/64, fd00:0:0:0:0:0:0:7/64, fd00:0:0:0:0:0:0:0/64",
  })
  void prefixesKeepTheirHost(String text, String full, String network) {
    assertEquals(full, IpPrefix.parse(text).toString());
    assertEquals(network, IpPrefix.parse(text).network().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.1.2/24", "10.1.2.3/33", "10.1.2.3/", "host/24", "fd00::/129"})
  void otherPrefixesAreRefused(String text) {
    assertThrows(Failure.class, () -> IpPrefix.parse(text));
  }

  @Test
  void aPrefixContainsItsOwnFamilyOnly() {
    IpPrefix prefix = IpPrefix.parse("10.1.0.0/16");
    assertTrue(prefix.contains(IpPrefix.literal("10.1.255.255")));
    assertFalse(prefix.contains(IpPrefix.literal("10.2.0.0")));
    assertFalse(IpPrefix.parse("0.0.0.0/0").contains(IpPrefix.literal("fd00::1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "a b", "sixteen-letters-", "über-langer-nam"})
  void unusableLinkNamesAreRefused(String name) {
    assertThrows(Failure.class, () -> Links.checkName(name));
  }
}

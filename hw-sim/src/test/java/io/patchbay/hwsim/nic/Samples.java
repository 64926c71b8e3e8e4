package io.patchbay.hwsim.nic;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.sys.Errno;
import org.junit.jupiter.api.function.Executable;

/** NICs and frames that several tests use. */
final class Samples {
  static final NicHardware NIC =
      new NicHardware(
          PciAddress.parse("0000:3b:00.0"),
          "pf0",
          MacAddress.parse("02:00:00:00:01:00"),
          16,
          NicModel.E810,
          NicHardware.Slot.PLAIN);

  static final MacAddress OUTSIDE = MacAddress.parse("02:00:00:00:99:01");
  private static final int TYPE_ARP = 0x0806;

  private Samples() {}

  static Frame frame(MacAddress from, MacAddress to) {
    return Frame.of(to, from, TYPE_ARP, new byte[46]);
  }

  static void assertRefused(Errno errno, Executable what) {
    Failure failure = assertThrows(Failure.class, what);
    if (!errno.isBehind(failure)) {
      throw new AssertionError("wanted " + errno, failure);
    }
  }
}

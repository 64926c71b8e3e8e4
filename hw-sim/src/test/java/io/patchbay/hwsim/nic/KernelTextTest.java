package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.linux.sys.Errno;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel's parsers take and refuse. */
class KernelTextTest {
  @ParameterizedTest
  @CsvSource({"0,0", "4,4", "+4,4", "0x10,16", "0X1f,31", "010,8", "65535,65535", "'7\n',7"})
  void numbers(String text, int value) {
    assertEquals(value, KernelText.u16(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\n", "x", "-1", "65536", "99999999999999", "4 ", " 4", "4\n\n", "08", "0x"})
  void notNumbers(String text) {
    assertRefused(Errno.EINVAL, () -> KernelText.u16(text));
  }

  @ParameterizedTest
  @CsvSource({"1,true", "yes,true", "Y,true", "on,true", "true,true", "0,false", "n,false"})
  @CsvSource({"off,false", "f,false", "'0\n',false"})
  void switches(String text, boolean value) {
    assertEquals(value, KernelText.bool(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "2", "o", "ox"})
  void notSwitches(String text) {
    assertRefused(Errno.EINVAL, () -> KernelText.bool(text));
  }
}

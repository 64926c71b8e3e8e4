package io.patchbay.deviceplugin.dra;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** VFs as devices of a pool are called: a DNS label, so a PCI address with other signs. Pure. */
final class DeviceName {
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{4,8})-([0-9a-f]{2})-([0-9a-f]{2})-([0-7])");

  private DeviceName() {}

  static String of(String pciAddress) {
    return pciAddress.replace(':', '-').replace('.', '-');
  }

  /** The PCI address; empty for what is no name of ours. */
  static Optional<String> address(String name) {
    Matcher parts = NAME.matcher(name);
    return parts.matches()
        ? Optional.of(
            "%s:%s:%s.%s".formatted(parts.group(1), parts.group(2), parts.group(3), parts.group(4)))
        : Optional.empty();
  }
}

package io.patchbay.torshims;

import java.util.Locale;
import java.util.Optional;

/** MAC addresses as people and switches write them. Pure. */
public final class MacText {
  private static final int DIGITS = 12;

  private MacText() {}

  /** In lower case with colons; empty for what is no MAC address, however its digits are parted. */
  public static Optional<String> normal(String text) {
    String digits = text.replaceAll("[:.-]", "").toLowerCase(Locale.ROOT);
    return digits.matches("[0-9a-f]{" + DIGITS + "}")
        ? Optional.of(String.join(":", digits.split("(?<=\\G..)")))
        : Optional.empty();
  }

  /**
   * The address by which an LLDP neighbour calls its port, in OpenConfig's words; empty when it
   * calls it otherwise (contracts tor.md 2).
   *
   * @param type {@code MAC_ADDRESS}, perhaps behind the name of a module
   */
  public static Optional<String> ofPortId(String type, String id) {
    return type.substring(type.indexOf(':') + 1).equals("MAC_ADDRESS")
        ? normal(id)
        : Optional.empty();
  }
}

package io.patchbay.torshims;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** MAC addresses as people and switches write them. Pure. */
public final class MacText {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
  private static final Pattern PARTING = Pattern.compile("[:.-]");
  private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{12}");

  private MacText() {}

  /** In lower case with colons; empty for what is no MAC address, however its digits are parted. */
  public static Optional<String> normal(String text) {
    String digits = PARTING.matcher(text).replaceAll("");
    return DIGITS.matcher(digits).matches()
        ? Optional.of(COLONS.formatHex(HexFormat.of().parseHex(digits)))
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

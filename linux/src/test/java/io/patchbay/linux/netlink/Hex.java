package io.patchbay.linux.netlink;

import java.util.HexFormat;

/** Bytes as tests write them: hexadecimal, with blanks wherever they help the eye. */
public final class Hex {
  private Hex() {}

  /** The bytes that the text means. */
  public static byte[] bytes(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  /** The text of the bytes, four to a group. */
  public static String text(byte[] bytes) {
    return HexFormat.of().formatHex(bytes).replaceAll("(.{8})", "$1 ").strip();
  }
}

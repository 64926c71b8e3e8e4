package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is written to a sysfs attribute, read as the kernel reads it (lib/kstrtox.c). */
final class KernelText {
  private static final int U16_MAX = 0xffff;
  private static final Pattern NUMBER =
      Pattern.compile(
          "\\+?(?:0[xX](?<hex>[0-9a-fA-F]+)|0(?<octal>[0-7]+)|(?<decimal>0|[1-9][0-9]*))\n?");

  private KernelText() {}

  /**
   * Reads an unsigned 16-bit number as {@code kstrtou16(text, 0)}: decimal, 0x or 0 in front for
   * hex and octal, one newline at the end. Anything else is EINVAL.
   */
  static int u16(String text) {
    Matcher number = NUMBER.matcher(text);
    if (!number.matches()) {
      throw invalid(text);
    }
    try {
      int value = value(number);
      if (value <= U16_MAX) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
    throw invalid(text);
  }

  /** Reads a switch as {@code kstrtobool}: by its first letter or two. Else EINVAL. */
  static boolean bool(String text) {
    String start = text.substring(0, Math.min(2, text.length()));
    return switch (start.isEmpty() ? ' ' : start.charAt(0)) {
      case 'y', 'Y', 't', 'T', '1' -> true;
      case 'n', 'N', 'f', 'F', '0' -> false;
      case 'o', 'O' -> onOff(start);
      default -> throw invalid(text);
    };
  }

  /** Takes one newline, and whatever follows a NUL, off the end. */
  static String line(String text) {
    int nul = text.indexOf('\0');
    String whole = nul < 0 ? text : text.substring(0, nul);
    return whole.endsWith("\n") ? whole.substring(0, whole.length() - 1) : whole;
  }

  private static boolean onOff(String start) {
    return switch (start.substring(1)) {
      case "n", "N" -> true;
      case "f", "F" -> false;
      default -> throw invalid(start);
    };
  }

  private static int value(Matcher number) {
    if (number.group("hex") != null) {
      return Integer.parseInt(number.group("hex"), 16);
    }
    return number.group("octal") != null
        ? Integer.parseInt(number.group("octal"), 8)
        : Integer.parseInt(number.group("decimal"));
  }

  private static Failure invalid(String text) {
    return Errno.EINVAL.failure("'" + line(text) + "'");
  }
}

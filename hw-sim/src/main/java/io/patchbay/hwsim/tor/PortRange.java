package io.patchbay.hwsim.tor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ports of a transport protocol from {@code low} to {@code high}, both within 0 to 65535. */
record PortRange(int low, int high) {
  private static final int PORT_MAX = 65535;
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:\\.\\.(\\d{1,5}))?");

  PortRange {
    if (low > high || high > PORT_MAX) {
      throw new IllegalArgumentException(
          "'" + low + ".." + high + "' is no range of ports up to " + PORT_MAX);
    }
  }

  /**
   * Reads a port as OpenConfig writes it: {@code 22}, {@code 1000..2000} or {@code ANY}. Throws
   * {@link IllegalArgumentException} when it is none of these.
   */
  static PortRange parse(String text) {
    if (text.equals("ANY")) {
      return new PortRange(0, PORT_MAX);
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is neither a port, nor a range low..high, nor ANY");
    }
    int low = Integer.parseInt(form.group(1));
    return new PortRange(low, form.group(2) == null ? low : Integer.parseInt(form.group(2)));
  }

  boolean contains(int port) {
    return low <= port && port <= high;
  }
}

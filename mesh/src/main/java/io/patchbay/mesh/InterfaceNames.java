package io.patchbay.mesh;

import io.patchbay.base.Failure;
import java.security.SecureRandom;
import java.util.regex.Pattern;

/** Names of kernel interfaces (contracts/nsm.md 2.1). */
public final class InterfaceNames {
  private static final int LONGEST = 15; // IFNAMSIZ of linux/if.h, less the final zero
  private static final int SERVICE_PART = 10;
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final Pattern LEGAL = Pattern.compile("[!-.0-9;-~]{1,15}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private InterfaceNames() {}

  /** A name for a client that gave none: the service's, cut, and random letters. */
  public static String generate(String service) {
    String legal = service.replaceAll("[^A-Za-z0-9.-]", "-");
    StringBuilder name =
        new StringBuilder(legal.substring(0, Math.min(SERVICE_PART, legal.length()))).append('-');
    while (name.length() < LONGEST) {
      name.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return name.toString();
  }

  /** Throws Failure INVALID unless the kernel would take the name. */
  public static void check(String name) {
    if (!LEGAL.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new Failure(
          Failure.Kind.INVALID,
          "'"
              + name
              + "' is no interface name: 1 to 15 characters without '/', ':' and white space");
    }
  }
}

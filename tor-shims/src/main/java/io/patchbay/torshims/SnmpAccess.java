package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * How to get into a switch that speaks SNMP version 3: the section {@code snmp} of the switches
 * file. Passphrases are read before each use, so that they can be replaced while the shim runs.
 *
 * @param user the security name
 * @param authProtocol one of {@link #AUTH_PROTOCOLS}; left out: {@code SHA-256}
 * @param authPassphraseFile its first line has 8 octets at least (RFC 3414)
 * @param privProtocol one of {@link #PRIV_PROTOCOLS}; left out: {@code AES-128}
 * @param privPassphraseFile as the other one
 * @param contextName left out: the default context
 * @param withoutPrivacy whether whoever listens may read what is set; nobody can change it even so
 */
public record SnmpAccess(
    String user,
    String authProtocol,
    String authPassphraseFile,
    String privProtocol,
    String privPassphraseFile,
    String contextName,
    Boolean withoutPrivacy) {
  /** RFC 3414 and RFC 7860; MD5 is not among them. */
  public static final Set<String> AUTH_PROTOCOLS =
      Set.of("SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512");

  /**
   * RFC 3826, and what vendors have beyond it: {@code -C} stands for the key extension that Cisco
   * uses, as in net-snmp. DES is not among them.
   */
  public static final Set<String> PRIV_PROTOCOLS =
      Set.of("AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C");

  public SnmpAccess {
    user = SwitchEntry.required("snmp.user", user);
    authProtocol = requireNonNullElse(authProtocol, "SHA-256");
    authPassphraseFile = SwitchEntry.required("snmp.authPassphraseFile", authPassphraseFile);
    privProtocol = requireNonNullElse(privProtocol, "AES-128");
    privPassphraseFile = requireNonNullElse(privPassphraseFile, "");
    contextName = requireNonNullElse(contextName, "");
    withoutPrivacy = requireNonNullElse(withoutPrivacy, false);
    check("snmp.authProtocol", authProtocol, AUTH_PROTOCOLS);
    check("snmp.privProtocol", privProtocol, PRIV_PROTOCOLS);
    if (privPassphraseFile.isEmpty() != withoutPrivacy) {
      throw new Failure(
          Failure.Kind.INVALID,
          "give snmp.privPassphraseFile, or snmp.withoutPrivacy: true if all changes may be read by"
              + " whoever listens, not both");
    }
  }

  private static void check(String field, String protocol, Set<String> known) {
    if (!known.contains(protocol)) {
      throw new Failure(
          Failure.Kind.INVALID, field + " '" + protocol + "': one of " + new TreeSet<>(known));
    }
  }

  SnmpAccess beside(Path file) {
    return new SnmpAccess(
        user,
        authProtocol,
        SwitchEntry.resolve(file, authPassphraseFile),
        privProtocol,
        SwitchEntry.resolve(file, privPassphraseFile),
        contextName,
        withoutPrivacy);
  }
}

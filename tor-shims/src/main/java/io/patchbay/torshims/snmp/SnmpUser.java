package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.snmp4j.MessageDispatcher;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.mp.MPv3;
import org.snmp4j.security.AuthHMAC128SHA224;
import org.snmp4j.security.AuthHMAC192SHA256;
import org.snmp4j.security.AuthHMAC256SHA384;
import org.snmp4j.security.AuthHMAC384SHA512;
import org.snmp4j.security.AuthSHA;
import org.snmp4j.security.PrivAES128;
import org.snmp4j.security.PrivAES192;
import org.snmp4j.security.PrivAES256;
import org.snmp4j.security.SecurityLevel;
import org.snmp4j.security.SecurityProtocols;
import org.snmp4j.security.USM;
import org.snmp4j.security.UsmUser;
import org.snmp4j.security.nonstandard.PrivAES192With3DESKeyExtension;
import org.snmp4j.security.nonstandard.PrivAES256With3DESKeyExtension;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;

/**
 * Who the shim is to an agent, and the agent to the shim: a user of version 3. Safe for all
 * threads.
 */
final class SnmpUser {
  private static final int PASSPHRASE_MIN = 8;

  private static final Map<String, OID> AUTH =
      Map.of(
          "SHA-1", AuthSHA.ID,
          "SHA-224", AuthHMAC128SHA224.ID,
          "SHA-256", AuthHMAC192SHA256.ID,
          "SHA-384", AuthHMAC256SHA384.ID,
          "SHA-512", AuthHMAC384SHA512.ID);
  private static final Map<String, OID> PRIV =
      Map.of(
          "AES-128", PrivAES128.ID,
          "AES-192", PrivAES192.ID,
          "AES-256", PrivAES256.ID,
          "AES-192-C", PrivAES192With3DESKeyExtension.ID,
          "AES-256-C", PrivAES256With3DESKeyExtension.ID);

  private final SwitchEntry entry;
  private final SnmpAccess access;

  /** Its passphrases. Not to be printed. */
  record Words(String auth, String priv) {
    @Override
    public String toString() {
      return "words";
    }
  }

  SnmpUser(SwitchEntry entry, SnmpAccess access) {
    this.entry = entry;
    this.access = access;
  }

  /** The security name. */
  OctetString name() {
    return text(access.user());
  }

  /** Of {@link SecurityLevel}: nothing below it is said or believed. */
  int level() {
    return access.withoutPrivacy() ? SecurityLevel.AUTH_NOPRIV : SecurityLevel.AUTH_PRIV;
  }

  /**
   * The passphrases as their files have them now. Throws {@link Failure}: UNAVAILABLE where a file
   * cannot be read, INVALID for a passphrase that is too short.
   */
  Words words() {
    return new Words(
        words("snmp.authPassphraseFile", access.authPassphraseFile()),
        access.withoutPrivacy()
            ? ""
            : words("snmp.privPassphraseFile", access.privPassphraseFile()));
  }

  /** A file that is away for a moment says nothing about the switch. */
  private String words(String field, String file) {
    String words;
    try {
      words = Secrets.password(Path.of(file)).strip();
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, entry.who() + ": " + field + ": " + Failure.text(e), e);
    }
    if (words.getBytes(StandardCharsets.UTF_8).length < PASSPHRASE_MIN) {
      throw new Failure(
          Failure.Kind.INVALID,
          entry.who() + ": " + field + " " + file + " has less than " + PASSPHRASE_MIN + " octets");
    }
    return words;
  }

  /** What understands this user and nobody else, and no other version; an engine of its own. */
  MessageDispatcher dispatcher(Words words) {
    SecurityProtocols protocols =
        new SecurityProtocols(SecurityProtocols.SecurityProtocolSet.maxCompatibility);
    protocols.addPrivacyProtocol(new PrivAES192With3DESKeyExtension());
    protocols.addPrivacyProtocol(new PrivAES256With3DESKeyExtension());
    OctetString engine = OctetString.fromByteArray(MPv3.createLocalEngineID());
    USM usm = new USM(protocols, engine, 0);
    usm.addUser(
        new UsmUser(
            name(),
            Objects.requireNonNull(AUTH.get(access.authProtocol())),
            text(words.auth()),
            access.withoutPrivacy() ? null : PRIV.get(access.privProtocol()),
            access.withoutPrivacy() ? null : text(words.priv())));
    MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
    dispatcher.addMessageProcessingModel(new MPv3(usm));
    return dispatcher;
  }

  static OctetString text(String text) {
    return new OctetString(text.getBytes(StandardCharsets.UTF_8));
  }
}

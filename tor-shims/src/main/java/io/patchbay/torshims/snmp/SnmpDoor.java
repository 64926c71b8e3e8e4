package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.PDU;
import org.snmp4j.SNMP4JSettings;
import org.snmp4j.ScopedPDU;
import org.snmp4j.Snmp;
import org.snmp4j.UserTarget;
import org.snmp4j.event.ResponseEvent;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
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
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/**
 * The way to an agent: one socket and what is known of the agent's engine. Passphrases are read
 * before each request; other ones than before are a new beginning. One thread at a time.
 */
final class SnmpDoor implements AutoCloseable {
  /**
   * An agent cannot sign with words that it does not know, so that they are wrong it says unsigned
   * (RFC 3414 section 3.2). Whoever forges that keeps us out, as he could anyhow.
   */
  static {
    SNMP4JSettings.setReportSecurityLevelStrategy(
        SNMP4JSettings.ReportSecurityLevelStrategy.noAuthNoPrivIfNeeded);
  }

  private static final int PASSPHRASE_MIN = 8;

  /** So often a question is asked; a SET is sent once, for it may have been made. */
  private static final int TRIES = 3;

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

  /** How an agent says that it does not let somebody in (RFC 3414 section 5). */
  private static final Map<OID, String> SHUT_OUT =
      Map.of(
          SnmpConstants.usmStatsUnsupportedSecLevels, "it does not have that security level",
          SnmpConstants.usmStatsUnknownUserNames, "it knows no such user",
          SnmpConstants.usmStatsWrongDigests, "the passphrase of authentication is wrong",
          SnmpConstants.usmStatsDecryptionErrors, "the passphrase of privacy is wrong");

  private final SwitchEntry entry;
  private final SnmpAccess access;
  private @Nullable Snmp open;
  private Optional<Words> used = Optional.empty();

  /** What opens the door. Not to be printed. */
  private record Words(String auth, String priv) {
    @Override
    public String toString() {
      return "words";
    }
  }

  /** Connects when it is first used. */
  SnmpDoor(SwitchEntry entry, SnmpAccess access) {
    this.entry = entry;
    this.access = access;
  }

  /**
   * Asks, within the entry's deadline, and gives the answer, whatever it says. Throws {@link
   * Failure}: TIMEOUT; UNAVAILABLE where the host is not known or a file cannot be read; DENIED
   * where the agent does not let the user in; INVALID for a passphrase that is too short.
   */
  PDU send(int type, List<VariableBinding> variables, int repetitions) {
    ScopedPDU pdu = new ScopedPDU();
    pdu.setType(type);
    pdu.addAll(variables);
    if (!access.contextName().isEmpty()) {
      pdu.setContextName(text(access.contextName()));
    }
    if (type == PDU.GETBULK) {
      pdu.setMaxRepetitions(repetitions);
      pdu.setNonRepeaters(0);
    }
    try {
      ResponseEvent<UdpAddress> event = snmp().send(pdu, target(type == PDU.SET ? 1 : TRIES));
      return checked(event);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": " + Failure.text(e), e);
    }
  }

  private PDU checked(ResponseEvent<UdpAddress> event) {
    PDU answer = event.getResponse();
    if (Thread.currentThread().isInterrupted()) {
      throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": interrupted in a wait");
    }
    if (answer == null) {
      long millis = entry.deadlines().answer().toMillis();
      String why = event.getError() == null ? "" : ": " + Failure.text(event.getError());
      throw new Failure(
          Failure.Kind.TIMEOUT, entry.who() + ": no answer in " + millis + " ms" + why);
    }
    if (answer.getType() == PDU.REPORT) {
      throw report(answer.size() == 0 ? new OID() : answer.get(0).getOid());
    }
    return answer;
  }

  private Failure report(OID why) {
    String shutOut = SHUT_OUT.get(why);
    return shutOut == null
        ? new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": the agent reports " + why)
        : new Failure(
            Failure.Kind.DENIED,
            entry.who() + " does not let user '" + access.user() + "' in: " + shutOut);
  }

  private UserTarget<UdpAddress> target(int tries) {
    UserTarget<UdpAddress> target = new UserTarget<>();
    target.setAddress(address());
    target.setVersion(SnmpConstants.version3);
    target.setSecurityName(text(access.user()));
    target.setSecurityLevel(
        access.withoutPrivacy() ? SecurityLevel.AUTH_NOPRIV : SecurityLevel.AUTH_PRIV);
    target.setRetries(tries - 1);
    target.setTimeout(Math.max(1, entry.deadlines().answer().toMillis() / tries));
    return target;
  }

  private UdpAddress address() {
    try {
      return new UdpAddress(InetAddress.getByName(entry.host()), entry.port());
    } catch (UnknownHostException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          entry.who() + " cannot be reached: the name '" + entry.host() + "' is not known",
          e);
    }
  }

  private static OctetString text(String text) {
    return new OctetString(text.getBytes(StandardCharsets.UTF_8));
  }

  private Snmp snmp() throws IOException {
    Words now =
        new Words(
            words("snmp.authPassphraseFile", access.authPassphraseFile()),
            access.withoutPrivacy()
                ? ""
                : words("snmp.privPassphraseFile", access.privPassphraseFile()));
    Snmp snmp = open;
    if (snmp == null || !used.equals(Optional.of(now))) {
      close();
      snmp = opened(now);
      open = snmp;
      used = Optional.of(now);
    }
    return snmp;
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

  private Snmp opened(Words words) throws IOException {
    SecurityProtocols protocols =
        new SecurityProtocols(SecurityProtocols.SecurityProtocolSet.maxCompatibility);
    protocols.addPrivacyProtocol(new PrivAES192With3DESKeyExtension());
    protocols.addPrivacyProtocol(new PrivAES256With3DESKeyExtension());
    OctetString engine = OctetString.fromByteArray(MPv3.createLocalEngineID());
    USM usm = new USM(protocols, engine, 0);
    usm.addUser(
        new UsmUser(
            text(access.user()),
            Objects.requireNonNull(AUTH.get(access.authProtocol())),
            text(words.auth()),
            access.withoutPrivacy() ? null : PRIV.get(access.privProtocol()),
            access.withoutPrivacy() ? null : text(words.priv())));
    MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
    dispatcher.addMessageProcessingModel(new MPv3(usm));
    Snmp snmp = new Snmp(dispatcher, new DefaultUdpTransportMapping());
    snmp.listen();
    return snmp;
  }

  /** The next request begins anew: with another socket, and as if the engine were another. */
  @Override
  public void close() {
    Snmp snmp = open;
    open = null;
    if (snmp != null) {
      try {
        snmp.close();
      } catch (IOException e) {
        throw new Failure(Failure.Kind.INTERNAL, entry.who() + ": cannot close its socket", e);
      }
    }
  }
}

package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snmp4j.PDU;
import org.snmp4j.SNMP4JSettings;
import org.snmp4j.ScopedPDU;
import org.snmp4j.Snmp;
import org.snmp4j.UserTarget;
import org.snmp4j.event.ResponseEvent;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
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

  /** So often a question is asked; a SET is sent once, for it may have been made. */
  private static final int TRIES = 3;

  /** How an agent says that it does not let somebody in (RFC 3414 section 5). */
  private static final Map<OID, String> SHUT_OUT =
      Map.of(
          SnmpConstants.usmStatsUnsupportedSecLevels, "it does not have that security level",
          SnmpConstants.usmStatsUnknownUserNames, "it knows no such user",
          SnmpConstants.usmStatsWrongDigests, "the passphrase of authentication is wrong",
          SnmpConstants.usmStatsDecryptionErrors, "the passphrase of privacy is wrong");

  private final SwitchEntry entry;
  private final SnmpAccess access;
  private final SnmpUser user;
  private final Traps traps;
  private @Nullable Snmp open;
  private Optional<SnmpUser.Words> used = Optional.empty();

  /** Whether the agent has not answered since this was opened. */
  private boolean fresh;

  /**
   * Connects when it is first used.
   *
   * @param access the entry's section
   * @param user the section's
   * @param traps learns from whom it may be told; stays the caller's to close
   */
  SnmpDoor(SwitchEntry entry, SnmpAccess access, SnmpUser user, Traps traps) {
    this.entry = entry;
    this.access = access;
    this.user = user;
    this.traps = traps;
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
      pdu.setContextName(SnmpUser.text(access.contextName()));
    }
    if (type == PDU.GETBULK) {
      pdu.setMaxRepetitions(repetitions);
      pdu.setNonRepeaters(0);
    }
    UdpAddress address = address();
    SnmpUser.Words words = user.words();
    traps.expect(address.getInetAddress(), words);
    try {
      Snmp snmp = snmp(words);
      PDU answer = checked(snmp.send(pdu, target(address, type == PDU.SET ? 1 : TRIES)));
      if (fresh) {
        fresh = false;
        traps.believe(engine(snmp, address));
      }
      return answer;
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

  private UserTarget<UdpAddress> target(UdpAddress address, int tries) {
    UserTarget<UdpAddress> target = new UserTarget<>();
    target.setAddress(address);
    target.setVersion(SnmpConstants.version3);
    target.setSecurityName(user.name());
    target.setSecurityLevel(user.level());
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

  /** The agent's, as it has said. */
  private static OctetString engine(Snmp snmp, UdpAddress address) {
    return snmp.getMessageProcessingModel(MPv3.ID) instanceof MPv3 model
            && model.getEngineID(address) != null
        ? model.getEngineID(address)
        : new OctetString();
  }

  private Snmp snmp(SnmpUser.Words now) throws IOException {
    Snmp snmp = open;
    if (snmp == null || !used.equals(Optional.of(now))) {
      close();
      snmp = new Snmp(user.dispatcher(now), new DefaultUdpTransportMapping());
      snmp.listen();
      fresh = true;
      open = snmp;
      used = Optional.of(now);
    }
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

package io.patchbay.torshims.snmp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.torshims.SwitchDriver.Watcher;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snmp4j.CommandResponder;
import org.snmp4j.CommandResponderEvent;
import org.snmp4j.MessageDispatcher;
import org.snmp4j.MessageException;
import org.snmp4j.PDU;
import org.snmp4j.TransportMapping;
import org.snmp4j.TransportStateReference;
import org.snmp4j.asn1.BER;
import org.snmp4j.asn1.BERInputStream;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.mp.StatusInformation;
import org.snmp4j.smi.Address;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.transport.TransportListener;

/**
 * What one switch tells by itself (RFC 3416 sections 4.2.6 and 4.2.7; linkDown, linkUp and the two
 * starts: RFC 3418 and RFC 2863). Believed is what the user of its entry has signed, and kept
 * secret if the entry asks for that; believed or not, it says no more than that it is time to look.
 * A switch tells of its configuration in its vendor's words, so all that is none of these five
 * means that ports may be otherwise. Safe for all threads.
 */
final class Traps implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Traps.class);

  /** Shorter than any engine's. */
  private static final OctetString UNREADABLE = new OctetString(new byte[1]);

  private static final Set<OID> LINKS = Set.of(SnmpConstants.linkDown, SnmpConstants.linkUp);
  private static final Set<OID> STARTS = Set.of(SnmpConstants.coldStart, SnmpConstants.warmStart);

  private final String who;
  private final SnmpUser user;
  private final Optional<TrapSocket> socket;
  private volatile Watcher watcher = () -> {};

  @GuardedBy("this")
  private Optional<Expected> expected = Optional.empty();

  @GuardedBy("this")
  private Runnable end = () -> {};

  /** The agent's; none before it has answered. */
  @GuardedBy("this")
  private OctetString engine = new OctetString();

  private record Expected(InetAddress from, SnmpUser.Words words) {}

  /**
   * @param who names the switch
   * @param socket where it listens; empty where it does not
   */
  Traps(String who, SnmpUser user, Optional<TrapSocket> socket) {
    this.who = who;
    this.user = user;
    this.socket = socket;
  }

  /** Who is told, from now on. */
  void watch(Watcher told) {
    watcher = told;
  }

  /** Listens to this address, and to these words, from now on. */
  synchronized void expect(InetAddress from, SnmpUser.Words words) {
    Optional<Expected> next = Optional.of(new Expected(from, words));
    if (socket.isEmpty() || expected.equals(next)) {
      return;
    }
    close();
    MessageDispatcher dispatcher = user.dispatcher(words);
    dispatcher.addCommandResponder(new Listener());
    end = socket.get().route(from, new Door(dispatcher, engine));
    expected = next;
  }

  /**
   * The agent has answered for the first time since it was silent, and has that engine: how often
   * it has been started counts from now, for it may be another one by now, or have forgotten.
   */
  synchronized void believe(OctetString agents) {
    engine = agents;
    Optional<Expected> now = expected;
    expected = Optional.empty();
    now.ifPresent(same -> expect(same.from(), same.words()));
  }

  /**
   * Lets in what says to be of the agent's engine, and who asks for ours, as who sends informs has
   * to: for each other engine, keys would have to be made before any signature is looked at.
   */
  private record Door(MessageDispatcher inside, OctetString engine) implements TransportListener {
    @Override
    public <A extends Address> void processMessage(
        TransportMapping<? super A> transport,
        A from,
        ByteBuffer message,
        TransportStateReference state) {
      OctetString of = engineOf(message.duplicate());
      if (of.length() == 0 || of.equals(engine) || of.equals(own())) {
        inside.processMessage(transport, from, message, state);
      } else {
        log.debug("{}: a notification of engine {}, not {}, is dropped", from, of, engine);
      }
    }

    private OctetString own() {
      return inside.getMessageProcessingModel(MPv3.ID) instanceof MPv3 model
          ? new OctetString(model.getLocalEngineID())
          : new OctetString();
    }

    /** Of whom it is (RFC 3412 section 6, RFC 3414 section 2.4); what is no message is nobody's. */
    private static OctetString engineOf(ByteBuffer message) {
      BER.MutableByte type = new BER.MutableByte();
      OctetString security = new OctetString();
      OctetString engine = new OctetString();
      try {
        BERInputStream in = new BERInputStream(message);
        BER.decodeHeader(in, type);
        new Integer32().decodeBER(in);
        int header = BER.decodeHeader(in, type);
        if (in.skip(header) != header) {
          return UNREADABLE;
        }
        security.decodeBER(in);
        BERInputStream inner = new BERInputStream(ByteBuffer.wrap(security.getValue()));
        BER.decodeHeader(inner, type);
        engine.decodeBER(inner);
        return engine;
      } catch (IOException e) {
        log.debug("not a message of version 3: {}", Failure.text(e));
        return UNREADABLE;
      }
    }
  }

  private final class Listener implements CommandResponder {
    @Override
    public <A extends Address> void processPdu(CommandResponderEvent<A> event) {
      PDU pdu = event.getPDU();
      boolean notification = pdu.getType() == PDU.TRAP || pdu.getType() == PDU.INFORM;
      boolean believed =
          event.getSecurityLevel() >= user.level()
              && Arrays.equals(event.getSecurityName(), user.name().getValue());
      if (notification && believed) {
        event.setProcessed(true);
        tell(pdu);
        if (pdu.getType() == PDU.INFORM) {
          acknowledge(event);
        }
      }
    }
  }

  private void tell(PDU pdu) {
    Object kind = pdu.getVariable(SnmpConstants.snmpTrapOID);
    log.debug("{} tells {}", who, kind);
    boolean start = kind instanceof OID oid && STARTS.contains(oid);
    boolean links = kind instanceof OID oid && LINKS.contains(oid);
    if (links || start) {
      watcher.linksChanged();
    }
    if (!links) {
      watcher.portsChanged();
    }
  }

  /** Else the switch goes on telling the same. */
  private <A extends Address> void acknowledge(CommandResponderEvent<A> event) {
    PDU answer = (PDU) event.getPDU().clone();
    answer.setType(PDU.RESPONSE);
    answer.setErrorStatus(PDU.noError);
    answer.setErrorIndex(0);
    try {
      event
          .getMessageDispatcher()
          .returnResponsePdu(
              event.getMessageProcessingModel(),
              event.getSecurityModel(),
              event.getSecurityName(),
              event.getSecurityLevel(),
              answer,
              event.getMaxSizeResponsePDU(),
              event.getStateReference(),
              new StatusInformation());
    } catch (MessageException e) {
      log.info("{}: what it told is not acknowledged: {}", who, Failure.text(e));
    }
  }

  /** Hears nothing more, until it is told again whom to expect. */
  @Override
  public synchronized void close() {
    end.run();
    end = () -> {};
    expected = Optional.empty();
  }
}

package io.patchbay.hwsim.snmp;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snmp4j.CommandResponderEvent;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.PDU;
import org.snmp4j.SNMP4JSettings;
import org.snmp4j.ScopedPDU;
import org.snmp4j.Snmp;
import org.snmp4j.UserTarget;
import org.snmp4j.agent.CommandProcessor;
import org.snmp4j.agent.DefaultMOServer;
import org.snmp4j.agent.DuplicateRegistrationException;
import org.snmp4j.agent.request.Request;
import org.snmp4j.agent.request.SnmpRequest;
import org.snmp4j.agent.security.VACM;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.security.SecurityLevel;
import org.snmp4j.security.SecurityProtocols;
import org.snmp4j.security.USM;
import org.snmp4j.smi.Address;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.TimeTicks;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/**
 * An SNMP agent in front of a simulated switch: version 3 with authentication and privacy and
 * nothing else, on UDP. It keeps to RFC 3416, and departs from it as it is told. Safe for all
 * threads.
 */
public final class SnmpAgent implements AutoCloseable {
  private static final List<OID> SUBTREES =
      List.of(Mib.LLDP, Mib.SYSTEM, Mib.IF_TABLE, Mib.BRIDGE, Mib.IF_X_TABLE, Mib.SET_SERIAL);

  /** As agents of vendors do: whoever is not let in is told so, unsigned (RFC 3414 section 3.2). */
  static {
    SNMP4JSettings.setReportSecurityLevelStrategy(
        SNMP4JSettings.ReportSecurityLevelStrategy.noAuthNoPrivIfNeeded);
  }

  private static final Logger log = LoggerFactory.getLogger(SnmpAgent.class);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final SnmpService service;
  private final Snmp snmp;
  private final DefaultUdpTransportMapping socket;
  private final Queue<Trouble> next = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Runnable> late = new AtomicReference<>(() -> {});
  private volatile boolean stranger;
  private volatile int octetsMax = Integer.MAX_VALUE;
  private volatile boolean mute;
  private final Stack notifiers = new Stack();
  private final Time time = Time.system();
  private final long startedAt = time.nanos();

  private SnmpAgent(SnmpService service, DefaultUdpTransportMapping socket, Snmp snmp) {
    this.service = service;
    this.socket = socket;
    this.snmp = snmp;
  }

  /**
   * Serves from now on, on a free port of loopback.
   *
   * @param engine tells its engine from others; an agent with the same one knows the same keys
   */
  public static SnmpAgent start(SnmpService service, String engine, List<SnmpLogin> logins) {
    try {
      DefaultUdpTransportMapping socket =
          new DefaultUdpTransportMapping(new UdpAddress(LOOPBACK, 0));
      OctetString id = OctetString.fromByteArray(MPv3.createLocalEngineID(new OctetString(engine)));
      SecurityProtocols protocols =
          new SecurityProtocols(SecurityProtocols.SecurityProtocolSet.maxCompatibility);
      USM usm = new USM(protocols, id, 1);
      logins.forEach(login -> usm.addUser(login.usmUser()));
      MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
      dispatcher.addMessageProcessingModel(new MPv3(usm));
      SnmpAgent agent = new SnmpAgent(service, socket, new Snmp(dispatcher, socket));
      dispatcher.addCommandResponder(agent.processor(id, logins));
      agent.snmp.listen();
      return agent;
    } catch (IOException | DuplicateRegistrationException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot serve SNMP: " + Failure.text(e), e);
    }
  }

  private CommandProcessor processor(OctetString id, List<SnmpLogin> logins)
      throws DuplicateRegistrationException {
    Subtree.Requests requests = new Subtree.Requests(service, this::make);
    DefaultMOServer server = new DefaultMOServer();
    server.addContext(new OctetString());
    for (OID root : SUBTREES) {
      server.register(new Subtree(root, requests), null);
    }
    CommandProcessor processor = new Processor(id);
    processor.setVacm(new Views(logins));
    processor.addMOServer(server);
    return processor;
  }

  /** Where it serves. */
  public int port() {
    return ((UdpAddress) socket.getListenAddress()).getPort();
  }

  /** Takes the next SETs like that, one each. */
  public void next(Trouble... troubles) {
    next.addAll(List.of(troubles));
  }

  /** Makes what is {@link Trouble#LATE}. */
  public void deliverLate() {
    late.getAndSet(() -> {}).run();
  }

  /** Whether somebody else sets something just before each SET. */
  public void stranger(boolean there) {
    stranger = there;
  }

  /** A SET of more octets is {@code tooBig}. */
  public void octetsMax(int octets) {
    octetsMax = octets;
  }

  /**
   * Tells by itself, with traps, of links that are lost or back, and that something has been
   * configured.
   *
   * @param port where on loopback somebody listens
   * @param user one of its logins, as whom it tells
   */
  public void tellTo(int port, String user) {
    Notifier notifier =
        service.notifies(
            (kind, objects) -> tell(new UdpAddress(LOOPBACK, port), user, kind, objects));
    notifiers.push(notifier);
  }

  private void tell(UdpAddress to, String user, OID kind, List<VariableBinding> objects) {
    ScopedPDU trap = new ScopedPDU();
    trap.setType(PDU.TRAP);
    trap.add(new VariableBinding(SnmpConstants.sysUpTime, new TimeTicks(upTime())));
    trap.add(new VariableBinding(SnmpConstants.snmpTrapOID, kind));
    trap.addAll(objects);
    UserTarget<UdpAddress> target = new UserTarget<>();
    target.setAddress(to);
    target.setVersion(SnmpConstants.version3);
    target.setSecurityName(new OctetString(user));
    target.setSecurityLevel(SecurityLevel.AUTH_PRIV);
    try {
      snmp.send(trap, target);
    } catch (IOException e) {
      log.debug("nobody is told of {}: {}", kind, Failure.text(e));
    }
  }

  /** In hundredths of a second (RFC 3418). */
  private long upTime() {
    return (time.nanos() - startedAt) / 10_000_000;
  }

  @Override
  public void close() {
    notifiers.close();
    try {
      snmp.close();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INTERNAL, "cannot close " + socket, e);
    }
  }

  // ---- SET ----

  private void make(Request<?, ?, ?> request) {
    PDU pdu = ((SnmpRequest) request).getSource().getPDU();
    List<VariableBinding> variables = List.copyOf(pdu.getVariableBindings());
    if (pdu.getBERLength() > octetsMax) {
      throw new SetRefused(PDU.tooBig, 0, "more than " + octetsMax + " octets");
    }
    Trouble trouble = Objects.requireNonNullElse(next.poll(), Trouble.NONE);
    if (stranger || trouble == Trouble.SERIAL_TAKEN) {
      service.takeSerial();
    }
    switch (trouble) {
      case NONE, SERIAL_TAKEN -> service.set(variables);
      case REQUEST_LOST -> mute = true;
      case REPLY_LOST -> {
        mute = true;
        service.set(variables);
      }
      case LATE -> {
        mute = true;
        late.set(() -> setForNobody(variables));
      }
      case ERROR_AFTER_APPLYING -> {
        service.set(variables);
        throw new SetRefused(PDU.genErr, 0, "something is wrong");
      }
      case SUCCESS_WITHOUT_APPLYING -> service.set(serialOnly(variables));
      case COMMIT_FAILED -> throw new SetRefused(PDU.commitFailed, 0, "something is wrong");
      case UNDO_FAILED -> {
        service.set(half(variables));
        throw new SetRefused(PDU.undoFailed, 0, "something is wrong");
      }
    }
  }

  private void setForNobody(List<VariableBinding> variables) {
    try {
      service.set(variables);
    } catch (SetRefused e) {
      log.debug("a change that came late is refused: {}", Failure.text(e));
    }
  }

  private static List<VariableBinding> serialOnly(List<VariableBinding> variables) {
    return variables.stream().filter(each -> each.getOid().equals(Mib.SET_SERIAL_NO)).toList();
  }

  /** The columns of VLANs' rows without those of ports. */
  private static List<VariableBinding> half(List<VariableBinding> variables) {
    return variables.stream().filter(each -> !each.getOid().startsWith(Mib.PORT_VLAN)).toList();
  }

  /** The library's, which can lose an answer. */
  private final class Processor extends CommandProcessor {
    Processor(OctetString engine) {
      super(engine);
    }

    @Override
    protected <A extends Address> void sendResponse(CommandResponderEvent<A> event, PDU response) {
      if (mute) {
        mute = false;
        return;
      }
      super.sendResponse(event, response);
    }
  }

  /** Everybody who is let in may read all there is; who may write, may write all. */
  private static final class Views implements VACM {
    private static final OctetString ALL = new OctetString("all");
    private final Map<OctetString, Boolean> mayWrite;

    Views(List<SnmpLogin> logins) {
      mayWrite =
          logins.stream()
              .collect(
                  Collectors.toMap(login -> new OctetString(login.user()), SnmpLogin::mayWrite));
    }

    @Override
    public int isAccessAllowed(
        OctetString context, OctetString user, int model, int level, int type, OID oid) {
      OctetString view = getViewName(context, user, model, level, type);
      return view == null ? VACM.VACM_NO_ACCESS_ENTRY : VACM.VACM_OK;
    }

    @Override
    public int isAccessAllowed(OctetString view, OID oid) {
      return VACM.VACM_OK;
    }

    @Override
    public @Nullable OctetString getViewName(
        OctetString context, OctetString user, int model, int level, int type) {
      boolean secure = level == SecurityLevel.AUTH_PRIV;
      boolean allowed = type == VACM.VIEW_WRITE ? mayWrite.getOrDefault(user, false) : true;
      return secure && allowed ? ALL : null;
    }
  }
}

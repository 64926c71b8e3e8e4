package io.patchbay.torshims.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.snmp.Trouble;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.WithoutAudit;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snmp4j.CommunityTarget;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.PDU;
import org.snmp4j.ScopedPDU;
import org.snmp4j.Snmp;
import org.snmp4j.UserTarget;
import org.snmp4j.event.ResponseEvent;
import org.snmp4j.mp.MPv2c;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.security.AuthHMAC192SHA256;
import org.snmp4j.security.PrivAES128;
import org.snmp4j.security.SecurityLevel;
import org.snmp4j.security.SecurityProtocols;
import org.snmp4j.security.USM;
import org.snmp4j.security.UsmUser;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.TimeTicks;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/**
 * What a switch tells by itself. Datagrams come in the order in which they were sent, so that what
 * is told first is what was believed first.
 */
class SnmpTrapsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String OTHER_WORDS = "other-words-than-before";

  @TempDir private Path folder;
  private AgentRig rig;
  private SnmpSwitch driver;
  private final Stack senders = new Stack();
  private final List<String> told = new CopyOnWriteArrayList<>();

  private final SwitchDriver.Watcher watcher =
      new SwitchDriver.Watcher() {
        @Override
        public void lost() {}

        @Override
        public void linksChanged() {
          told.add("links");
        }

        @Override
        public void portsChanged() {
          told.add("ports");
        }
      };

  /** Somebody who says that he is a switch, from an address of loopback. */
  private final class Sender implements AutoCloseable {
    private final Snmp snmp;

    Sender(String from, String auth, OctetString engine, int boots) {
      try {
        MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
        SecurityProtocols protocols =
            new SecurityProtocols(SecurityProtocols.SecurityProtocolSet.maxCompatibility);
        USM usm = new USM(protocols, engine, boots);
        usm.addUser(
            new UsmUser(
                new OctetString("shim"),
                AuthHMAC192SHA256.ID,
                new OctetString(auth),
                PrivAES128.ID,
                new OctetString(AgentRig.PRIV)));
        usm.addUser(
            new UsmUser(
                new OctetString("else"),
                AuthHMAC192SHA256.ID,
                new OctetString(auth),
                PrivAES128.ID,
                new OctetString(AgentRig.PRIV)));
        dispatcher.addMessageProcessingModel(new MPv3(usm));
        dispatcher.addMessageProcessingModel(new MPv2c());
        UdpAddress local = new UdpAddress(InetAddress.getByName(from), 0);
        snmp = new Snmp(dispatcher, new DefaultUdpTransportMapping(local));
        snmp.listen();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    ResponseEvent<UdpAddress> send(int type, OID kind, String user, int level) {
      UserTarget<UdpAddress> target = new UserTarget<>();
      target.setAddress(socket());
      target.setVersion(SnmpConstants.version3);
      target.setSecurityName(new OctetString(user));
      target.setSecurityLevel(level);
      target.setTimeout(PATIENCE.toMillis());
      ScopedPDU pdu = new ScopedPDU();
      fill(pdu, type, kind);
      try {
        return snmp.send(pdu, target);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    void trap(OID kind) {
      var unused = send(PDU.TRAP, kind, "shim", SecurityLevel.AUTH_PRIV);
    }

    void version2(OID kind) {
      CommunityTarget<UdpAddress> target = new CommunityTarget<>(socket(), new OctetString("shim"));
      target.setVersion(SnmpConstants.version2c);
      PDU pdu = new PDU();
      fill(pdu, PDU.TRAP, kind);
      try {
        var unused = snmp.send(pdu, target);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void fill(PDU pdu, int type, OID kind) {
      pdu.setType(type);
      pdu.add(new VariableBinding(SnmpConstants.sysUpTime, new TimeTicks(1)));
      pdu.add(new VariableBinding(SnmpConstants.snmpTrapOID, kind));
    }

    @Override
    public void close() throws IOException {
      snmp.close();
    }
  }

  private UdpAddress socket() {
    return new UdpAddress(InetAddress.getLoopbackAddress(), rig.traps.port());
  }

  private Sender sender(String from, String auth) {
    return senders.push(new Sender(from, auth, AgentRig.ENGINE, 1));
  }

  /** With words that are right. */
  private Sender sender(OctetString engine, int boots) {
    return senders.push(new Sender("127.0.0.1", AgentRig.AUTH, engine, boots));
  }

  @BeforeEach
  void begin() {
    rig = new AgentRig(folder);
    driver = rig.driver();
    driver.watch(watcher);
    AgentRig.read(driver, "Ethernet1");
  }

  @AfterEach
  void end() {
    senders.close();
    rig.close();
  }

  private void awaitTold(String... what) {
    Await.until("it is told", PATIENCE, () -> told.size() >= what.length);
    assertEquals(List.of(what), told);
  }

  @Test
  void aLinkThatIsLostOrBackIsTold() {
    Cable cable = rig.opened.push(new Cable("cable"));
    cable.nicEnd().power(true);
    rig.tor.attach("Ethernet1", cable.switchEnd());
    rig.agent.tellTo(rig.traps.port(), "shim");
    cable.unplug();
    awaitTold("links");
    assertEquals(Map.of("Ethernet1", false), driver.links(Set.of("Ethernet1")));
    cable.plug();
    awaitTold("links", "links");
  }

  @Test
  void whatIsWrittenByHandIsPutRightWithoutAnAudit() {
    rig.agent.tellTo(rig.traps.port(), "shim");
    SnmpSwitch written = rig.driver();
    WithoutAudit writer = rig.opened.push(new WithoutAudit(written, folder));
    writer.take("Ethernet2", 100);
    driver.apply(Map.of("Ethernet2", new Access(77)), PATIENCE);
    Await.until("it is put right", PATIENCE, () -> writer.putRight() > 0);
    assertEquals(AgentRig.trunk(100), AgentRig.read(driver, "Ethernet2").meaning());
  }

  /** Of a switch that has started anew nobody knows what it has kept. */
  @ParameterizedTest
  @CsvSource({
    "1.3.6.1.6.3.1.1.5.1, links ports", // coldStart
    "1.3.6.1.6.3.1.1.5.2, links ports", // warmStart
    "1.3.6.1.6.3.1.1.5.3, links", // linkDown
    "1.3.6.1.6.3.1.1.5.4, links", // linkUp
    "1.3.6.1.4.1.9.9.43.2.0.1, ports", // ciscoConfigManEvent
    "1.3.6.1.4.1.99999.1, ports",
  })
  void eachKindIsLookedAtAsItAsksFor(String kind, String looks) {
    sender("127.0.0.1", AgentRig.AUTH).trap(new OID(kind));
    awaitTold(looks.split(" "));
  }

  /** A switch sends it again and again until then. */
  @Test
  void anInformIsAcknowledged() {
    Sender sender = sender("127.0.0.1", AgentRig.AUTH);
    ResponseEvent<UdpAddress> event =
        sender.send(PDU.INFORM, SnmpConstants.linkDown, "shim", SecurityLevel.AUTH_PRIV);
    assertEquals(PDU.RESPONSE, event.getResponse().getType());
    assertEquals(PDU.noError, event.getResponse().getErrorStatus());
    awaitTold("links");
  }

  @Test
  void nobodyIsBelievedWhoIsNotTheSwitchsUser() {
    Sender sender = sender("127.0.0.1", AgentRig.AUTH);
    for (int level : List.of(SecurityLevel.NOAUTH_NOPRIV, SecurityLevel.AUTH_NOPRIV)) {
      var unused = sender.send(PDU.TRAP, SnmpConstants.linkDown, "shim", level);
    }
    var unused = sender.send(PDU.TRAP, SnmpConstants.linkDown, "else", SecurityLevel.AUTH_PRIV);
    sender.version2(SnmpConstants.linkDown);
    sender("127.0.0.1", OTHER_WORDS).trap(SnmpConstants.linkDown);
    sender("127.0.0.2", AgentRig.AUTH).trap(SnmpConstants.linkDown);
    sender.trap(SnmpConstants.coldStart);
    awaitTold("links", "ports");
  }

  @Test
  void otherPassphrasesAreTheOnlyOnesFromTheNextRequestOn() {
    rig.words("auth", OTHER_WORDS);
    assertThrows(Failure.class, () -> AgentRig.read(driver, "Ethernet1"), "not the agent's");
    sender("127.0.0.1", AgentRig.AUTH).trap(SnmpConstants.linkDown);
    sender("127.0.0.1", OTHER_WORDS).trap(SnmpConstants.coldStart);
    awaitTold("links", "ports");
  }

  /** While a switch does not answer it may start, and say so. */
  @Test
  void aSwitchThatDoesNotAnswerIsHeard() {
    SnmpSwitch other = rig.driver("shim", "2s");
    other.watch(watcher);
    AgentRig.read(other, "Ethernet1");
    rig.agent.close();
    assertThrows(Failure.class, () -> AgentRig.read(other, "Ethernet1"));
    driver.close();
    sender("127.0.0.1", AgentRig.AUTH).trap(SnmpConstants.coldStart);
    awaitTold("links", "ports");
  }

  /** For each engine keys are made, which costs more than to look at a signature. */
  @Test
  void whatSaysToBeOfAnotherEngineIsNotLookedAt() {
    sender(OctetString.fromByteArray(MPv3.createLocalEngineID(new OctetString("tor-9"))), 1)
        .trap(SnmpConstants.linkDown);
    sender("127.0.0.1", AgentRig.AUTH).trap(SnmpConstants.coldStart);
    awaitTold("links", "ports");
  }

  /** One that was replaced, or has forgotten all, counts its starts anew. */
  @Test
  void aSwitchWhoseStartsAreCountedAnewIsBelievedOnceItHasAnswered() {
    SnmpSwitch other = rig.driver("shim", "1s");
    other.watch(watcher);
    AgentRig.read(other, "Ethernet1");
    driver.close();
    sender(AgentRig.ENGINE, 40).trap(SnmpConstants.linkDown);
    awaitTold("links");
    sender(AgentRig.ENGINE, 3).trap(SnmpConstants.linkDown); // said before, for all one knows
    rig.agent.next(Trouble.REQUEST_LOST);
    other.apply(Map.of("Ethernet2", AgentRig.trunk(100)), PATIENCE);
    sender(AgentRig.ENGINE, 3).trap(SnmpConstants.coldStart);
    awaitTold("links", "links", "ports");
  }

  @Test
  void nothingIsToldAfterTheEnd() {
    SnmpSwitch other = rig.driver();
    AgentRig.read(other, "Ethernet1");
    List<String> otherTold = new CopyOnWriteArrayList<>();
    other.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void linksChanged() {
            otherTold.add("links");
          }
        });
    driver.close();
    sender("127.0.0.1", AgentRig.AUTH).trap(SnmpConstants.linkDown);
    Await.until("the other one is told", PATIENCE, () -> !otherTold.isEmpty());
    assertEquals(List.of(), told);
  }

  @Test
  void anAddressThatIsTakenIsNamed() {
    Url taken = Url.parse("udp://127.0.0.1:" + rig.traps.port());
    Failure failure = assertThrows(Failure.class, () -> TrapSocket.open(taken));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().contains(taken.toString()), failure.getMessage());
    Failure wrong = assertThrows(Failure.class, () -> TrapSocket.open(Url.parse("tcp://:162")));
    assertEquals(Failure.Kind.INVALID, wrong.kind());
    assertTrue(wrong.getMessage().contains("udp://:162"), wrong.getMessage());
  }
}

package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.util.List;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.PDU;
import org.snmp4j.ScopedPDU;
import org.snmp4j.Snmp;
import org.snmp4j.UserTarget;
import org.snmp4j.mp.MPv3;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.security.AuthHMAC192SHA256;
import org.snmp4j.security.PrivAES128;
import org.snmp4j.security.SecurityLevel;
import org.snmp4j.security.SecurityProtocols;
import org.snmp4j.security.USM;
import org.snmp4j.security.UsmUser;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/** Somebody else who sets things on a switch, object by object. */
final class Manager implements AutoCloseable {
  private static final String STATIC = "1.3.6.1.2.1.17.7.1.4.3.1.";

  private final int port;
  private final Snmp snmp;

  Manager(int port) throws IOException {
    this.port = port;
    OctetString engine = OctetString.fromByteArray(MPv3.createLocalEngineID());
    USM usm =
        new USM(
            new SecurityProtocols(SecurityProtocols.SecurityProtocolSet.defaultSecurity),
            engine,
            0);
    usm.addUser(
        new UsmUser(
            new OctetString("shim"),
            AuthHMAC192SHA256.ID,
            new OctetString(AgentRig.AUTH),
            PrivAES128.ID,
            new OctetString(AgentRig.PRIV)));
    MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
    dispatcher.addMessageProcessingModel(new MPv3(usm));
    this.snmp = new Snmp(dispatcher, new DefaultUdpTransportMapping());
    snmp.listen();
  }

  void createVlan(int vlan, String name) throws IOException {
    set(
        new VariableBinding(new OID(STATIC + "5." + vlan), new Integer32(4)),
        new VariableBinding(new OID(STATIC + "1." + vlan), new OctetString(name)));
  }

  void forbid(int vlan, String hex) throws IOException {
    set(new VariableBinding(new OID(STATIC + "3." + vlan), OctetString.fromHexStringPairs(hex)));
  }

  int serial() throws IOException {
    return get("1.3.6.1.6.3.1.1.6.1.0").toInt();
  }

  Variable get(String oid) throws IOException {
    return send(PDU.GET, new VariableBinding(new OID(oid))).get(0).getVariable();
  }

  void set(VariableBinding... variables) throws IOException {
    PDU answer = send(PDU.SET, variables);
    if (answer.getErrorStatus() != PDU.noError) {
      throw new Failure(Failure.Kind.INVALID, answer.getErrorStatusText());
    }
  }

  private PDU send(int type, VariableBinding... variables) throws IOException {
    ScopedPDU pdu = new ScopedPDU();
    pdu.setType(type);
    pdu.addAll(List.of(variables));
    UserTarget<UdpAddress> target = new UserTarget<>();
    target.setAddress(new UdpAddress("127.0.0.1/" + port));
    target.setVersion(SnmpConstants.version3);
    target.setSecurityName(new OctetString("shim"));
    target.setSecurityLevel(SecurityLevel.AUTH_PRIV);
    target.setTimeout(10_000);
    PDU answer = snmp.send(pdu, target).getResponse();
    if (answer == null) {
      throw new IOException("no answer");
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      snmp.close();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INTERNAL, "cannot close", e);
    }
  }
}

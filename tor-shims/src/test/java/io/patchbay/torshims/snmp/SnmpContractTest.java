package io.patchbay.torshims.snmp;

import io.patchbay.base.Time;
import io.patchbay.hwsim.snmp.SnmpAgent;
import io.patchbay.hwsim.snmp.SnmpLogin;
import io.patchbay.torshims.BadDatagrams;
import io.patchbay.torshims.Line;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchDriverContractTest;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SNMP over UDP. */
class SnmpContractTest extends SwitchDriverContractTest {
  private @Nullable SnmpAgent agent;

  @Override
  protected int serve() {
    if (agent == null) {
      SnmpLogin login = new SnmpLogin(USER, PASSWORD, PASSWORD, true);
      agent = opened.push(SnmpAgent.start(tor.snmp(), NAME, List.of(login)));
    }
    return agent.port();
  }

  @Override
  protected Line line(int to) throws IOException {
    return new BadDatagrams(to);
  }

  @Override
  protected SwitchDriver driver(int port, String rpcDeadline) {
    String password = folder.resolve("password").toString();
    SnmpAccess access = new SnmpAccess(USER, "SHA-256", password, "AES-128", password, "", false);
    SwitchEntry entry =
        new SwitchEntry(
            NAME,
            "127.0.0.1:" + port,
            null,
            null,
            null,
            access,
            "",
            // silence is all that a lost datagram looks like, so it is waited for in many a test
            new SwitchEntry.Deadlines("2s", "30s"));
    return new SnmpSwitch(entry, access, VlanNames.NUMBERS, Optional.empty(), Time.system());
  }

  /** Who sets something all the time. */
  @Override
  protected Runnable lockedByAStranger(int port) {
    agent.stranger(true);
    return () -> agent.stranger(false);
  }

  @Override
  protected String stranger() {
    return "snmpSetSerialNo";
  }

  @Override
  protected boolean undoesByItself() {
    return false;
  }

  @Override
  protected boolean setsPorts() {
    return false;
  }
}

package io.patchbay.torshims.snmp;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.snmp.SnmpAgent;
import io.patchbay.hwsim.snmp.SnmpLogin;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.snmp4j.mp.MPv3;
import org.snmp4j.smi.OctetString;

/** A simulated switch with an agent in front of it, and drivers for it. */
final class AgentRig implements AutoCloseable {
  static final String AUTH = "authentication-words";
  static final String PRIV = "privacy-words";

  /** What the agent makes of its name. */
  static final OctetString ENGINE =
      OctetString.fromByteArray(MPv3.createLocalEngineID(new OctetString("tor-1")));

  final Stack opened = new Stack();
  final SimulatedSwitch tor;
  final SnmpAgent agent;
  final TrapSocket traps;
  private final Path folder;

  AgentRig(Path folder) {
    this.folder = folder;
    SwitchDescription description =
        new SwitchDescription(
            "tor-1",
            List.of(
                Port.bare("Ethernet1"),
                Port.access("Ethernet2", 10),
                Port.trunk("Ethernet3"),
                new Port("Ethernet4", "", "TRUNK", 0, 7, List.of("20..29", "40"))),
            Access.byPassword("unused", "unused"));
    tor = opened.push(SimulatedSwitch.start(description, new FakeTime()));
    agent =
        opened.push(
            SnmpAgent.start(
                tor.snmp(),
                "tor-1",
                List.of(
                    new SnmpLogin("shim", AUTH, PRIV, true),
                    new SnmpLogin("watcher", AUTH, PRIV, false))));
    traps = opened.push(TrapSocket.open(Url.parse("udp://127.0.0.1:0")));
    words("auth", AUTH);
    words("priv", PRIV);
  }

  void words(String file, String words) {
    try {
      Files.writeString(folder.resolve(file), words + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SnmpSwitch driver() {
    return driver("shim", "10s");
  }

  SnmpSwitch driver(String user, String rpcDeadline) {
    SnmpAccess access =
        new SnmpAccess(
            user,
            "SHA-256",
            folder.resolve("auth").toString(),
            "AES-128",
            folder.resolve("priv").toString(),
            "",
            false);
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + agent.port(),
            null,
            null,
            null,
            access,
            "",
            new SwitchEntry.Deadlines(rpcDeadline, "30s"));
    return opened.push(
        new SnmpSwitch(entry, access, VlanNames.NUMBERS, Optional.of(traps), Time.system()));
  }

  static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  static Trunk range(int low, int high) {
    return new Trunk(
        new TreeSet<>(IntStream.rangeClosed(low, high).boxed().toList()), OptionalInt.empty());
  }

  static PortReading read(SnmpSwitch driver, String port) {
    return driver.read(Set.of(port)).get(port);
  }

  @Override
  public void close() {
    opened.close();
  }
}

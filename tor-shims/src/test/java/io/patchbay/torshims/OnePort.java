package io.patchbay.torshims;

import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The writer of a {@link FakeSwitch}, asked for a port by services that want more than a VLAN. */
abstract class OnePort {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration FOREVER = Duration.ofDays(1);

  @TempDir Path folder;
  final FakeSwitch fake = new FakeSwitch();
  Journal journal;
  SwitchWriter writer;

  /** Of the ports; before it is opened. */
  Map<String, Integer> nativeVlans = Map.of();

  /** As a process begins, but that the writer is yet to be started. */
  void open(Set<Integer> vlans, IntFunction<PortWish> wishes, History history) {
    journal = Journal.open(folder.resolve("fabric.journal"));
    Set<String> cabled = Set.of("Ethernet1", "Ethernet2");
    Ours ours = new Ours(vlans, 4094, cabled, nativeVlans, Set.of(), made -> {}, wishes);
    writer =
        new SwitchWriter(
            "tor-1",
            new SwitchPorts("tor-1", fake, new FormerPorts(journal, "tor-1"), ours),
            Rig.deaf("tor-1", journal),
            new SwitchWriter.Terms(FOREVER, Duration.ofMillis(50), CountDownLatch::await),
            new SwitchAccount("tor-1", history, new CommitMeasures(), Time.system()),
            Time.system());
  }

  @AfterEach
  void stop() {
    writer.close();
    journal.close();
  }

  static PortClaim claim(int vlan) {
    return new PortClaim("tor-1", "Ethernet1", vlan);
  }

  void take(String connection, int vlan) {
    writer.take(connection, claim(vlan), PATIENCE);
  }

  void leave(String connection, int vlan) {
    writer.leave(connection, claim(vlan), PATIENCE);
  }
}

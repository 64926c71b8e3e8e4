package io.patchbay.torshims;

import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A switch's writer that never looks at what is settled unless it is told to, over any driver. */
public final class WithoutAudit implements AutoCloseable {
  private static final Duration FOREVER = Duration.ofHours(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String NAME = "tor-1";

  private final Journal journal;
  private final SwitchWriter writer;

  /**
   * Begins at once, and owns nothing.
   *
   * @param driver which stays the caller's to close
   * @param folder for what it has to remember
   */
  public WithoutAudit(SwitchDriver driver, Path folder) {
    this.journal = Journal.open(folder.resolve("without-audit"));
    Time time = Time.system();
    Set<String> cabled = Set.of("Ethernet1", "Ethernet2");
    SwitchPorts ports =
        new SwitchPorts(
            NAME,
            driver,
            new FormerPorts(journal, NAME),
            new Ours(Set.of(100, 200), 4094, cabled, made -> {}));
    this.writer =
        new SwitchWriter(
            NAME,
            ports,
            Rig.deaf(NAME, new PortLinks(journal, NAME, cabled, Optional.empty())),
            new SwitchWriter.Terms(FOREVER, FOREVER, CountDownLatch::await),
            new SwitchAccount(NAME, History.none(), new CommitMeasures(), time),
            time);
    writer.start();
  }

  /** Returns once the port carries the VLAN. */
  public void take(String port, int vlan) {
    writer.take(port, new PortClaim(NAME, port, vlan), PATIENCE);
  }

  /** How many ports somebody else had changed were put right. */
  public long putRight() {
    return writer.numbers().driftedPorts();
  }

  @Override
  public void close() {
    writer.close();
    journal.close();
  }
}

package io.patchbay.bench;

import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.netconf.NetconfSwitch;
import io.patchbay.torshims.netconf.SshDoor;
import io.patchbay.torshims.netconf.UndoLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The switch's own time: what the shim has its NETCONF driver do, asked of the driver directly over
 * an open session, and nothing else. For ports that no shim touches; one thread.
 */
final class DirectDriver implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final PortConfig CARRIED =
      new PortConfig.Trunk(new TreeSet<>(List.of(100)), OptionalInt.empty());

  private final Stack opened = new Stack();
  private final SwitchDriver driver;

  /**
   * @param folder for what it keeps on disk
   */
  DirectDriver(SwitchEntry entry, Path folder, Time time) {
    SshDoor door = opened.push(new SshDoor());
    Journal journal = opened.push(Journal.open(folder.resolve("direct.journal")));
    UndoLog undo = new UndoLog(journal, entry.name());
    this.driver =
        opened.push(new NetconfSwitch(entry, door, "direct", undo, VlanNames.NUMBERS, time));
  }

  /** One transaction that has all these ports carry a VLAN. Returns what they were. */
  Map<String, PortReading> carry(List<String> ports) {
    Map<String, PortConfig> wanted = new TreeMap<>();
    ports.forEach(port -> wanted.put(port, CARRIED));
    return driver.apply(wanted, PATIENCE);
  }

  /** One transaction that puts them back. */
  void restore(Map<String, PortReading> before) {
    Map<String, PortConfig> wanted = new TreeMap<>();
    before.forEach((port, reading) -> wanted.put(port, reading.raw()));
    var unused = driver.apply(wanted, PATIENCE);
  }

  @Override
  public void close() {
    opened.close();
  }
}

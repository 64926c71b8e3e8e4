package io.patchbay.torshims.snmp;

import io.patchbay.base.Time;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SnmpAccess;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A switch spoken to by SNMP version 3 (contracts tor.md 4): the lists of ports of its VLANs, read,
 * changed and set upon the serial number snmpSetSerialNo, and read again. There is nothing that the
 * switch would undo by itself: a change that goes wrong is put back here, and one that is cut off
 * by the end of this process is made or put back by the next, which is asked for the ports then.
 * One thread at a time.
 *
 * <p>A SET that nobody has answered, of this process or of one before it, may still be on its way.
 * It is void once the serial number is another, so until that is so, ports that are as they should
 * be cost a SET of the serial number alone.
 */
public final class SnmpSwitch implements SwitchDriver {
  private final SwitchEntry entry;
  private final SnmpCalls calls;
  private final Traps traps;
  private final Time time;
  private final SerialFence fence = new SerialFence();
  private final SetSize size = new SetSize();
  private Watcher watcher = () -> {};

  /**
   * Connects when it is first used.
   *
   * @param access the entry's section
   * @param names of VLANs that have to be made
   * @param traps where it tells by itself that something has changed; empty where it cannot
   */
  public SnmpSwitch(
      SwitchEntry entry,
      SnmpAccess access,
      VlanNames names,
      Optional<TrapSocket> traps,
      Time time) {
    SnmpUser user = new SnmpUser(entry, access);
    this.entry = entry;
    this.traps = new Traps(entry.who(), user, traps);
    this.calls = new SnmpCalls(entry, new SnmpDoor(entry, access, user, this.traps), names);
    this.time = time;
  }

  @Override
  public void watch(Watcher watcher) {
    this.watcher = watcher;
    calls.watch(watcher);
    traps.watch(watcher);
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return calls.state().readings(entry.who(), ports);
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    return change(patience).run(wanted);
  }

  private SnmpChange change(Duration patience) {
    Patience waits = new Patience(entry.who(), time, patience);
    SnmpChange.Means means = new SnmpChange.Means(entry.who(), calls, fence, size, watcher);
    return new SnmpChange(means, waits);
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return calls.neighbours();
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    Map<String, Boolean> links = new TreeMap<>(calls.links());
    links.keySet().retainAll(ports);
    return links;
  }

  /** A port cannot be in a VLAN that has no row. */
  @Override
  public boolean makesVlans() {
    return true;
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    Map<Integer, String> made = new TreeMap<>();
    calls
        .state()
        .rows()
        .forEach((vlan, row) -> {
          if (some.contains(vlan) && VlanNames.isOurs(row.name())) {
            made.put(vlan, row.name());
          }
        });
    return made;
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    change(Duration.ZERO).remove(some);
  }

  @Override
  public void close() {
    traps.close();
    calls.close();
  }
}

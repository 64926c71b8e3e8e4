package io.patchbay.torshims.gnmi;

import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.base.Failure;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.VlanTable;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VLANs that ports of a switch are to carry: made with the ports, in the same transaction,
 * where the entry names a network instance; else somebody else's business.
 */
final class NeededVlans {
  private static final Logger log = LoggerFactory.getLogger(NeededVlans.class);

  private final SwitchEntry entry;
  private final GnmiCalls calls;
  private final VlanNames names;

  NeededVlans(SwitchEntry entry, GnmiCalls calls, VlanNames names) {
    this.entry = entry;
    this.calls = calls;
    this.names = names;
  }

  /**
   * One transaction that makes the ports so, with the VLANs that they lack; {@code now} is what
   * they are. Throws as {@link VlanTable#requireFree} does.
   */
  SetRequest.Builder edit(Map<String, PortConfig> change, Map<String, PortReading> now) {
    SetRequest.Builder set = calls.edit(change, now);
    if (counts(change)) {
      VlanTable vlans = table();
      vlans.requireFree(change, now, names);
      GnmiVlans.put(set, entry.networkInstance(), vlans.lacking(change.values(), names));
    }
    return set;
  }

  /** The ports that are not as wanted, or lack a VLAN. */
  Map<String, PortConfig> missing(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> missing = PortReading.different(wanted, now);
    if (counts(wanted)) {
      missing.putAll(table().without(wanted, names));
    }
    return missing;
  }

  private boolean counts(Map<String, PortConfig> wanted) {
    return !entry.networkInstance().isEmpty()
        && wanted.values().stream().anyMatch(config -> !VlanTable.needed(config).isEmpty());
  }

  /** Those of these that the shim has made, and their names. */
  Map<Integer, String> made(Set<Integer> some) {
    return table().ours(some, names);
  }

  private VlanTable table() {
    return calls.vlans(names.instances());
  }

  /**
   * Takes those away. Unconfirmed: wherever it is cut off they are there or not, and the next look
   * finds out which.
   */
  void remove(Set<Integer> some, Patience patience) {
    VlanTable table = table();
    VlanEdit removal = table.removal(some, names);
    if (removal.isEmpty()) {
      return;
    }
    log.info("{}: no port needs {} any more", entry.who(), table.told(removal));
    SetRequest.Builder removing = SetRequest.newBuilder();
    GnmiVlans.put(removing, entry.networkInstance(), removal);
    calls.insist(removing.build(), patience, () -> {});
    VlanTable after = table();
    VlanEdit left = after.removal(some, names);
    if (!left.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          entry.who() + " says it has removed VLANs, but still has " + after.told(left));
    }
  }
}

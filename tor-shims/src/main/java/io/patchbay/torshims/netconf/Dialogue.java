package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.VlanTable;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Element;

/**
 * What is asked of a switch on one session in the course of one change, whichever datastore it goes
 * through. One thread.
 */
final class Dialogue {
  private static final Logger log = LoggerFactory.getLogger(Dialogue.class);

  private final SwitchEntry entry;
  private final NetconfSession session;
  private final Patience patience;
  private final VlanNames names;
  private final OpenConfigPort ports;
  private boolean ambiguous;

  /** As they were when ports were last read for a change. */
  private VlanTable vlans = VlanTable.EMPTY;

  /**
   * Of one change.
   *
   * @param ports its words for them
   * @param patience how long all waits for others may take together
   * @param names of VLANs that have to be made
   */
  Dialogue(
      SwitchEntry entry,
      OpenConfigPort ports,
      NetconfSession session,
      Patience patience,
      VlanNames names) {
    this.entry = entry;
    this.ports = ports;
    this.session = session;
    this.patience = patience;
    this.names = names;
  }

  SwitchEntry entry() {
    return entry;
  }

  Capabilities capabilities() {
    return session.capabilities();
  }

  /** Whether nothing more can be asked here. */
  boolean ended() {
    return session.ended();
  }

  /** Nothing more is asked here: the next change gets a new session. */
  void end() {
    session.close();
  }

  /** Asks once; the answer may be a refusal. */
  Reply ask(String operation) {
    return session.call(operation);
  }

  /** Asks until it is done; waits while another has what is needed, as long as there is time. */
  void insist(String operation) {
    for (int tries = 1; ; tries++) {
      Reply reply = session.call(operation);
      if (reply.done()) {
        return;
      }
      ambiguous = reply.ambiguous();
      Failure refusal = reply.failure(entry.who());
      if (!reply.mayWait() || !patience.outlasts(tries, refusal)) {
        throw refusal;
      }
    }
  }

  /** Asks for what makes no difference any more if it is refused. */
  void leave(String operation) {
    if (!session.ended() && !session.call(operation).done()) {
      log.warn("{} refuses {}", entry.who(), operation);
    }
  }

  /** What the ports are. */
  Map<String, PortReading> read(Set<String> keys) {
    return ports.readings(get(OpenConfigPort.filter(keys)), keys);
  }

  /** What the ports are, and with them the VLANs that they need. */
  Map<String, PortReading> read(Map<String, PortConfig> wanted) {
    Set<Integer> needed =
        wanted.values().stream()
            .flatMap(config -> VlanTable.needed(config).stream())
            .collect(Collectors.toSet());
    Element reply =
        get(
            OpenConfigPort.filter(wanted.keySet())
                + OpenConfigVlans.filter(entry.networkInstance(), needed, names.instances(needed)));
    vlans = OpenConfigVlans.table(reply, entry.networkInstance(), names.instances());
    return ports.readings(reply, wanted.keySet());
  }

  /** Whose the VLANs are. */
  VlanNames names() {
    return names;
  }

  /**
   * Which of these VLANs the switch knows, and perhaps of others, wherever the shim may have made
   * them.
   */
  VlanTable vlans(Collection<Integer> some) {
    String shared = entry.networkInstance();
    String filter = OpenConfigVlans.filter(shared, some, names.instances());
    return filter.isEmpty()
        ? VlanTable.EMPTY
        : OpenConfigVlans.table(get(filter), shared, names.instances());
  }

  /** The VNIs of network instances that have names as the shim gives them, and these names. */
  Map<Integer, String> vnis() {
    return OpenConfigVlans.vnis(get(OpenConfigVlans.EVPN_FILTER));
  }

  private Element get(String filter) {
    Reply reply = session.call(Operations.read(filter));
    if (!reply.done()) {
      throw reply.failure(entry.who());
    }
    return reply.body();
  }

  /** The ports that are not as wanted, or lack a VLAN; {@code now} is what was last read. */
  Map<String, PortConfig> different(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> different = PortReading.different(wanted, now);
    if (!entry.networkInstance().isEmpty()) {
      different.putAll(vlans.without(wanted, names));
    }
    return different;
  }

  /**
   * The same, but that no interface is to go that others have written on: of that only what is the
   * shim's goes. To be asked under the lock.
   */
  Map<String, PortConfig> sparing(Map<String, PortConfig> wanted) {
    Set<String> doomed = OpenConfigPort.doomed(wanted);
    return doomed.isEmpty()
        ? wanted
        : OpenConfigPort.sparing(wanted, get(OpenConfigPort.filter(doomed)));
  }

  /** Who is heard at which port. */
  Map<String, Set<String>> neighbours() {
    return OpenConfigLldp.neighbours(look(OpenConfigLldp.FILTER));
  }

  /** Which of the ports have a link. */
  Map<String, Boolean> links(Set<String> ports) {
    return OpenConfigState.links(look(OpenConfigState.filter(ports)));
  }

  private Element look(String subtree) {
    Reply reply = session.call(Operations.look(subtree));
    if (!reply.done()) {
      throw reply.failure(entry.who());
    }
    return reply.body();
  }

  /** The configuration that makes the ports so; {@code now} is what is there before. */
  String edit(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    String making = "";
    if (!entry.networkInstance().isEmpty()) {
      vlans.requireFree(wanted, now, names);
      making = OpenConfigVlans.edit(entry.networkInstance(), vlans.lacking(wanted.values(), names));
    }
    return making + ports.edit(wanted, now, capabilities().base11());
  }

  /** Looks whether the switch has done what it said it did; {@code now} is what is there. */
  void check(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> missing = different(wanted, now);
    if (!missing.isEmpty()) {
      Set<Integer> lacking = vlans.lacking(wanted.values(), names).vlans();
      boolean all = entry.networkInstance().isEmpty() || lacking.isEmpty();
      throw new Failure(
          Failure.Kind.INTERNAL,
          entry.who()
              + " says it has committed, but has not"
              + told(missing, now)
              + (all ? "" : "; VLANs not made: " + lacking));
    }
  }

  /**
   * A refusal, with what is there. What was ambiguous is settled by having looked: the switch has
   * refused.
   */
  Failure refused(Failure cause, Map<String, PortConfig> missing, Map<String, PortReading> now) {
    return new Failure(
        ambiguous ? Failure.Kind.CONFLICT : cause.kind(),
        Failure.text(cause) + ";" + told(missing, now),
        cause);
  }

  /** The ports that are not as wanted, and what they are. */
  static String told(Map<String, PortConfig> missing, Map<String, PortReading> now) {
    return missing.entrySet().stream()
        .map(port ->
            " port %s: wanted %s, it has %s"
                .formatted(
                    port.getKey(),
                    port.getValue(),
                    Objects.requireNonNull(now.get(port.getKey())).meaning()))
        .collect(Collectors.joining(";"));
  }
}

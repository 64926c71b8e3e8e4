package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
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
  private boolean ambiguous;

  /**
   * Of one change.
   *
   * @param patience how long all waits for others may take together
   */
  Dialogue(SwitchEntry entry, NetconfSession session, Patience patience) {
    this.entry = entry;
    this.session = session;
    this.patience = patience;
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
  Map<String, PortReading> read(Set<String> ports) {
    return OpenConfigPort.readings(get(ports), ports);
  }

  private Element get(Set<String> ports) {
    Reply reply = session.call(Operations.read(OpenConfigPort.filter(ports)));
    if (!reply.done()) {
      throw reply.failure(entry.who());
    }
    return reply.body();
  }

  /**
   * The same, but that no interface is to go that others have written on: of that only what is the
   * shim's goes. To be asked under the lock.
   */
  Map<String, PortConfig> sparing(Map<String, PortConfig> wanted) {
    Set<String> doomed = OpenConfigPort.doomed(wanted);
    return doomed.isEmpty() ? wanted : OpenConfigPort.sparing(wanted, get(doomed));
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
    return OpenConfigPort.edit(wanted, now, capabilities().base11());
  }

  /** Looks whether the switch has done what it said it did; {@code now} is what is there. */
  void check(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> missing = PortReading.different(wanted, now);
    if (!missing.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          entry.who() + " says it has committed, but has not" + told(missing, now));
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

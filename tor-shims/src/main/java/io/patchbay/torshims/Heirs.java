package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the VLANs that a process which the disk has forgotten left on the ports of one switch,
 * until their clients, whom nobody knows, must have come back. Called by the switch's writer.
 */
final class Heirs {
  private static final Logger log = LoggerFactory.getLogger(Heirs.class);

  /** How a VLAN is taken off its port; throws {@link Failure} while that is not done. */
  @FunctionalInterface
  interface Leave {
    void leave(String connection, PortClaim claim);
  }

  private final SwitchPorts ports;
  private final Claims claims;
  private final SwitchWriter.Terms terms;
  private final Turns turns;
  private final Leave writer;
  private final Time time;
  private final Map<PortClaim, Instant> untils = new ConcurrentHashMap<>();

  /**
   * @param turns the writer's, in which {@code writer} is heard
   */
  Heirs(
      SwitchPorts ports,
      Claims claims,
      SwitchWriter.Terms terms,
      Turns turns,
      Leave writer,
      Time time) {
    this.ports = ports;
    this.claims = claims;
    this.terms = terms;
    this.turns = turns;
    this.writer = writer;
    this.time = time;
  }

  /**
   * Takes up those whom an earlier process has found. Where sessions are forgotten since, its time
   * does not count: a client may have refreshed then, and need not come back before it has to.
   */
  void restore() {
    if (ports.areOrphaned()) {
      keep(ports.heirs().keySet());
    } else {
      ports.heirs().forEach(this::keep);
    }
  }

  /** After this time every client that lives has come back. */
  Instant grace() {
    return time.now().plus(terms.tokenLifetimeMax());
  }

  void keep(Set<PortClaim> heirs) {
    Instant until = grace();
    heirs.forEach(heir -> keep(heir, until));
  }

  private void keep(PortClaim claim, Instant until) {
    String heir = "unknown client on " + claim.port() + " in VLAN " + claim.vlan();
    claims.add(heir, ports.wished(claim), time.now());
    untils.put(claim, until);
    Time.Timer unused =
        time.schedule(Duration.between(time.now(), until), () -> letGo(heir, claim, until));
  }

  /** Its VLAN may be another service's only once it is known to have left the port. */
  private void letGo(String heir, PortClaim claim, Instant until) {
    if (isInheritedAnew(claim, until)) {
      return;
    }
    try {
      writer.leave(heir, claim);
      if (!isInheritedAnew(claim, until)) {
        ports.disinherit(claim);
      }
    } catch (Failure e) {
      if (!turns.closed()) {
        log.warn("{}: {} is tried again: {}", claim.switchName(), heir, Failure.text(e));
        Time.Timer unused = time.schedule(terms.audit(), () -> letGo(heir, claim, until));
      }
    }
  }

  private boolean isInheritedAnew(PortClaim claim, Instant until) {
    return !until.equals(untils.get(claim));
  }
}

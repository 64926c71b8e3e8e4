package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the switch port carry the service's VLAN for as long as the session lives; of an MLAG pair
 * both ports, at once: one that refuses ends it for the other, which is not confirmed then, and one
 * whose switch is away is set when that is back. A refresh asks nothing of a switch, unless the
 * second port of a pair was refused when nobody waited any more.
 */
final class HoldPort implements Link {
  private static final Logger log = LoggerFactory.getLogger(HoldPort.class);
  private static final Key<PortClaim> PORT = Key.durable("port", PortClaim.class);
  private static final Key<PortClaim> PAIR = Key.durable("pair-port", PortClaim.class);
  private static final List<Key<PortClaim>> ENDS = List.of(PORT, PAIR);
  private static final Key<Since> SINCE = Key.durable("port-since", Since.class);
  private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(30);

  /** When the port came to carry it, as ISO 8601. */
  record Since(String at) {}

  private final SeveralPorts ports;
  private final Time time;

  /**
   * @param writers by the name of their switch
   */
  HoldPort(Map<String, SwitchWriter> writers, Time time) {
    this.ports = new SeveralPorts(writers, time);
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    List<PortClaim> claims = Plug.claims(call.connection());
    Session session = call.session();
    checkSame(session, claims);
    if (session.held(PORT).isEmpty()) {
      requireLink(claims);
    }
    if (claims.size() == 1) {
      session.release(PAIR); // of a cable that was one to two switches
      takeAlone(call, claims.getFirst());
    } else {
      takeBoth(call, claims);
    }
    if (session.held(SINCE).isEmpty()) {
      session.note(SINCE, new Since(time.now().toString()), gone -> {});
    }
    return next.request(call);
  }

  private static void checkSame(Session session, List<PortClaim> claims) {
    for (int i = 0; i < claims.size(); i++) {
      PortClaim claim = claims.get(i);
      session
          .held(ENDS.get(i))
          .filter(other -> !other.isSameAs(claim))
          .ifPresent(held -> {
            throw new Failure(
                Failure.Kind.CONFLICT,
                "the connection has %s and asks for %s; close it first".formatted(held, claim));
          });
    }
  }

  /** One of a pair is enough. */
  private void requireLink(List<PortClaim> claims) {
    if (claims.stream().allMatch(claim -> writer(claim).links().isFailed(claim.port()))) {
      claims.forEach(claim -> writer(claim).links().require(claim.port()));
    }
  }

  private void takeAlone(Call call, PortClaim claim) {
    Session session = call.session();
    Duration patience = Duration.between(time.now(), call.deadline());
    session.hold(
        PORT,
        () -> claim,
        wanted -> writer(wanted).take(session.id(), wanted, patience),
        taken -> leave(session, taken));
  }

  /** Both at once: what both switches take together takes no longer than what one does. */
  private void takeBoth(Call call, List<PortClaim> claims) {
    Session session = call.session();
    List<PortClaim> fresh = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      PortClaim claim = claims.get(i);
      session.hold(
          ENDS.get(i),
          () -> claim,
          fresh::add,
          i == 0 ? taken -> leave(session, taken) : taken -> leaveSoon(session, taken));
    }
    if (fresh.isEmpty()) {
      claims.stream()
          .filter(claim -> !writer(claim).has(session.id(), claim))
          .forEach(claim -> begin(call, claim)); // and nobody waits for it
    }
    SeveralPorts.await(
        begin(call, fresh),
        claims.size(),
        why ->
            log.warn(
                "{}: has one port of its pair, and the other when its switch is back: {}",
                session.id(),
                Failure.text(why)));
  }

  private List<SwitchWriter.Taking> begin(Call call, List<PortClaim> fresh) {
    return fresh.size() == 2
        ? ports.beginBoth(call.session().id(), fresh.getFirst(), fresh.getLast(), call.deadline())
        : fresh.stream().map(claim -> begin(call, claim)).toList();
  }

  private SwitchWriter.Taking begin(Call call, PortClaim claim) {
    return ports.begin(call.session().id(), claim, call.deadline());
  }

  private void leave(Session session, PortClaim taken) {
    writer(taken).leave(session.id(), taken, LEAVE_PATIENCE);
  }

  /** A second port is not waited for: its switch may be away, and the first is to be left. */
  private void leaveSoon(Session session, PortClaim taken) {
    listed(session.id(), taken).ifPresent(writer -> writer.leaveSoon(session.id(), taken));
  }

  private SwitchWriter writer(PortClaim claim) {
    return ports.writer(claim);
  }

  @Override
  public void restore(Session session) {
    Instant since =
        session.adopt(SINCE, gone -> {}).map(at -> Instant.parse(at.at())).orElseGet(time::now);
    session
        .adopt(PORT, taken -> leave(session, taken))
        .ifPresent(taken -> restore(session.id(), taken, since));
    session
        .adopt(PAIR, taken -> leaveSoon(session, taken))
        .ifPresent(taken -> restore(session.id(), taken, since));
  }

  private void restore(String connection, PortClaim taken, Instant since) {
    listed(connection, taken).ifPresent(writer -> writer.restore(connection, taken, since));
  }

  /** A switch that is gone for good must not keep connections from coming back. */
  private Optional<SwitchWriter> listed(String connection, PortClaim taken) {
    try {
      return Optional.of(writer(taken));
    } catch (Failure e) {
      log.warn("{}: {}", connection, Failure.text(e));
      return Optional.empty();
    }
  }
}

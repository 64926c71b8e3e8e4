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
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the switch port carry the service's VLAN for as long as the session lives. A refresh asks
 * nothing of the switch.
 */
final class HoldPort implements Link {
  private static final Logger log = LoggerFactory.getLogger(HoldPort.class);
  private static final Key<PortClaim> PORT = Key.durable("port", PortClaim.class);
  private static final Key<Since> SINCE = Key.durable("port-since", Since.class);
  private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(30);

  /** When the port came to carry it, as ISO 8601. */
  record Since(String at) {}

  private final Map<String, SwitchWriter> writers;
  private final Time time;

  /**
   * @param writers by the name of their switch
   */
  HoldPort(Map<String, SwitchWriter> writers, Time time) {
    this.writers = Map.copyOf(writers);
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    PortClaim claim = Plug.claim(call.connection());
    Session session = call.session();
    Optional<PortClaim> held = session.held(PORT).filter(other -> !other.equals(claim));
    if (held.isPresent()) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "the connection has %s and asks for %s; close it first".formatted(held.get(), claim));
    }
    if (session.held(PORT).isEmpty()) {
      writer(claim).links().require(claim.port());
    }
    session.hold(
        PORT,
        () -> claim,
        wanted ->
            writer(wanted)
                .take(session.id(), wanted, Duration.between(time.now(), call.deadline())),
        taken -> leave(session, taken));
    if (session.held(SINCE).isEmpty()) {
      session.note(SINCE, new Since(time.now().toString()), gone -> {});
    }
    return next.request(call);
  }

  private void leave(Session session, PortClaim taken) {
    writer(taken).leave(session.id(), taken, LEAVE_PATIENCE);
  }

  private SwitchWriter writer(PortClaim claim) {
    SwitchWriter writer = writers.get(claim.switchName());
    if (writer == null) {
      throw new Failure(Failure.Kind.NOT_FOUND, unlisted(claim));
    }
    return writer;
  }

  private static String unlisted(PortClaim claim) {
    return "a connection has "
        + claim
        + ", but the switches file no longer lists that switch; put it back";
  }

  @Override
  public void restore(Session session) {
    Instant since =
        session.adopt(SINCE, gone -> {}).map(at -> Instant.parse(at.at())).orElseGet(time::now);
    session
        .adopt(PORT, taken -> leave(session, taken))
        .ifPresent(taken -> restore(session.id(), taken, since));
  }

  /** A switch that is gone for good must not keep the others' connections from coming back. */
  private void restore(String connection, PortClaim taken, Instant since) {
    SwitchWriter writer = writers.get(taken.switchName());
    if (writer == null) {
      log.warn("{}: {}", connection, unlisted(taken));
    } else {
      writer.restore(connection, taken, since);
    }
  }
}

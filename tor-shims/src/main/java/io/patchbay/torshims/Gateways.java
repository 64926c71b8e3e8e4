package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the gateway ports of a service carry its VLAN from its first connection to its last one. Safe
 * for all threads.
 */
final class Gateways {
  private static final Logger log = LoggerFactory.getLogger(Gateways.class);

  private final FabricServices fabric;
  private final SeveralPorts ports;

  @GuardedBy("this")
  private final Map<String, Members> services = new HashMap<>();

  /** Who is on a service. */
  private static final class Members {
    private final Set<String> connections = new HashSet<>();

    /** Whether none of its gateway ports has refused since somebody of this process is on it. */
    private boolean settled;
  }

  /**
   * @param writers by the name of their switch
   */
  Gateways(FabricServices fabric, Map<String, SwitchWriter> writers, Time time) {
    this.fabric = fabric;
    this.ports = new SeveralPorts(writers, time);
  }

  /**
   * Takes up a connection after a restart; only before the writers' start.
   *
   * @param since when it came to be
   */
  void restore(String connection, String service, int vlan, Instant since) {
    synchronized (this) {
      members(service).connections.add(connection);
    }
    for (PortClaim claim : claims(service, vlan)) {
      ports.writer(claim).restore(name(service, claim), claim, since);
    }
  }

  /**
   * Returns once the service's gateway ports carry its VLAN; one whose switch does not answer is
   * set when that is back, but one port at least has to be. Call {@link #leave} in the end, also
   * when this throws: {@link Failure}, what a switch said, TIMEOUT, or UNAVAILABLE. Whoever is
   * there already does not wait: a port that was refused when nobody waited any more is only asked
   * for again.
   */
  void join(String connection, String service, int vlan, Instant deadline) {
    List<PortClaim> claims = claims(service, vlan);
    List<SwitchWriter.Taking> begun;
    synchronized (this) {
      Members members = members(service);
      boolean fresh = members.connections.add(connection);
      begun =
          claims.stream()
              .filter(claim -> fresh && !members.settled || !has(service, claim))
              .map(claim -> ports.begin(name(service, claim), claim, deadline))
              .toList();
      if (!fresh || begun.isEmpty()) {
        return;
      }
    }
    SeveralPorts.await(
        begun,
        claims.size(),
        why ->
            log.warn(
                "service {}: a gateway port is set when its switch is back: {}",
                service,
                Failure.text(why)));
    synchronized (this) {
      members(service).settled = true;
    }
  }

  /** The last one gives the gateway ports back, and does not wait for it. */
  synchronized void leave(String connection, String service, int vlan) {
    Members members = members(service);
    if (members.connections.remove(connection) && members.connections.isEmpty()) {
      services.remove(service);
      claims(service, vlan)
          .forEach(claim -> ports.writer(claim).leaveSoon(name(service, claim), claim));
    }
  }

  @GuardedBy("this")
  private Members members(String service) {
    return services.computeIfAbsent(service, name -> new Members());
  }

  private List<PortClaim> claims(String service, int vlan) {
    return fabric.services().stream()
        .filter(known -> known.name().equals(service))
        .flatMap(known -> known.gatewayPorts().stream())
        .map(port -> new PortClaim(port.switchName(), port.port(), vlan))
        .toList();
  }

  private boolean has(String service, PortClaim claim) {
    return ports.writer(claim).has(name(service, claim), claim);
  }

  /** Under which it stands among the connections of a switch, whose ids have no space. */
  private static String name(String service, PortClaim claim) {
    return "gateway of " + service + " on " + claim.port();
  }
}

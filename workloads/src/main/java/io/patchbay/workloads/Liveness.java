package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether packets pass, as far as can be told: for each pair of a client's and an endpoint's
 * address of one family, four pings, of which one at least must be answered in time
 * (contracts/nsm.md 6.3). Other than upstream, silence proves nothing of a connection that has
 * never been heard to answer: a gateway of the physical network need not answer pings.
 */
final class Liveness implements Heal.Pulse {
  private static final Logger log = LoggerFactory.getLogger(Liveness.class);
  private static final int PINGS = 4;

  private final Duration timeout;
  private final Set<String> heard = ConcurrentHashMap.newKeySet();

  /**
   * @param timeout for the pings of one pair
   */
  Liveness(Duration timeout) {
    this.timeout = timeout;
  }

  /** For a client that does not ping: what may be down is down. */
  static Heal.Pulse none() {
    return new Heal.Pulse() {
      @Override
      public void learn(Connection connection) {}

      @Override
      public boolean passes(Connection connection) {
        return false;
      }
    };
  }

  /** The pairs whose first can ping its second. */
  record Pair(InetAddress client, InetAddress endpoint) {
    static List<Pair> of(IPContext context) {
      return context.getSrcIpAddrsList().stream()
          .map(IpPrefix::parse)
          .flatMap(client ->
              context.getDstIpAddrsList().stream()
                  .map(IpPrefix::parse)
                  .filter(endpoint -> endpoint.isIpv6() == client.isIpv6())
                  .map(endpoint -> new Pair(client.address(), endpoint.address())))
          .toList();
    }
  }

  /** Finds out whether the connection answers at all, unless that is known. Takes its time. */
  @Override
  public void learn(Connection connection) {
    if (!heard.contains(connection.getId()) && answers(connection)) {
      heard.add(connection.getId());
    }
  }

  /** Whether packets may still pass. Takes its time. */
  @Override
  public boolean passes(Connection connection) {
    return !heard.contains(connection.getId()) || answers(connection);
  }

  /** Whether all pairs answer now; a connection without one does. Takes its time. */
  boolean answers(Connection connection) {
    try {
      return Pair.of(connection.getContext().getIpContext()).stream().allMatch(this::answers);
    } catch (Failure e) {
      log.warn("{}: cannot ping: {}", connection.getId(), Failure.text(e));
      return false;
    }
  }

  private boolean answers(Pair pair) {
    try (NetworkNamespace own = NetworkNamespace.own()) {
      Duration interval = timeout.dividedBy(PINGS);
      return Ping.run(
                  own,
                  new Ping.Plan(
                      Optional.of(pair.client()), pair.endpoint(), PINGS, interval, interval))
              .received()
          > 0;
    }
  }
}

package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.Sessions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks again for a connection that the manager says is down, or wants to be refreshed
 * (contracts/nsm.md 6.3 and fact 21). While packets still pass, it is asked for as it is; else
 * another endpoint is looked for. Tries until it succeeds, ever more slowly.
 */
final class Heal implements Link, Follow.News {
  private static final Logger log = LoggerFactory.getLogger(Heal.class);
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  /** After that long what was agreed works. */
  private static final Duration SETTLED = Duration.ofSeconds(1);

  private final Sessions sessions;
  private final Time time;
  private final Duration patience;
  private final Pulse pulse;
  private final Set<String> healing = ConcurrentHashMap.newKeySet();

  /**
   * @param patience how long one attempt may take
   */
  Heal(Sessions sessions, Time time, Duration patience, Pulse pulse) {
    this.sessions = sessions;
    this.time = time;
    this.patience = patience;
    this.pulse = pulse;
  }

  @Override
  public Connection request(Call call, Handler next) {
    boolean reselect = call.cause() instanceof Cause.Heal heal && heal.reselect();
    Connection answer = next.request(reselect ? call.with(reselecting(call.connection())) : call);
    var unused = time.schedule(SETTLED, () -> pulse.learn(answer));
    return answer;
  }

  /** Whether packets pass; both may take their time. */
  interface Pulse {
    /** The connection has just been agreed. */
    void learn(Connection connection);

    /** Whether packets may still pass. */
    boolean passes(Connection connection);
  }

  /** The request that lets every hop choose anew. */
  static Connection reselecting(Connection connection) {
    return connection.toBuilder()
        .clearMechanism()
        .clearNetworkServiceEndpointName()
        .setState(State.RESELECT_REQUESTED)
        .build();
  }

  @Override
  public void heard(Connection connection, boolean gone) {
    boolean refresh = connection.getState() == State.REFRESH_REQUESTED;
    if ((refresh || connection.getState() == State.DOWN) && healing.add(connection.getId())) {
      log.info("{}: the manager says {}", connection.getId(), connection.getState());
      Trouble trouble = refresh ? Trouble.STALE : gone ? Trouble.GONE : Trouble.UNHEARD;
      var unused = time.schedule(Duration.ZERO, () -> attempt(connection.getId(), trouble, 1));
    }
  }

  private enum Trouble {
    /** Refreshing is asked for; packets pass. */
    STALE,
    /** The manager has let go of it: nothing of it is left to be refreshed. */
    GONE,
    /** Nobody knows: the packets must tell. */
    UNHEARD
  }

  private void attempt(String id, Trouble trouble, int number) {
    Optional<Session> session = sessions.find(id);
    if (session.isEmpty()) {
      healing.remove(id);
      return;
    }
    try {
      session.get().again(cause(trouble, session.get().connection()), patience);
      healing.remove(id);
      log.info("{}: healed", id);
    } catch (RuntimeException e) {
      log.warn("{}: attempt {} to heal failed: {}", id, number, Failure.text(e));
      var unused = time.schedule(RETRY.pause(number), () -> attempt(id, trouble, number + 1));
    }
  }

  private Cause cause(Trouble trouble, Connection connection) {
    return switch (trouble) {
      case STALE -> new Cause.Refresh();
      case GONE -> new Cause.Heal(true);
      case UNHEARD -> new Cause.Heal(!pulse.passes(connection));
    };
  }
}

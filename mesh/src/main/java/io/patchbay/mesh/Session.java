package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection holds at this hop, and the connection as last agreed. What is taken here is
 * given back in reverse order: by {@link #close}, by a request that fails, or after a restart.
 *
 * <p>One thread at a time is inside, in order of arrival; links are always inside. Only {@link
 * #id}, {@link #close}, {@link #closeIf}, {@link #again} and {@link #connection} may be called from
 * outside, and wait for their turn.
 */
public final class Session extends Holdings {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private final String id;
  private final Sessions sessions;
  private final Time time;
  private final Turn turn;

  private boolean closed; // guarded by the turn, which every entry from outside takes

  private volatile Connection connection;
  private volatile List<Mechanism> preferences;
  private volatile Requester requester;
  private volatile boolean agreed;

  Session(Sessions sessions, Time time, Call first) {
    this(new Turn(first.connection().getId()), sessions, time, first);
  }

  private Session(Turn turn, Sessions sessions, Time time, Call first) {
    super(turn, time);
    this.id = first.connection().getId();
    this.turn = turn;
    this.sessions = sessions;
    this.time = time;
    this.connection = first.connection();
    this.preferences = first.preferences();
    this.requester = Requester.of(first.connection());
  }

  /** The connection's id at this hop. */
  public String id() {
    return id;
  }

  /** The connection as last agreed; before the first agreement as it arrived. */
  public Connection connection() {
    return connection;
  }

  /** Whether a request has ever succeeded. */
  public boolean agreed() {
    return agreed;
  }

  @Override
  boolean isOpen() {
    return sessions.find(id).filter(this::equals).isPresent();
  }

  // ---- running and ending ----

  /** Runs the chain on the connection as last agreed; does nothing once closed. */
  public void again(Cause cause, Duration patience) {
    turn.inside(
        patience,
        () -> {
          if (!closed && agreed) {
            Instant deadline = time.now().plus(patience);
            Call call = Call.of(connection, preferences, cause, deadline);
            var unused = run(call, requester, sessions.rest());
          }
        });
  }

  /**
   * Lets go of everything, newest first, each even if another fails. The failures come together on
   * one exception, after all is done. A second close does nothing.
   */
  public void close() {
    turn.inside(this::letGoOfAll);
  }

  /**
   * Closes, as {@link #close} does, what still has to be closed when its turn has come: whoever was
   * inside until then may have mended it.
   *
   * @param must asked within the turn
   */
  public void closeIf(BooleanSupplier must) {
    turn.inside(() -> {
      if (!closed && must.getAsBoolean()) {
        letGoOfAll();
      }
    });
  }

  /** Closes if that is what the one who asks means and may. Throws Failure DENIED if it may not. */
  void close(Requester asking) {
    turn.inside(() -> {
      if (closed) {
        return;
      }
      if (requester.means(asking)) {
        letGoOfAll();
      } else {
        log.info("{}: another hop has taken it over; a late close is passed over", id);
      }
    });
  }

  private void letGoOfAll() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      letGo(all -> true);
    } finally {
      sessions.forget(this);
    }
  }

  /** Lets go of everything but stays open: what comes next starts from nothing. */
  void reset() {
    try {
      letGo(all -> true);
    } finally {
      agreed = false;
      save();
    }
  }

  /**
   * One turn of a request: empty when the session was closed while the caller waited. Throws
   * Failure DENIED, with nothing changed, when it is somebody else's.
   */
  Optional<Connection> turn(Call call, Handler next) {
    turn.enter(Duration.between(time.now(), call.deadline()));
    try {
      if (closed) {
        return Optional.empty();
      }
      Requester asking = Requester.of(call.connection());
      requester.allow(asking);
      return Optional.of(run(call, asking, next));
    } finally {
      turn.leave();
    }
  }

  private Connection run(Call call, Requester asking, Handler next) {
    if (!agreed) {
      connection = call.connection();
      preferences = call.preferences();
    }
    long mine = begin();
    try {
      Connection answer = next.request(call.in(this));
      connection = answer;
      preferences = call.preferences();
      requester = asking;
      agreed = true;
      saveAgreed();
      return answer;
    } catch (RuntimeException | Error e) {
      rollBack(mine, e);
      throw e;
    } finally {
      end();
    }
  }

  private void rollBack(long mine, Throwable failure) {
    try {
      // What an earlier process took for a request that never succeeded goes with this one.
      letGo(thing -> !agreed || thing.request == mine);
    } catch (RuntimeException | Error e) {
      failure.addSuppressed(e);
    }
    if (agreed) {
      saveAfter(failure);
    }
    if (!agreed && !closed) {
      closed = true;
      sessions.forget(this);
    }
  }

  private void saveAfter(Throwable failure) {
    try {
      saveNotes();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  // ---- the journal ----

  @Override
  void write() {
    sessions.save(this);
  }

  SavedSession saved() {
    return SavedSession.of(connection, preferences, requester, agreed, things());
  }

  /**
   * Puts back what the journal knew, newest first in {@code saved}; each link then adopts its own.
   */
  void restore(SavedSession saved, List<Link> links) {
    turn.inside(() -> {
      agreed = saved.agreed();
      requester = saved.knownRequester();
      putBack(saved.things());
      links.forEach(link -> link.restore(this));
    });
  }
}

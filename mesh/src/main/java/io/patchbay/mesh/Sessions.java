package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All connections of this hop by id, and the link behind which links may hold things. With a
 * journal, sessions outlive the process. Safe for all threads; different connections never wait for
 * each other.
 */
public final class Sessions implements Link {
  private static final Logger log = LoggerFactory.getLogger(Sessions.class);

  /** More live connections than this at one hop are refused. */
  private static final int MOST = 100_000;

  private final Time time;
  private final Optional<Journal> journal;
  private final Map<String, Session> byId = new ConcurrentHashMap<>();
  private volatile Handler rest =
      call -> {
        throw new IllegalStateException("the chain has not been built");
      };

  private Sessions(Time time, Optional<Journal> journal) {
    this.time = time;
    this.journal = journal;
  }

  /** Sessions that end with the process: for hops that hold nothing outside it. */
  public static Sessions inMemory(Time time) {
    return new Sessions(time, Optional.empty());
  }

  /** Sessions that a restarted process takes up again. The journal is the caller's to close. */
  public static Sessions durable(Time time, Journal journal) {
    return new Sessions(time, Optional.of(journal));
  }

  @Override
  public Connection request(Call call, Handler next) {
    boolean reselect = call.connection().getState() == State.RESELECT_REQUESTED;
    Call clean = call.edit(connection -> connection.setState(State.UP));
    while (true) {
      Session session = open(clean);
      Handler run = reselect ? inside -> startOver(inside, next) : next;
      Optional<Connection> answer = session.turn(clean, run);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
  }

  private Session open(Call call) {
    if (byId.size() >= MOST && !byId.containsKey(call.connection().getId())) {
      throw new Failure(Failure.Kind.EXHAUSTED, "this hop already has " + MOST + " connections");
    }
    return byId.computeIfAbsent(call.connection().getId(), id -> new Session(this, time, call));
  }

  /** RESELECT_REQUESTED: what leads ahead is given up before anything is chosen anew. */
  private static Connection startOver(Call call, Handler next) {
    try {
      call.session().reset();
    } catch (Failure e) {
      // A hop that is gone is why the caller wants another way: it expires what it still has.
      log.warn("{}: starting over: {}", call.session().id(), Failure.text(e));
    }
    return next.request(call);
  }

  /** Lets go of all that a connection holds; unknown ids are done already. */
  public void close(String id) {
    Session session = byId.get(id);
    if (session != null) {
      session.close();
    }
  }

  /** As {@link #close(String)}, but only for the one on whose behalf the connection is. */
  @Override
  public void close(Connection asked) {
    Session session = byId.get(asked.getId());
    if (session != null) {
      session.close(Requester.of(asked));
    }
  }

  /** The session of a connection, if it is open. */
  public Optional<Session> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** All open sessions, some perhaps not agreed yet. */
  public Collection<Session> all() {
    return List.copyOf(byId.values());
  }

  /** Takes up what an earlier process left, once, before the first request is let in. */
  void start(Handler behind, List<Link> links) {
    rest = behind;
    if (journal.isEmpty()) {
      return;
    }
    for (Map.Entry<String, String> entry : journal.get().entries().entrySet()) {
      SavedSession saved = Json.read(entry.getValue(), SavedSession.class);
      Call call =
          Call.of(
              saved.parsedConnection(), saved.parsedPreferences(), new Cause.Asked(), time.now());
      Session session = new Session(this, time, call);
      byId.put(entry.getKey(), session);
      session.restore(saved, links);
    }
  }

  /**
   * The process ends but what its sessions hold stays: nothing is released, timers no longer act,
   * and a successor takes all of it up from the journal. For after the last request.
   */
  public void leave() {
    byId.clear();
  }

  Handler rest() {
    return rest;
  }

  void save(Session session) {
    if (journal.isPresent() && byId.get(session.id()) == session) {
      journal.get().put(session.id(), Json.write(session.saved()));
    }
  }

  void forget(Session session) {
    // In this order: a new session of this id must not lose the entry that it has already written.
    journal.ifPresent(file -> file.remove(session.id()));
    byId.remove(session.id(), session);
  }
}

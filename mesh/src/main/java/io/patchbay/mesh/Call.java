package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Url;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One run of a chain: the connection as it goes ahead, the mechanisms the caller would accept, and
 * until when it waits. Immutable; a link passes a changed copy on.
 */
public final class Call {
  private final Connection connection;
  private final List<Mechanism> preferences;
  private final Cause cause;
  private final Instant deadline;
  private final Optional<Session> session;
  private final Optional<Url> target;

  private Call(
      Connection connection,
      List<Mechanism> preferences,
      Cause cause,
      Instant deadline,
      Optional<Session> session,
      Optional<Url> target) {
    this.connection = connection;
    this.preferences = List.copyOf(preferences);
    this.cause = cause;
    this.deadline = deadline;
    this.session = session;
    this.target = target;
  }

  /** A call that has no session yet. */
  public static Call of(
      Connection connection, List<Mechanism> preferences, Cause cause, Instant deadline) {
    return new Call(connection, preferences, cause, deadline, Optional.empty(), Optional.empty());
  }

  /** The connection as it goes ahead from here: own id, own path index. */
  public Connection connection() {
    return connection;
  }

  /** What the caller would accept, best first. */
  public List<Mechanism> preferences() {
    return preferences;
  }

  /**
   * The caller's side, if it can be of that type: one once agreed is kept, else what it prefers.
   */
  public Optional<Mechanism> mechanism(String type) {
    Stream<Mechanism> offered =
        connection.hasMechanism() ? Stream.of(connection.getMechanism()) : preferences.stream();
    return offered.filter(each -> each.getType().equals(type)).findFirst();
  }

  /** Why the chain runs. */
  public Cause cause() {
    return cause;
  }

  /** Until when the caller waits. */
  public Instant deadline() {
    return deadline;
  }

  /** What this connection holds. Only behind the {@link Sessions} link. */
  public Session session() {
    return session.orElseThrow(() -> new IllegalStateException("no Sessions link before this one"));
  }

  /** Where the next hop is, once a link has chosen it. */
  public Optional<Url> target() {
    return target;
  }

  /** The same call on its way to a next hop. */
  public Call towards(Url next) {
    return new Call(connection, preferences, cause, deadline, session, Optional.of(next));
  }

  /** The same call with another connection. */
  public Call with(Connection changed) {
    return new Call(changed, preferences, cause, deadline, session, target);
  }

  /** The same call with its connection edited. */
  public Call edit(UnaryOperator<Connection.Builder> change) {
    return with(change.apply(connection.toBuilder()).build());
  }

  /** The same call with other preferences. */
  public Call preferring(List<Mechanism> changed) {
    return new Call(connection, changed, cause, deadline, session, target);
  }

  /** The same call inside a session. */
  Call in(Session entered) {
    return new Call(connection, preferences, cause, deadline, Optional.of(entered), target);
  }
}

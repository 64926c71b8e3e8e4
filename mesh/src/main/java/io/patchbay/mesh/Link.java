package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;

/**
 * One concern of a connection. It calls {@code next}, or refuses by throwing. What it takes it
 * takes through the call's session, so that closing, expiry and a failed request give it back
 * without the link's doing.
 */
@FunctionalInterface
public interface Link {
  /**
   * Passes the call on, changed or not, and gives back the answer, changed or not. Called by one
   * thread at a time for one connection, by many for different ones.
   */
  Connection request(Call call, Handler next);

  /**
   * Somebody asks to close a connection that is under its own id here, as it would be in a request.
   * Refuses by throwing; links that have nothing against it leave it as it is. Called on the call's
   * own thread, before anything is let go, by many threads at once.
   */
  default void close(Connection asked) {}

  /** What a trace calls it. */
  default String name() {
    return getClass().getSimpleName();
  }

  /**
   * After a restart: says how to let go of what an earlier process held for this session, by {@link
   * Session#adopt}, and sets its timers again. Links that hold nothing durable leave it as it is.
   */
  default void restore(Session session) {}
}

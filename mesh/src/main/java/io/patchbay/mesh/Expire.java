package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;

/**
 * Ends a connection when the requester's token does, unless a refresh came first. After a restart
 * every connection has at least a grace, since a refresh may have come while nobody was here to
 * take it.
 */
public final class Expire implements Link {
  private static final Key<Time.Timer> TIMER = Key.soft("expire");

  private final Time time;
  private final Duration grace;

  /**
   * @param grace how long a connection taken up after a restart lives at least
   */
  public Expire(Time time, Duration grace) {
    this.time = time;
    this.grace = grace;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Instant expires =
        Paths.callerExpires(call.connection())
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.INVALID,
                    "the previous segment of the path has no expiry; send a token"));
    Duration margin = margin(call, expires);
    Connection answer = next.request(call);
    Session session = call.session();
    session.at(TIMER, expires.minus(margin), session::close);
    return answer;
  }

  /**
   * The close must still be done with the token that ends: as long as the request may take before
   * that (contracts/nsm.md 6.3). Of a token with hardly more life a tenth is enough: the rest is
   * time in which a hop that is only restarting may come back.
   */
  private Duration margin(Call call, Instant expires) {
    Duration patience = Duration.between(time.now(), call.deadline());
    Duration tenth = Duration.between(time.now(), expires).dividedBy(10);
    Duration shorter = patience.compareTo(tenth) < 0 ? patience : tenth;
    return shorter.isNegative() ? Duration.ZERO : shorter;
  }

  @Override
  public void restore(Session session) {
    // A request that never succeeded has nobody who knows it and could refresh it.
    Instant soonest = session.agreed() ? time.now().plus(grace) : time.now();
    Instant expires =
        Paths.callerExpires(session.connection()).filter(end -> session.agreed()).orElse(soonest);
    session.at(TIMER, expires.isBefore(soonest) ? soonest : expires, session::close);
  }
}

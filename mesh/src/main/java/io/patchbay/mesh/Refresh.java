package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's link: asks again before any token of the path ends, after the part of the shortest
 * remaining lifetime that contracts/nsm.md 6.3 gives; a refresh that fails is tried again, ever
 * more slowly.
 */
public final class Refresh implements Link {
  private static final Logger log = LoggerFactory.getLogger(Refresh.class);
  private static final Key<Time.Timer> TIMER = Key.soft("refresh");
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(1));

  private final Time time;
  private final Duration patience;

  /**
   * @param patience how long one refresh may take
   */
  public Refresh(Time time, Duration patience) {
    this.time = time;
    this.patience = patience;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    Instant due = time.now().plus(after(answer, time.now()));
    call.session().at(TIMER, due, () -> refresh(call.session(), 1));
    return answer;
  }

  private void refresh(Session session, int attempt) {
    try {
      session.again(new Cause.Refresh(), patience);
    } catch (RuntimeException e) {
      log.warn("refresh {} of {} failed: {}", attempt, session.id(), Failure.text(e));
      Instant due = time.now().plus(RETRY.pause(attempt));
      session.at(TIMER, due, () -> refresh(session, attempt + 1));
    }
  }

  /** How long to wait: the shortest remaining lifetime of the path, times a fifth to two fifths. */
  static Duration after(Connection connection, Instant now) {
    int segments = connection.getPath().getPathSegmentsCount();
    double index = connection.getPath().getIndex();
    double part = segments <= 1 ? 1.0 / 3 : 0.2 + 0.2 * index / segments;
    Duration shortest =
        connection.getPath().getPathSegmentsList().stream()
            .filter(PathSegment::hasExpires)
            .map(segment -> Duration.between(now, Paths.instant(segment.getExpires())))
            .min(Duration::compareTo)
            .filter(lifetime -> lifetime.compareTo(LONGEST) < 0)
            .orElse(LONGEST);
    return Duration.ofNanos(Math.max(0, (long) (shortest.toNanos() * part)));
  }
}

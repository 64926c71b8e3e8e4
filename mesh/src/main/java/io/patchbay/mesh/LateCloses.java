package io.patchbay.mesh;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes that a next hop could not be told when they happened, because it was restarting: it is
 * told again until it hears, or has ended the connection itself. They end with this process, and
 * the connections then end with their tokens. Safe for all threads.
 */
final class LateCloses {
  private static final Logger log = LoggerFactory.getLogger(LateCloses.class);
  private static final Backoff PACE = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(15));

  /** More than this are not told again. */
  static final int MOST = 4096;

  private final Time time;
  private final Map<String, Late> late = new ConcurrentHashMap<>();

  LateCloses(Time time) {
    this.time = time;
  }

  /**
   * Tells it again and again. One that waits for the same id is left to its token.
   *
   * @param id what it is here and at that hop, see {@link Paths#idAhead}
   * @param hop who is to be told
   * @param until when that hop ends the connection by itself
   * @param telling throws Failure UNAVAILABLE or TIMEOUT when it is to be tried again
   */
  void later(String id, Url hop, Instant until, Runnable telling) {
    if (late.size() >= MOST) {
      log.warn("{}: left to its token: {} others wait to be closed already", id, MOST);
    } else {
      Late fresh = new Late(id, hop, until, telling);
      Late before = late.put(id, fresh);
      if (before != null) {
        before.stop();
      }
      fresh.soon();
    }
  }

  /** The hop that is still to be told that this connection has ended, if there is one. */
  Optional<Url> awaited(String id) {
    return Optional.ofNullable(late.get(id)).map(waiting -> waiting.hop);
  }

  /**
   * The connection is wanted again: it is not closed any more once this returns, which may wait for
   * a Close that is just being told.
   */
  void forget(String id) {
    Late waiting = late.remove(id);
    if (waiting != null) {
      waiting.stop();
    }
  }

  private final class Late {
    private final String id;
    private final Url hop;
    private final Instant until;
    private final Runnable telling;
    private boolean stopped; // guarded by this
    private int tries; // guarded by this

    Late(String id, Url hop, Instant until, Runnable telling) {
      this.id = id;
      this.hop = hop;
      this.until = until;
      this.telling = telling;
    }

    synchronized void stop() {
      stopped = true;
    }

    synchronized void soon() {
      tries++;
      var unused = time.schedule(PACE.pause(tries), this::tell);
    }

    private synchronized void tell() {
      if (stopped) {
        return;
      }
      try {
        telling.run();
        log.info("{}: closed at {} at the {}. try", id, hop, tries + 1);
        late.remove(id, this);
      } catch (Failure e) {
        if (isPassing(e) && time.now().isBefore(until)) {
          soon();
        } else {
          log.warn("{}: left to its token: {}", id, Failure.text(e));
          late.remove(id, this);
        }
      }
    }
  }

  /** Whether the hop may hear it later. */
  static boolean isPassing(Failure failure) {
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT -> true;
      default -> false;
    };
  }
}

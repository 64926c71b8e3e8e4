package io.patchbay.sriovmanager.events;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much may be told of one thing: so much at once, and then one at a time, as the kubelet's own
 * events are limited (EventSourceObjectSpamFilter in client-go). For one thread.
 *
 * @param <T> the thing
 */
final class Allowance<T> {
  private static final int AT_ONCE = 25;
  private static final Duration EACH = Duration.ofMinutes(5);

  /** As many things as are remembered; one that is forgotten starts anew. */
  private static final int THINGS = 256;

  /** What was left at that time. */
  private record Left(double pieces, Instant at) {}

  private final Map<T, Left> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<T, Left> eldest) {
          return size() > THINGS;
        }
      };

  /** Whether one more may be told of it now. */
  boolean allows(T thing, Instant now) {
    return left(thing, now) >= 1;
  }

  /** One more was told of it, as was allowed. */
  void use(T thing, Instant now) {
    known.put(thing, new Left(left(thing, now) - 1, now));
  }

  private double left(T thing, Instant now) {
    Left before = known.getOrDefault(thing, new Left(AT_ONCE, now));
    double regained = (double) Duration.between(before.at(), now).toMillis() / EACH.toMillis();
    return Math.min(AT_ONCE, before.pieces() + Math.max(0, regained));
  }
}

package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Ten changes a second, however long each takes: in turns a port is asked for, the next one each
 * time, and the one that was asked for longest ago is given back. Used once.
 */
final class SteadyChanges {
  private static final Duration PACE = Duration.ofMillis(100);

  /** How many ports are kept for a while, so that giving back seldom waits for asking. */
  private static final int KEPT = 10;

  private final ShimProcess shim;
  private final List<Place> places;
  private final Time time;
  private final Samples samples;
  private final Deque<Future<Connection>> kept = new ArrayDeque<>();
  private final List<Future<?>> closed = new ArrayList<>();
  private int asked;

  /** A port with a cable that nobody else asks for. */
  record Place(int number, int port) {}

  /**
   * @param places two at least
   */
  SteadyChanges(ShimProcess shim, List<Place> places, Time time) {
    this.shim = shim;
    this.places = List.copyOf(places);
    this.time = time;
    this.samples = new Samples(time);
  }

  /**
   * Makes so many changes. Throws {@link Failure} if one fails.
   *
   * @return how long each took from when it was due until it was answered
   */
  Samples run(int changes) {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < Math.min(KEPT, places.size() / 2); i++) {
        kept.add(callers.submit(request()));
      }
      for (Future<Connection> each : kept) {
        var unused = each.get();
      }
      long start = time.nanos();
      for (int i = 0; i < changes; i++) {
        long due = start + i * PACE.toNanos();
        time.sleep(Duration.ofNanos(Math.max(0, due - time.nanos())));
        if (i % 2 == 0) {
          kept.add(callers.submit(timed(request(), due)));
        } else {
          closed.add(callers.submit(timed(close(kept.remove()), due)));
        }
      }
      while (!kept.isEmpty()) {
        closed.add(callers.submit(close(kept.remove())));
      }
      for (Future<?> each : closed) {
        var unused = each.get();
      }
      return samples;
    } catch (ExecutionException e) {
      throw new Failure(Failure.Kind.INTERNAL, "a change failed: " + Failure.text(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }

  private Callable<Connection> request() {
    Place place = places.get(asked % places.size());
    String id = "steady-" + asked++;
    return () -> shim.request(id, SwitchFleet.vf(place.number(), place.port()));
  }

  private Callable<Boolean> close(Future<Connection> connection) {
    return () -> {
      shim.close(connection.get());
      return true;
    };
  }

  private <T> Callable<T> timed(Callable<T> change, long due) {
    return () -> {
      T result = change.call();
      samples.add(time.nanos() - due);
      return result;
    };
  }
}

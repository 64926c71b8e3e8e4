package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What people ask about one switch, answered in its writer's turns. {@link #run} is called there,
 * everything else by any thread.
 */
final class Questions implements AutoCloseable {
  private static final int MOST = 16;

  private final String name;
  private final Turns turns;
  private final BlockingQueue<FutureTask<?>> asked = new ArrayBlockingQueue<>(MOST);

  /**
   * @param name the switch's
   */
  Questions(String name, Turns turns) {
    this.name = name;
    this.turns = turns;
  }

  boolean isEmpty() {
    return asked.isEmpty();
  }

  /**
   * Waits for the answer. Throws {@link Failure}: what the question failed with, TIMEOUT, or
   * UNAVAILABLE when too many are waiting or the shim stops.
   */
  <T> T ask(Callable<T> question, Duration patience) {
    FutureTask<T> answer = new FutureTask<>(question);
    if (turns.closed() || !asked.offer(answer)) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + " is asked too much");
    }
    turns.wake();
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (CancellationException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + ": the shim is stopping", e);
    } catch (TimeoutException e) {
      answer.cancel(false); // nobody needs it any more
      throw new Failure(
          Failure.Kind.TIMEOUT, "switch " + name + " is busy, no answer in " + patience, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure
          ? failure
          : new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while asking " + name, e);
    }
  }

  /** Answers those that wait now; those that come meanwhile wait for a turn, as changes do. */
  void run() {
    List<FutureTask<?>> now = new ArrayList<>();
    asked.drainTo(now);
    now.forEach(FutureTask::run);
  }

  /** Those that wait are answered no more. */
  @Override
  public void close() {
    asked.forEach(question -> question.cancel(false));
  }
}

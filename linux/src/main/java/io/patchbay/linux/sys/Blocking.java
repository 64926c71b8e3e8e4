package io.patchbay.linux.sys;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Where native calls wait for the kernel. A native call pins the carrier of a virtual thread, and
 * deleting a link takes the kernel some 15 ms: on a machine with two carriers a daemon would stand
 * still. So the call runs on a platform thread, one of a bounded number, while the caller merely
 * waits, no longer than its deadline. A call that hangs keeps its place: what may hang together,
 * such as all that concerns one device, has a {@link Lane} of its own.
 */
public final class Blocking {
  private static final int THREADS = 64;

  /** For whatever does not hang for long. */
  public static final Lane SHARED = new Lane(THREADS);

  private static final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE, // the places of the lanes are the bound
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("kernel-call-", 0).factory());

  private Blocking() {}

  /** At most so many calls at a time; whoever comes then waits for its turn. Thread-safe. */
  public static final class Lane {
    private final int most;
    private final Semaphore places;

    public Lane(int most) {
      this.most = most;
      this.places = new Semaphore(most);
    }

    /**
     * Runs the work. At the deadline, or when interrupted, the caller goes on with a {@link
     * Failure} although the work may still be done: the kernel cannot be told to stop.
     */
    public <T> T call(String attempt, Duration deadline, Callable<T> work) {
      FutureTask<T> task = new FutureTask<>(work);
      if (NamespaceThread.isCurrent()) {
        task.run();
        return Blocking.wait(attempt, deadline, task);
      }
      place(attempt, deadline);
      threads.execute(() -> {
        try {
          task.run();
        } finally {
          places.release();
        }
      });
      return Blocking.wait(attempt, deadline, task);
    }

    private void place(String attempt, Duration deadline) {
      try {
        if (!places.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new Failure(
              Failure.Kind.TIMEOUT, attempt + ": " + most + " kernel calls are under way");
        }
      } catch (InterruptedException e) {
        throw interrupted(attempt, e);
      }
    }
  }

  /** Runs work that bounds its own time on a thread of its own; an interrupt leaves it alone. */
  public static <T> T alone(String attempt, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().name("kernel-wait").start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw NamespaceThread.rethrown(e);
    } catch (InterruptedException e) {
      throw interrupted(attempt, e);
    }
  }

  private static <T> T wait(String attempt, Duration deadline, FutureTask<T> task) {
    try {
      return task.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw NamespaceThread.rethrown(e);
    } catch (TimeoutException e) {
      throw new Failure(
          Failure.Kind.TIMEOUT,
          attempt + ": no answer from the kernel within " + deadline.toMillis() + " ms",
          e);
    } catch (InterruptedException e) {
      throw interrupted(attempt, e);
    }
  }

  private static Failure interrupted(String attempt, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Failure(Failure.Kind.UNAVAILABLE, attempt + ": interrupted while waiting", e);
  }
}

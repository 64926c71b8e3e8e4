package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Many who ask at the same time. */
final class Callers {
  private Callers() {}

  /**
   * Does a task for each, each on a thread of its own; returns when all have ended. Throws {@link
   * Failure} if one has failed.
   */
  static <T> void atOnce(Collection<T> all, Consumer<T> task) {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> asked = new ArrayList<>();
      all.forEach(each -> asked.add(callers.submit(() -> task.accept(each))));
      for (Future<?> each : asked) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new Failure(Failure.Kind.INTERNAL, "a caller failed: " + Failure.text(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }
}

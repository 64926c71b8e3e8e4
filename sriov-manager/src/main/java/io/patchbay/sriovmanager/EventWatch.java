package io.patchbay.sriovmanager;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Hands the kernel's events to whom they concern, on a thread of its own. */
final class EventWatch<E> implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param next waits so long for the next event; closed by whoever opened it, after this
   * @param told must not block for long
   */
  EventWatch(String name, Function<Duration, Optional<E>> next, Consumer<E> told) {
    thread =
        Thread.ofVirtual()
            .name(name)
            .start(() -> {
              while (!closed) {
                next.apply(PATIENCE).ifPresent(told);
              }
            });
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}

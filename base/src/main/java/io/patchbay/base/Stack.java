package io.patchbay.base;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What has been started or opened, closed in reverse order. Every close runs even if another fails;
 * the failures are gathered on the first one. Closing twice does nothing. Safe for all threads.
 */
public final class Stack implements AutoCloseable {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private boolean closed;

  /**
   * Makes a thing that has what it opens on a stack, and closes all of that when making it fails.
   *
   * @param making gets the empty stack, which the thing then closes with itself
   */
  public static <T> T building(Function<Stack, T> making) {
    Stack stack = new Stack();
    try {
      return making.apply(stack);
    } catch (RuntimeException | Error e) {
      var unused = stack.closeAll(e);
      throw e;
    }
  }

  /** Puts a thing on top, and gives it back; closes it at once if the stack is already closed. */
  public <T extends AutoCloseable> T push(T thing) {
    synchronized (opened) {
      if (!closed) {
        opened.push(thing);
        return thing;
      }
    }
    throwIfAny(close(thing, null));
    throw new IllegalStateException("pushed onto a closed stack: " + thing);
  }

  @Override
  public void close() {
    throwIfAny(closeAll(null));
  }

  /** Gathers what fails on what has failed earlier. */
  private @Nullable Throwable closeAll(@Nullable Throwable earlier) {
    @Nullable Throwable failure = earlier;
    for (AutoCloseable top = pop(); top != null; top = pop()) {
      failure = close(top, failure);
    }
    return failure;
  }

  private @Nullable AutoCloseable pop() {
    synchronized (opened) {
      closed = true;
      return opened.poll();
    }
  }

  private static @Nullable Throwable close(AutoCloseable thing, @Nullable Throwable earlier) {
    try {
      thing.close();
      return earlier;
    } catch (Exception | Error e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      if (earlier == null) {
        return e;
      }
      earlier.addSuppressed(e);
      return earlier;
    }
  }

  private static void throwIfAny(@Nullable Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new Failure(Failure.Kind.INTERNAL, Failure.text(failure), failure);
    }
  }
}

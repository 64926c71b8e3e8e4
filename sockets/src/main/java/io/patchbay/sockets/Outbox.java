package io.patchbay.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.stub.ServerCallStreamObserver;
import io.patchbay.base.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one subscriber of a server stream, at most {@code capacity} items: producers never
 * wait for a slow consumer. On overflow either the newest item per key is kept, or the stream ends
 * with RESOURCE_EXHAUSTED. To be made in the handler, before it returns; then usable from all
 * threads. Items leave in the order of {@link #offer}, one thread at a time, whoever comes along:
 * the producer or gRPC when the consumer is ready again.
 */
public final class Outbox<T> implements AutoCloseable {
  private enum State {
    OPEN,
    /** What waits still goes out, then the stream ends well, or with {@code failure}. */
    CLOSING,
    ENDED
  }

  private final ServerCallStreamObserver<T> observer;
  private final int capacity;
  private final Function<T, ?> key;
  private final UnaryOperator<T> finish;

  @GuardedBy("this")
  private Queue<T> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private State state = State.OPEN;

  @GuardedBy("this")
  private @Nullable Failure failure;

  /** Whether some thread is sending; only that one touches the observer. */
  @GuardedBy("this")
  private boolean sending;

  @GuardedBy("this")
  private final List<Runnable> onEnd = new ArrayList<>();

  /** An outbox that ends the stream when more than {@code capacity} items wait. */
  public Outbox(ServerCallStreamObserver<T> observer, int capacity) {
    this(observer, capacity, item -> new Object());
  }

  /**
   * An outbox that, when more than {@code capacity} items wait, keeps only the newest of each key,
   * and ends the stream when even those are too many.
   */
  public Outbox(ServerCallStreamObserver<T> observer, int capacity, Function<T, ?> key) {
    this(observer, capacity, key, UnaryOperator.identity());
  }

  /**
   * The same for items that get their last touch as they leave, for it depends on what has left
   * before.
   *
   * @param finish called in the order of sending, by one thread at a time; must not block
   */
  public Outbox(
      ServerCallStreamObserver<T> observer,
      int capacity,
      Function<T, ?> key,
      UnaryOperator<T> finish) {
    if (capacity < 1) {
      throw new IllegalArgumentException("an outbox for " + capacity + " items");
    }
    this.observer = observer;
    this.capacity = capacity;
    this.key = key;
    this.finish = finish;
    observer.setOnCancelHandler(this::cancelled);
    observer.setOnReadyHandler(this::send);
  }

  /** Adds an item, without ever waiting. False if the stream has ended, or ends because of this. */
  public boolean offer(T item) {
    boolean accepted = add(item);
    send();
    return accepted;
  }

  /** Runs once, when the stream has ended for whatever reason; at once if it already has. */
  public void onEnd(Runnable task) {
    synchronized (this) {
      if (state != State.ENDED) {
        onEnd.add(task);
        return;
      }
    }
    task.run();
  }

  /** Ends the stream with a failure, after all that waits has gone out. Does not wait for that. */
  public void fail(Failure cause) {
    synchronized (this) {
      if (state == State.OPEN) {
        state = State.CLOSING;
        failure = cause;
      }
    }
    send();
  }

  /** Ends the stream well, after all that waits has gone out. Does not wait for that. */
  @Override
  public void close() {
    synchronized (this) {
      if (state == State.OPEN) {
        state = State.CLOSING;
      }
    }
    send();
  }

  private synchronized boolean add(T item) {
    if (state != State.OPEN) {
      return false;
    }
    if (waiting.size() >= capacity) {
      coalesce(item);
    } else {
      waiting.add(item);
    }
    return state == State.OPEN;
  }

  @GuardedBy("this")
  private void coalesce(T item) {
    waiting.add(item);
    Map<Object, T> newest = new LinkedHashMap<>();
    for (T each : waiting) {
      Object name = key.apply(each);
      newest.remove(name);
      newest.put(name, each);
    }
    waiting = new ArrayDeque<>(newest.values());
    if (waiting.size() > capacity) {
      waiting.clear();
      state = State.CLOSING;
      failure =
          new Failure(
              Failure.Kind.EXHAUSTED,
              "the subscriber is too slow: more than " + capacity + " messages wait; ask again");
    }
  }

  private void cancelled() {
    List<Runnable> tasks;
    synchronized (this) {
      waiting.clear();
      tasks = end();
    }
    tasks.forEach(Runnable::run);
  }

  /** Sends what the consumer can take, unless another thread is doing just that. */
  private void send() {
    synchronized (this) {
      if (sending) {
        return;
      }
      sending = true;
    }
    try {
      for (T item = next(); item != null; item = next()) {
        observer.onNext(finish.apply(item));
      }
    } catch (RuntimeException e) {
      observer.onError(Statuses.toStatus(e));
      cancelled();
    }
  }

  /**
   * The item to send now; null ends the turn of the sending thread, after which others may send.
   */
  private @Nullable T next() {
    List<Runnable> tasks;
    synchronized (this) {
      if (!waiting.isEmpty() && observer.isReady()) {
        return waiting.remove();
      }
      sending = false;
      if (!waiting.isEmpty() || state != State.CLOSING) {
        return null;
      }
      finish();
      tasks = end();
    }
    tasks.forEach(Runnable::run);
    return null;
  }

  @GuardedBy("this")
  private void finish() {
    if (observer.isCancelled()) {
      return;
    }
    if (failure == null) {
      observer.onCompleted();
    } else {
      observer.onError(Statuses.toStatus(failure));
    }
  }

  @GuardedBy("this")
  private List<Runnable> end() {
    state = State.ENDED;
    List<Runnable> tasks = List.copyOf(onEnd);
    onEnd.clear();
    return tasks;
  }
}

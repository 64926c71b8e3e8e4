package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One connection's wish to a switch's writer, and how it ended. Made and awaited by the thread that
 * wishes, settled once by the writer.
 */
final class Change {
  /** What to do with a connection's claim. */
  enum Verb {
    TAKE,
    LEAVE
  }

  private final Verb verb;
  private final String connection;
  private final PortClaim claim;
  private final Instant deadline;
  private final CompletableFuture<Optional<Failure>> end = new CompletableFuture<>();

  Change(Verb verb, String connection, PortClaim claim, Instant deadline) {
    this.verb = verb;
    this.connection = connection;
    this.claim = claim;
    this.deadline = deadline;
  }

  Verb verb() {
    return verb;
  }

  String port() {
    return claim.port();
  }

  Instant deadline() {
    return deadline;
  }

  /** The intent once this change is made. */
  PortIntent on(PortIntent intent) {
    return switch (verb) {
      case TAKE -> intent.with(connection, claim);
      case LEAVE -> intent.without(connection);
    };
  }

  void done() {
    end.complete(Optional.empty());
  }

  void failed(Failure failure) {
    end.complete(Optional.of(failure));
  }

  /** Whether it need not be made: who wished for it has given up. One who leaves still leaves. */
  boolean over() {
    return verb == Verb.TAKE && end.isDone();
  }

  /** Waits for the writer, until the deadline. Throws what the writer failed with, or TIMEOUT. */
  void await(Time time) {
    Time.Timer timer =
        time.schedule(
            Duration.between(time.now(), deadline),
            () -> failed(new Failure(Failure.Kind.TIMEOUT, claim + " was not there in time")));
    try {
      Optional<Failure> failed = end.get();
      if (failed.isPresent()) {
        throw new Failure(failed.get().kind(), Failure.text(failed.get()), failed.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a change is never ended by an exception", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + claim, e);
    } finally {
      timer.cancel();
    }
  }

  @Override
  public String toString() {
    return verb + " " + claim + " for " + connection;
  }
}

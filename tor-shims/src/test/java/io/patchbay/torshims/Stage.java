package io.patchbay.torshims;

import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads of simulated processes act one at a time: who is next is drawn, and time goes
 * on only when all of them wait. The same draws give the same play. All of it is called by one
 * thread, and by the thread that acts.
 */
final class Stage {
  private final Random random;
  private final List<Actor> waiting = new ArrayList<>();
  private final Semaphore back = new Semaphore(0);
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private @Nullable Actor acting;
  private @Nullable Throwable failure;

  /**
   * @param random draws who is next
   */
  Stage(Random random) {
    this.random = random;
  }

  /** A thread of a process, or a timer that is to become one. */
  private final class Actor {
    private final Life life;
    private final Runnable play;
    private final Semaphore go = new Semaphore(0);
    private Instant due;
    private @Nullable CountDownLatch latch;
    private @Nullable Thread thread;

    Actor(Life life, Instant due, Runnable play) {
      this.life = life;
      this.due = due;
      this.play = play;
    }

    boolean ready() {
      return latch == null ? !due.isAfter(now) : latch.getCount() == 0;
    }

    /** Acts until it waits again or is done. */
    void act() {
      acting = this;
      if (thread == null) {
        thread = Thread.ofVirtual().start(this::play);
      } else {
        go.release();
      }
      back.acquireUninterruptibly();
      acting = null;
    }

    private void play() {
      try {
        life.cross();
        play.run();
      } catch (Life.Killed e) {
        // as it should be
      } catch (RuntimeException | Error e) {
        failure = e;
      } finally {
        back.release();
      }
    }

    void pause(Instant until, @Nullable CountDownLatch opens) {
      life.cross();
      due = until;
      latch = opens;
      waiting.add(this);
      back.release();
      go.acquireUninterruptibly();
      latch = null;
      life.cross();
    }
  }

  Instant now() {
    return now;
  }

  /** A thread of a process begins. */
  void start(Life life, Runnable play) {
    waiting.add(new Actor(life, now, play));
  }

  /** Everybody acts who can, until all wait for a later time. */
  void settle() {
    while (true) {
      List<Actor> ready = waiting.stream().filter(Actor::ready).toList();
      if (ready.isEmpty()) {
        return;
      }
      Actor next = ready.get(random.nextInt(ready.size()));
      waiting.remove(next);
      next.act();
      if (failure != null) {
        throw new AssertionError(failure);
      }
    }
  }

  /** Time goes on, from one who waits to the next; ends when a process dies. */
  void advance(Duration duration, Life life) {
    Instant until = now.plus(duration);
    for (settle(); !life.over(); settle()) {
      Instant next =
          waiting.stream()
              .filter(actor -> actor.latch == null)
              .map(actor -> actor.due)
              .min(Instant::compareTo)
              .filter(due -> due.isBefore(until))
              .orElse(until);
      if (!next.isAfter(now)) {
        return;
      }
      now = next;
    }
  }

  /** The threads of a process that is over end where they are, and its timers are gone. */
  void bury(Life life) {
    waiting.removeIf(actor -> actor.life == life && actor.thread == null);
    for (Actor actor : List.copyOf(waiting)) {
      if (actor.life == life) {
        waiting.remove(actor);
        actor.act();
      }
    }
  }

  private Actor acting() {
    Actor actor = acting;
    if (actor == null) {
      throw new IllegalStateException("only who is on stage can wait");
    }
    return actor;
  }

  /** The thread at hand waits for a latch. */
  void await(CountDownLatch latch) {
    if (latch.getCount() > 0) {
      acting().pause(Instant.MAX, latch);
    }
  }

  /** Time as a process of this life has it. */
  Time time(Life life) {
    return new Time() {
      @Override
      public Instant now() {
        return now;
      }

      @Override
      public long nanos() {
        return Duration.between(Instant.EPOCH, now).toNanos();
      }

      @Override
      public void sleep(Duration duration) {
        acting().pause(now.plus(duration), null);
      }

      @Override
      public Timer schedule(Duration delay, Runnable task) {
        life.cross();
        Actor actor = new Actor(life, now.plus(delay.isNegative() ? Duration.ZERO : delay), task);
        waiting.add(actor);
        return () -> {
          if (actor.thread == null) {
            waiting.remove(actor);
          }
        };
      }
    };
  }
}

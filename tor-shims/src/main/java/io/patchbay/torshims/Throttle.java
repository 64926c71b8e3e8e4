package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Backoff;
import io.patchbay.base.Time;

/**
 * Has a task run at once when it is asked for, and then once for all who ask within a while,
 * however many they are. While there is somebody in each such while, the next is longer. Safe for
 * all threads.
 */
final class Throttle {
  private final Runnable task;
  private final Backoff rests;
  private final Time time;

  @GuardedBy("this")
  private boolean resting;

  @GuardedBy("this")
  private boolean asked;

  /** How many times in a row, without a rest in which nobody asked. */
  @GuardedBy("this")
  private int runs;

  /**
   * @param task quick; on the thread of whoever asks, or a timer's
   * @param rests how long the rests are, the longest of which bounds how long anybody waits
   */
  Throttle(Runnable task, Backoff rests, Time time) {
    this.task = task;
    this.rests = rests;
    this.time = time;
  }

  /** Has it run, now or after the rest. */
  void ask() {
    if (mayRun()) {
      task.run();
    }
  }

  private synchronized boolean mayRun() {
    if (resting) {
      asked = true;
      return false;
    }
    rest();
    return true;
  }

  @GuardedBy("this")
  private void rest() {
    resting = true;
    asked = false;
    runs++;
    Time.Timer unused = time.schedule(rests.pause(runs), this::rested);
  }

  private void rested() {
    if (mustRun()) {
      task.run();
    }
  }

  private synchronized boolean mustRun() {
    if (asked) {
      rest();
      return true;
    }
    resting = false;
    runs = 0;
    return false;
  }
}

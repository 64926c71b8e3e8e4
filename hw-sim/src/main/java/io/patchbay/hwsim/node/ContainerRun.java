package io.patchbay.hwsim.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.kubelet.ContainerSpec;
import io.patchbay.hwsim.kubelet.PodSpec.RestartPolicy;
import io.patchbay.hwsim.node.ContainerStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One container of one pod: starts it, waits for its end, starts it again as the policy says, until
 * told to stop. {@link #supervise} belongs to one thread; the rest may be called from any, and the
 * status never waits. The lock is held while it starts, so that nothing starts after {@link
 * #signal}.
 */
final class ContainerRun {
  /** Like a kubelet's, which goes from 10 s to 5 min, but for people who watch. */
  private static final Backoff RESTARTS =
      new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10));

  private static final Duration DEATH = Duration.ofSeconds(10);

  /**
   * What a container was started as.
   *
   * @param logSize bytes of its log that its earlier starts have written
   */
  record Started(Process process, Path log, long logSize, Map<String, List<String>> devices) {}

  /** How containers of this pod are started. */
  interface Starter {
    /** Whether the rack has such an image. */
    boolean knows(String image);

    /** Starts it; throws {@link Failure} if its devices or the machine do not let it. */
    Started start(ContainerSpec container);
  }

  private enum Outcome {
    WELL,
    BADLY,
    NOT_STARTED
  }

  private final ContainerSpec spec;
  private final Starter starter;
  private final Time time;

  /** Written by the supervising thread only. */
  private volatile State state = new State.Waiting("PodInitializing", "");

  /** Written by the supervising thread only. */
  private volatile int restarts;

  private volatile Optional<Started> started = Optional.empty();

  @GuardedBy("this")
  private boolean stopping;

  ContainerRun(ContainerSpec spec, Starter starter, Time time) {
    this.spec = spec;
    this.starter = starter;
    this.time = time;
  }

  ContainerSpec spec() {
    return spec;
  }

  ContainerStatus status() {
    Map<String, List<String>> devices = started.map(Started::devices).orElse(Map.of());
    return new ContainerStatus(spec.name(), state, restarts, devices);
  }

  /** Whether it has been started at least once. */
  boolean hasRun() {
    return started.isPresent();
  }

  /** What it has said since it was last started; empty before it ever was. */
  String said() {
    return started.map(last -> Logs.readSince(last.logSize(), last.log())).orElse("");
  }

  /** Runs it until it ends for good; says whether it ended well. */
  boolean supervise(RestartPolicy policy) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Outcome outcome = runOnce();
      boolean again =
          switch (policy) {
            case ALWAYS -> true;
            case ON_FAILURE -> outcome != Outcome.WELL;
            case NEVER -> outcome == Outcome.NOT_STARTED;
          };
      if (!again) {
        return outcome == Outcome.WELL;
      }
      pause(attempt);
    }
  }

  private Outcome runOnce() throws InterruptedException {
    if (!starter.knows(spec.image())) {
      waitWith("ImagePullBackOff", "Back-off pulling image \"" + spec.image() + "\"");
      return Outcome.NOT_STARTED;
    }
    Started current;
    try {
      current = startNow();
    } catch (Failure e) {
      waitWith("CreateContainerError", Failure.text(e));
      return Outcome.NOT_STARTED;
    }
    int status = current.process().waitFor();
    state = new State.Terminated(status, Logs.tail(current.log()));
    return status == 0 ? Outcome.WELL : Outcome.BADLY;
  }

  private synchronized Started startNow() throws InterruptedException {
    if (stopping) {
      throw new InterruptedException(spec.name() + " is to stop");
    }
    Started current = starter.start(spec);
    started = Optional.of(current);
    state = new State.Running(current.process().pid());
    return current;
  }

  private void waitWith(String reason, String message) {
    state = new State.Waiting(reason, message);
  }

  private void pause(int attempt) throws InterruptedException {
    if (state instanceof State.Terminated ended) {
      waitWith("CrashLoopBackOff", describe(ended));
    }
    time.sleep(RESTARTS.pause(attempt));
    restarts = attempt;
  }

  static String describe(State.Terminated ended) {
    return "exit status %d: %s".formatted(ended.exitStatus(), ended.message());
  }

  /** Asks it to end, and sees to it that it is not started again. */
  synchronized void signal() {
    stopping = true;
    started.ifPresent(current -> current.process().destroy());
  }

  /** Waits for its end, and kills it at the deadline ({@link Time#nanos}). */
  void finish(long deadlineNanos) throws InterruptedException {
    Optional<Started> last = started;
    if (last.isEmpty()) {
      return;
    }
    Process process = last.get().process();
    if (!process.waitFor(Math.max(0, deadlineNanos - time.nanos()), TimeUnit.NANOSECONDS)
        && !process.destroyForcibly().waitFor(DEATH.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new Failure(Failure.Kind.TIMEOUT, spec.name() + " survives kill -9");
    }
  }
}

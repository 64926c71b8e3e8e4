package io.patchbay.bench;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.tor.SwitchFaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * How long a shim that was killed takes from its start until all is in order: with all ports but
 * one asked for and waiting behind a commit of that one, or with nothing to do. Either way all
 * ports are asked for as soon as it serves.
 */
final class ShimKilled {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How long the commit takes during which it is killed. */
  private static final Duration COMMIT = Duration.ofSeconds(1);

  private final ShimProcess shim;
  private final SwitchFleet fleet;
  private final Time time;
  private final Samples serving;

  ShimKilled(ShimProcess shim, SwitchFleet fleet, Time time) {
    this.shim = shim;
    this.fleet = fleet;
    this.time = time;
    this.serving = new Samples(time);
  }

  /** How many turns of both. */
  List<Measurement> measure(int turns) {
    Samples idle = new Samples(time);
    Samples busy = new Samples(time);
    for (int turn = 0; turn < turns; turn++) {
      shim.crash();
      recover(idle);
      crashBusy();
      recover(busy);
    }
    return List.of(
        Measurement.of("killed, started to serving p50", serving.p50(), "ms"),
        Measurement.of(
                "killed with %d waiting, started to all settled p50".formatted(fleet.cables() - 1),
                busy.p50(),
                "ms")
            .against("killed with none waiting", idle.p50()),
        Measurement.of(
                "killed with %d waiting, slowest of %d".formatted(fleet.cables() - 1, turns),
                busy.p99(),
                "ms")
            .against("killed with none waiting", idle.p99()));
  }

  /** It is not started again while the switch still sleeps over the commit. */
  private void crashBusy() {
    fleet.faults(new SwitchFaults(COMMIT));
    Thread first = Thread.startVirtualThread(() -> requestInVain(0));
    Await.until("a commit", PATIENCE, () -> shim.owned() == 1);
    List<Thread> others =
        IntStream.range(1, fleet.cables())
            .mapToObj(port -> Thread.startVirtualThread(() -> requestInVain(port)))
            .toList();
    Await.until("all wait", PATIENCE, () -> shim.waiting() == fleet.cables() - 1);
    shim.crash();
    fleet.faults(SwitchFaults.NONE);
    try {
      first.join();
      for (Thread other : others) {
        other.join();
      }
      time.sleep(COMMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }

  private void requestInVain(int port) {
    try {
      Connection unused = request(port);
      throw new Failure(Failure.Kind.INTERNAL, "the shim answered before it was killed");
    } catch (StatusRuntimeException e) {
      return; // it was killed
    }
  }

  private Connection request(int port) {
    return shim.request("killed-" + port, SwitchFleet.vf(0, port));
  }

  private void recover(Samples samples) {
    ConcurrentLinkedQueue<Connection> answers = new ConcurrentLinkedQueue<>();
    List<Integer> ports = IntStream.range(0, fleet.cables()).boxed().toList();
    samples.time(() -> {
      serving.time(shim::start);
      Callers.atOnce(ports, port -> answers.add(request(port)));
      Await.until("all is settled", PATIENCE, () -> shim.settled(fleet.cables()));
    });
    Callers.atOnce(new ArrayList<>(answers), shim::close);
  }
}

package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.torshims.PortReading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * All ports of one switch asked for at the same time, and one by one; in turns with it, on ports of
 * the same switch that have no cable, the driver's own transaction for as many.
 */
final class PortsAtOnce {
  /** Code is compiled at its 200th call, and most of a transaction is called once in each. */
  private static final int WARM_UP = 40;

  private final ShimProcess shim;
  private final DirectDriver direct;
  private final SwitchFleet fleet;
  private final String where;
  private final Time time;

  /**
   * @param where before the name of each figure; empty, or with a space behind it
   */
  PortsAtOnce(ShimProcess shim, DirectDriver direct, SwitchFleet fleet, String where, Time time) {
    this.where = where;
    this.shim = shim;
    this.direct = direct;
    this.fleet = fleet;
    this.time = time;
  }

  /** How many turns of them count. */
  List<Measurement> together(int turns) {
    int count = fleet.cables();
    Samples requests = new Samples(time);
    Samples closes = new Samples(time);
    Samples one = new Samples(time);
    long most = 0;
    for (int turn = -WARM_UP; turn < turns; turn++) {
      if (turn == 0) {
        List.of(requests, closes, one).forEach(Samples::clear);
        most = 0;
      }
      Map<String, PortReading> before = one.time(() -> direct.carry(fleet.spare(count)));
      direct.restore(before);
      long commits = shim.commits();
      List<Connection> connections = requests.time(this::requestAll);
      most = Math.max(most, shim.commits() - commits);
      closes.time(() -> Callers.atOnce(connections, shim::close));
    }
    String ports = where + count + " ports at once: ";
    String beside = "one transaction of " + count + " ports";
    return List.of(
        Measurement.of(ports + "transactions, the most of " + turns, most, "times")
            .atMost(4, "at least", 1),
        Measurement.of(ports + "Requests p50", requests.p50(), "ms").atMost(3, beside, one.p50()),
        Measurement.of(ports + "Requests, slowest", requests.p99(), "ms")
            .against(beside, one.p99()),
        Measurement.of(ports + "Closes p50", closes.p50(), "ms").against(beside, one.p50()));
  }

  private List<Connection> requestAll() {
    ConcurrentLinkedQueue<Connection> answers = new ConcurrentLinkedQueue<>();
    Callers.atOnce(
        IntStream.range(0, fleet.cables()).boxed().toList(),
        port -> answers.add(shim.request("port-" + port, SwitchFleet.vf(0, port))));
    return new ArrayList<>(answers);
  }

  /** How many turns of a single one count. */
  List<Measurement> single(int turns) {
    Samples requests = new Samples(time);
    Samples one = new Samples(time);
    Samples beyond = new Samples(time);
    for (int turn = -WARM_UP; turn < turns; turn++) {
      if (turn == 0) {
        List.of(requests, one, beyond).forEach(Samples::clear);
      }
      int port = Math.floorMod(turn, fleet.cables());
      long start = time.nanos();
      Map<String, PortReading> before = direct.carry(fleet.spare(1));
      long own = time.nanos() - start;
      direct.restore(before);
      start = time.nanos();
      Connection connection = shim.request("single", SwitchFleet.vf(0, port));
      long whole = time.nanos() - start;
      shim.close(connection);
      one.add(own);
      requests.add(whole);
      beyond.add(whole - own);
    }
    String beside = "one transaction of one port";
    return List.of(
        Measurement.of(where + "one port: Request p50", requests.p50(), "ms")
            .against(beside, one.p50()),
        Measurement.of(where + "one port: Request p99", requests.p99(), "ms")
            .against(beside, one.p99()),
        Measurement.of(where + "one port: beyond the switch's own time p50", beyond.p50(), "ms")
            .atMost(1, "the target", 5));
  }
}

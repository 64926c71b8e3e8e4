package io.patchbay.bench;

import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Grants as the kubelet asks for them. Beside each, in turns with it, the same over the same two
 * sockets with nothing to do, a call to the plugin and one to the manager; and a durable line.
 */
final class Allocations implements AutoCloseable {
  private static final int WARM_UP = 3;
  private static final int ROUNDS = 4;
  private static final int CALLERS = 100;
  private static final int BURSTS = 12;
  private static final String NULL_CALLS = "two null calls";

  private final Stack opened = new Stack();
  private final Time time;
  private final KubeletSide kubelet;
  private final List<String> ids;
  private final Journal journal;

  /**
   * @param folder for a file on the disk that the manager's ledger is on
   */
  Allocations(WideNode wide, Path folder, Time time) {
    this.time = time;
    this.ids = wide.ids();
    this.kubelet = opened.push(new KubeletSide(wide.node().host(), wide.names().getFirst()));
    this.journal = opened.push(Journal.open(folder.resolve("floor.journal")));
  }

  List<Measurement> measure() {
    List<Measurement> results = new ArrayList<>(oneCaller());
    results.add(manyCallers());
    return results;
  }

  private List<Measurement> oneCaller() {
    Samples allocate = new Samples(time);
    Samples nothing = new Samples(time);
    Samples line = new Samples(time);
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      if (round == 0) {
        List.of(allocate, nothing, line).forEach(Samples::clear);
      }
      String value = "round " + round;
      for (String id : ids) {
        nothing.time(kubelet::nothing);
        line.time(() -> journal.put(id, value));
        allocate.time(() -> kubelet.allocate(id));
      }
      ids.forEach(kubelet::release);
    }
    return List.of(
        Measurement.of("Allocate, without a pause p50", allocate.p50(), "ms")
            .against(NULL_CALLS, nothing.p50()),
        Measurement.of("Allocate, without a pause p99", allocate.p99(), "ms")
            .atMost(1, "the target", 5),
        Measurement.of("  " + NULL_CALLS + " p99", nothing.p99(), "ms"),
        Measurement.of("  one durable line p50", line.p50(), "ms"),
        Measurement.of("  one durable line p99", line.p99(), "ms"));
  }

  private Measurement manyCallers() {
    Samples bursts = new Samples(time);
    Samples nothing = new Samples(time);
    List<String> some = ids.subList(0, CALLERS);
    for (int burst = -WARM_UP; burst < BURSTS; burst++) {
      if (burst == 0) {
        bursts.clear();
        nothing.clear();
      }
      nothing.time(() -> Callers.atOnce(some, unused -> kubelet.nothing()));
      bursts.time(() -> Callers.atOnce(some, kubelet::allocate));
      some.forEach(kubelet::release);
    }
    return Measurement.of("100 Allocates at once, p50", bursts.p50(), "ms")
        .atMost(3, "100 times " + NULL_CALLS, nothing.p50());
  }

  @Override
  public void close() {
    opened.close();
  }
}

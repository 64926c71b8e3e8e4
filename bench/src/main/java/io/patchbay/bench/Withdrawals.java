package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.frame.Cable;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** How soon whoever follows the lists of all names, as a kubelet does, knows what has happened. */
final class Withdrawals implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int GRANTS = 200;

  /** sriov-manager's own, of the first loss: a link that comes back is kept waiting so long. */
  private static final double DAMPING_MILLIS = 2000;

  private final Stack opened = new Stack();
  private final WideNode wide;
  private final Time time;
  private final KubeletSide kubelet;
  private final List<ListsSeen> lists;

  Withdrawals(WideNode wide, Time time) {
    this.wide = wide;
    this.time = time;
    List<KubeletSide> sides =
        wide.names().stream()
            .map(name -> opened.push(new KubeletSide(wide.node().host(), name)))
            .toList();
    this.kubelet = sides.getFirst();
    this.lists = sides.stream().map(side -> new ListsSeen(side, time)).toList();
    Await.until("the lists come", SOON, () -> lists.stream().allMatch(ListsSeen::listed));
  }

  /**
   * What grants take that come one at a time: each waits until all lists have told of the one
   * before.
   *
   * @param allocate until Allocate has answered
   * @param withdrawal from its call until the last of the VF's other names no longer offers it
   */
  record Grants(Samples allocate, Samples withdrawal) {}

  /** Grants and gives back one VF after the other. */
  Grants grants() {
    Grants grants = new Grants(new Samples(time), new Samples(time));
    List<ListsSeen> others = lists.subList(1, lists.size());
    for (String id : wide.ids().subList(0, GRANTS)) {
      await("all is free", list -> list.unhealthy().isEmpty(), lists);
      long start = time.nanos();
      var unused = grants.allocate.time(() -> kubelet.allocate(id));
      await(id + " is withdrawn", list -> list.unhealthy().contains(id), others);
      long last = others.stream().mapToLong(ListsSeen::nanos).max().orElseThrow();
      grants.withdrawal.add(last - start);
      kubelet.release(id);
    }
    return grants;
  }

  /** What a list takes on the wire. */
  double bytes() {
    return lists.getFirst().bytes();
  }

  /**
   * Each PF's cable is pulled out and put back: what it takes in the worst case until the last list
   * says so, without the time for which a link that has come back is not relied on.
   */
  List<Measurement> afterLinks(int devices) {
    Samples down = new Samples(time);
    Samples up = new Samples(time);
    for (String pf : List.of("eth1", "eth2")) {
      Cable cable = wide.cable(pf);
      await("all is free", list -> list.unhealthy().isEmpty(), lists);
      long start = time.nanos();
      cable.unplug();
      await(pf + " is down", list -> list.unhealthy().size() == devices, lists);
      down.add(last() - start);
      long again = time.nanos();
      cable.plug();
      await(pf + " is up", list -> list.unhealthy().isEmpty(), lists);
      up.add(last() - again);
    }
    double late = up.p99() - DAMPING_MILLIS;
    return List.of(
        Measurement.of("link down to Unhealthy, all lists, worst of 2", down.p99(), "ms")
            .atMost(1, "the target", 1000),
        Measurement.of("link up to Healthy after the damping, worst of 2", late, "ms")
            .atMost(1, "the target", 2000));
  }

  private long last() {
    return lists.stream().mapToLong(ListsSeen::nanos).max().orElseThrow();
  }

  private static void await(String what, Predicate<ListsSeen> of, List<ListsSeen> lists) {
    Await.until(what, SOON, () -> lists.stream().allMatch(of));
  }

  @Override
  public void close() {
    opened.close();
  }
}

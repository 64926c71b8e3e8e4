package io.patchbay.bench;

import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What the turns of the hardware path took, and where that time went. The parts of one request are
 * what each of its daemons' links took and, as what is left of it, the way between them.
 */
final class PathTimes {
  /** Calls the next hop: its own time is that hop's, and the way there. */
  private static final String DIAL = "Dial";

  /** What was seen from outside in one turn, in nanoseconds. */
  record Turn(long allocate, long request, long ping, long nextPing) {
    long whole() {
      return allocate + request + ping;
    }
  }

  /** The accounts of the daemons that a request goes through. */
  record Traces(ChainTrace nsmgr, ChainTrace manager, ChainTrace shim) {
    static Traces read(
        java.nio.file.Path nsmgr, java.nio.file.Path manager, java.nio.file.Path shim) {
      return new Traces(ChainTrace.read(nsmgr), ChainTrace.read(manager), ChainTrace.read(shim));
    }
  }

  /** A turn, and what the request was called at each daemon. */
  private record Traced(Turn turn, String nsmgr, String manager, String shim) {}

  private final Time time;
  private final List<Traced> turns = new ArrayList<>();
  private final Samples close;

  PathTimes(Time time) {
    this.time = time;
    this.close = new Samples(time);
  }

  void add(Turn turn, Path path) {
    turns.add(
        new Traced(turn, id(path, "nsmgr-"), id(path, "sriov-manager-"), id(path, "tor-shim")));
  }

  private static String id(Path path, String name) {
    return path.getPathSegmentsList().stream()
        .filter(segment -> segment.getName().startsWith(name))
        .map(PathSegment::getId)
        .findFirst()
        .orElseThrow(
            () -> new Failure(Failure.Kind.INTERNAL, "the request did not go through " + name));
  }

  /** Closes a connection, and keeps how long that took. */
  void close(Runnable disconnect) {
    close.time(disconnect);
  }

  /** Forgets what was measured so far. */
  void clear() {
    turns.clear();
    close.clear();
  }

  List<Measurement> results(HardwareFloor floor, Traces traces) {
    String direct = "the same by direct calls";
    Samples whole = samples(each -> each.turn.whole());
    Samples least = floor.whole().plus(samples(each -> each.turn.nextPing));
    ToLongFunction<Traced> nsmgr = each -> traces.nsmgr.took(each.nsmgr, PathTimes::isOwn);
    ToLongFunction<Traced> manager = each -> traces.manager.took(each.manager, PathTimes::isOwn);
    ToLongFunction<Traced> shim = each -> traces.shim.took(each.shim, PathTimes::isOwn);
    Samples between =
        samples(each ->
            each.turn.request
                - nsmgr.applyAsLong(each)
                - manager.applyAsLong(each)
                - shim.applyAsLong(each));
    List<Measurement> all = new ArrayList<>();
    all.add(ms("Allocate to first ping p50", whole.p50()).against(direct, least.p50()));
    all.add(ms("Allocate to first ping p99", whole.p99()).against(direct, least.p99()));
    all.add(
        ms("  Allocate p50", samples(each -> each.turn.allocate).p50())
            .against("one durable line", floor.line().p50()));
    all.add(ms("  Request p50", samples(each -> each.turn.request).p50()));
    all.add(ms("    nsmgr p50", samples(nsmgr).p50()));
    all.add(ms("    sriov-manager p50", samples(manager).p50()));
    all.add(ms("      HoldVf p50: grant, MAC, spoof check", of(traces, "HoldVf").p50()));
    all.add(
        ms("      Tag p50", of(traces, "Tag").p50()).against("tag by netlink", floor.tag().p50()));
    all.add(
        ms("      Attach p50", of(traces, "Attach").p50())
            .atMost(1.3, "move by netlink", floor.move().p50()));
    all.add(
        ms("      Address p50", of(traces, "Address").p50())
            .against("address by netlink", floor.address().p50()));
    all.add(ms("    tor-shim p50", samples(shim).p50()));
    all.add(
        ms(
                "      HoldPort p50: the switch",
                samples(each -> traces.shim.took(each.shim, "HoldPort"::equals)).p50())
            .against("the transaction alone", floor.commit().p50()));
    all.add(ms("    between the processes p50", between.p50()));
    all.add(
        ms("  first ping p50", samples(each -> each.turn.ping).p50())
            .against("the next ping", samples(each -> each.turn.nextPing).p50()));
    all.add(ms("Close p50", close.p50()));
    return all;
  }

  private static boolean isOwn(String link) {
    return !link.equals(DIAL);
  }

  private Samples of(Traces traces, String link) {
    Predicate<String> chosen = link::equals;
    return samples(each -> traces.manager.took(each.manager, chosen));
  }

  private Samples samples(ToLongFunction<Traced> part) {
    Samples samples = new Samples(time);
    turns.forEach(turn -> samples.add(part.applyAsLong(turn)));
    return samples;
  }

  private static Measurement ms(String metric, double value) {
    return Measurement.of("VF: " + metric, value, "ms");
  }
}

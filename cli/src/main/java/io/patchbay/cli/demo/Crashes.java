package io.patchbay.cli.demo;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.node.Daemon;
import io.patchbay.hwsim.node.Host;
import io.patchbay.hwsim.rack.Rack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Daemons die at any moment; wires stay, and what is given up afterwards is still cleaned. */
final class Crashes {
  /**
   * How long the rack file lets tokens live: every client refreshes before, or loses its wire. It
   * does so after two fifths of it at the latest; what is left then is more than three daemons take
   * to start at once on a slow machine of two cores (8 s were seen).
   */
  private static final Duration TOKEN = Duration.ofSeconds(20);

  /** More than a Close takes, and less than most tokens have left by then. */
  private static final Duration CLOSED = Duration.ofSeconds(8);

  /** By the end of a token, and the cleaning that follows. */
  private static final Duration EXPIRED = Duration.ofSeconds(45);

  private final Layout layout;
  private final Rack rack;
  private final Pods pods;
  private final Wires wires;
  private final Report report;

  Crashes(Layout layout, Rack rack, Pods pods, Wires wires, Report report) {
    this.layout = layout;
    this.rack = rack;
    this.pods = pods;
    this.wires = wires;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("kill -9 of sriov-manager and shim: wires stay", this::killed);
    progress.step("a pod deleted right after is cleaned", this::deleted);
    progress.step("a pod whose client was killed is cleaned", this::forsaken);
    report.put("recovered", true);
  }

  /**
   * From here on cnf-2's client stands still: it can remind nobody of what it had. It has just
   * refreshed, so that its wire is good for as long as a token can be.
   */
  private String killed() {
    Host first = rack.cluster().node(layout.first()).host();
    Host second = rack.cluster().node(layout.second()).host();
    Host fabric = rack.host(layout.fabric());
    List<Daemon> killed =
        List.of(
            first.daemon("sriov-manager"),
            second.daemon("sriov-manager"),
            fabric.daemon("tor-shim"));
    refreshed(second);
    pods.signalClient("cnf-2", "STOP");
    Time time = Time.system();
    long stopped = time.nanos();
    killed.forEach(Daemon::kill);
    wires.ping("cnf-1", rack.gateway("myns").address());
    killed.forEach(Daemon::start);
    serves(first, socket(first));
    serves(second, socket(second));
    serves(fabric, new InetSocketAddress(fabric.address(), layout.shimPort()));
    String took = seconds(Duration.ofNanos(time.nanos() - stopped));
    wires.ping("cnf-1", rack.gateway("myns").address());
    wires.ping("cnf-2", rack.gateway("other").address());
    return "20/20 pings while they were dead, 40/40 after " + took;
  }

  private static SocketAddress socket(Host node) {
    return UnixDomainSocketAddress.of(node.meshFolder().resolve("sriov-manager.sock"));
  }

  private static void serves(Host host, SocketAddress address) {
    See.that(
        Await.comesTrue(TOKEN, () -> Door.opens(host.network(), address)),
        "the restart done before the end of a token, " + seconds(TOKEN) + " at most",
        "nobody at " + address + " of " + host.name());
  }

  /**
   * As the kubelet deletes a pod, in two steps: its client is told to end, and closes; then the
   * rest goes. The wire is gone in between: the end of the pod's namespace cannot have taken it.
   * The client was told before it may go on, so that closing is the first thing the new processes
   * hear of the wire: what is to be undone they know from their journals alone.
   */
  private String deleted() {
    String seen =
        wires.gone(
            "cnf-2",
            Set.of(),
            CLOSED,
            () -> {
              pods.signalClient("cnf-2", "TERM");
              pods.signalClient("cnf-2", "CONT");
            });
    pods.delete("cnf-2");
    return seen;
  }

  /** It has refreshed before, so nothing but the end of that token can take its wire away. */
  private String forsaken() {
    pods.signalClient("cnf-1", "KILL");
    wires.ping("cnf-1", rack.gateway("myns").address());
    return wires.gone("cnf-1", Set.of(), EXPIRED, () -> {});
  }

  /** Waits until the manager of a node writes down that a client has refreshed. */
  private static void refreshed(Host node) {
    Path journal = node.ownFolder().resolve("sriov-manager").resolve("sessions");
    long before = size(journal);
    See.that(
        Await.comesTrue(TOKEN, () -> size(journal) != before),
        "a refresh at the manager of " + node.name() + ", due before a token ends",
        "none in " + seconds(TOKEN));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot look at " + file + ": " + e, e);
    }
  }
}

package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.VfTraffic;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What is told to Prometheus (docs/operators.md lists the names). Everything is read when it is
 * asked for; how many series there are follows from PFs, names and VFs, whatever pods come and go.
 *
 * @param ledgerFile the ledger on disk, for its size
 */
record Metrics(
    Stock stock, Ledger ledger, Path ledgerFile, LiveConfig config, TrafficReader traffic) {
  /** The states of a VF, as they are called in labels. */
  private static final List<State> STATES =
      List.of(State.FREE, State.RESERVED, State.HELD, State.DRAINING, State.BROKEN);

  /** A counter of VFs: the end of its name, and where its value is. */
  private record Counted(String name, String help, ToLongFunction<VfTraffic> value) {}

  private static final List<Counted> COUNTED =
      List.of(
          new Counted("receive_packets", "Frames received.", vf -> vf.received().packets()),
          new Counted("receive_bytes", "Bytes received.", vf -> vf.received().bytes()),
          new Counted(
              "receive_dropped", "Frames for it that were dropped.", vf -> vf.received().dropped()),
          new Counted("transmit_packets", "Frames sent.", vf -> vf.sent().packets()),
          new Counted("transmit_bytes", "Bytes sent.", vf -> vf.sent().bytes()),
          new Counted(
              "transmit_dropped", "Frames of it that were dropped.", vf -> vf.sent().dropped()),
          new Counted("receive_broadcast", "Broadcast frames received.", VfTraffic::broadcast),
          new Counted("receive_multicast", "Multicast frames received.", VfTraffic::multicast));

  /** All of it. */
  PrometheusRegistry registry(GrantTimes times) {
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(times.seconds());
    registerVfs(registry);
    COUNTED.forEach(counted -> register(registry, counted));
    number(registry, "patchbay_ledger_claims", "VFs that are not free.", this::claims);
    number(registry, "patchbay_ledger_bytes", "Size of the ledger on disk.", this::ledgerBytes);
    number(
        registry,
        "patchbay_vfs_not_home",
        "VFs that could not be brought home when that was last tried.",
        () -> ledger.troubles().all().size());
    number(
        registry,
        "patchbay_config_problems",
        "Mistakes in the config file, and changes of it that a VF in use stands in the way of.",
        () -> config.problems().size());
    var unused =
        CounterWithCallback.builder()
            .name("patchbay_homecoming_failures_total")
            .help("Tries to bring a VF home and make it as it was that failed.")
            .callback(callback -> callback.call(ledger.troubles().failures()))
            .register(registry);
    return registry;
  }

  /** Reads one number. */
  @FunctionalInterface
  private interface Reading {
    double now();
  }

  private static void number(
      PrometheusRegistry registry, String name, String help, Reading reading) {
    var unused =
        GaugeWithCallback.builder()
            .name(name)
            .help(help)
            .callback(callback -> callback.call(reading.now()))
            .register(registry);
  }

  private double claims() {
    return ledger.claims().size();
  }

  private double ledgerBytes() {
    try {
      return Files.size(ledgerFile);
    } catch (IOException e) {
      return Double.NaN; // it is just being replaced
    }
  }

  private void registerVfs(PrometheusRegistry registry) {
    var unused =
        GaugeWithCallback.builder()
            .name("patchbay_vfs")
            .help("VFs by PF, by a name that they can be asked for by, and by state.")
            .labelNames("pf", "resource", "state")
            .callback(callback ->
                states()
                    .forEach((kind, count) ->
                        callback.call(count, kind.pf, kind.resource, name(kind.state))))
            .register(registry);
    var unusedToo =
        GaugeWithCallback.builder()
            .name("patchbay_vf_pod")
            .help("1 for each VF that a container has; join it with the counters on pci_address.")
            .labelNames("pci_address", "resource", "namespace", "pod", "container")
            .callback(callback -> owned().forEach(vf -> callback.call(1, owner(vf))))
            .register(registry);
  }

  /** What VFs are counted by. */
  private record Kind(String pf, String resource, State state) {}

  /** Also the states that no VF is in, so that a series does not end when it falls to 0. */
  private Map<Kind, Integer> states() {
    Map<Kind, Integer> counts = new HashMap<>();
    for (VirtualFunction vf : stock.catalog().get().getFunctionsList()) {
      for (String resource : vf.getResourceNamesList()) {
        for (State state : STATES) {
          int one = vf.getState() == state ? 1 : 0;
          counts.merge(new Kind(vf.getPfAddress(), resource, state), one, Integer::sum);
        }
      }
    }
    return counts;
  }

  private static String name(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private Stream<VirtualFunction> owned() {
    return stock.catalog().get().getFunctionsList().stream()
        .filter(vf -> !vf.getOwner().getPodName().isEmpty());
  }

  private static String[] owner(VirtualFunction vf) {
    Owner owner = vf.getOwner();
    return new String[] {
      vf.getPciAddress(),
      owner.getResourceName(),
      owner.getPodNamespace(),
      owner.getPodName(),
      owner.getContainerName()
    };
  }

  private void register(PrometheusRegistry registry, Counted counted) {
    var unused =
        CounterWithCallback.builder()
            .name("patchbay_vf_" + counted.name + "_total")
            .help(counted.help + " As the NIC counts for the VF, read every 15 s at most.")
            .labelNames("pci_address", "pf", "vf")
            .callback(callback ->
                carried()
                    .forEach((vf, carried) ->
                        callback.call(
                            counted.value.applyAsLong(carried),
                            vf.getPciAddress(),
                            vf.getPfAddress(),
                            Integer.toString(vf.getNumber()))))
            .register(registry);
  }

  private Map<VirtualFunction, VfTraffic> carried() {
    List<VirtualFunction> functions = stock.catalog().get().getFunctionsList();
    Set<String> pfs = new TreeSet<>();
    functions.stream()
        .map(VirtualFunction::getPfName)
        .filter(pf -> !pf.isEmpty())
        .forEach(pfs::add);
    Map<String, List<VfTraffic>> read = traffic.of(pfs);
    Map<VirtualFunction, VfTraffic> byVf = new HashMap<>();
    for (VirtualFunction vf : functions) {
      read.getOrDefault(vf.getPfName(), List.of()).stream()
          .filter(carried -> carried.number() == vf.getNumber())
          .forEach(carried -> byVf.put(vf, carried));
    }
    return byVf;
  }
}

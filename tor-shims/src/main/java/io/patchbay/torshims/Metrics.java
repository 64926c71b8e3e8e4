package io.patchbay.torshims;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * What is told to Prometheus (docs/fabric.md lists the names). Everything is read when it is asked
 * for, from memory: a scrape asks no switch. How many series there are follows from the files.
 *
 * @param switches by their names
 */
record Metrics(
    FabricServices fabric, Segments segments, Map<String, Told> switches, CommitMeasures commits) {
  /** What tells about one switch. */
  record Told(SwitchWriter writer, HeardDriver driver) {}

  Metrics {
    switches = Map.copyOf(switches);
  }

  /** Tells all of it there. */
  void register(PrometheusRegistry registry) {
    registry.register(commits.seconds());
    registry.register(commits.changes());
    registerLoad(registry);
    registerLinks(registry);
    registerCounts(registry);
    registerReach(registry);
    registerSegments(registry);
  }

  /** Whether this replica is the writer, which each replica tells. */
  static void registerReplica(PrometheusRegistry registry, BooleanSupplier writes) {
    var unused =
        GaugeWithCallback.builder()
            .name("patchbay_shim_writer")
            .help("1 if this replica is the one that writes to the switches, 0 if it stands by.")
            .callback(callback -> callback.call(writes.getAsBoolean() ? 1 : 0))
            .register(registry);
  }

  private void registerLoad(PrometheusRegistry registry) {
    gauge(
        registry,
        "waiting_changes",
        "Changes that wait for their turn.",
        told -> told.writer.load().waiting());
    gauge(
        registry,
        "oldest_change_seconds",
        "How long the oldest change has waited, the one at hand included.",
        told -> told.writer.load().oldestChange().toMillis() / 1e3);
    gauge(
        registry,
        "unsettled_ports",
        "Ports that may not be as they should be.",
        told -> told.writer.load().unsettledPorts());
    gauge(
        registry,
        "unsettled_seconds",
        "How long the port that has been unsettled longest is.",
        told -> told.writer.load().unsettled().toMillis() / 1e3);
  }

  private void registerLinks(PrometheusRegistry registry) {
    gauge(
        registry,
        "failed_ports",
        "Ports that had a link and have lost it.",
        told -> told.writer.links().failed().size());
  }

  private void registerCounts(PrometheusRegistry registry) {
    counter(
        registry,
        "drifted_ports_total",
        "Ports that were settled, were found changed by somebody else, and were put right.",
        told -> told.writer.numbers().driftedPorts());
    counter(
        registry,
        "repaired_ports_total",
        "Ports that were put right, those after a failed change or a restart included.",
        told -> told.writer.numbers().repairedPorts());
    counter(
        registry,
        "failures_total",
        "Changes and repairs that failed, those that are tried again included.",
        told -> told.writer.numbers().failures());
    counter(
        registry,
        "locked_out_total",
        "Changes and looks that were given up because somebody else had the switch's lock.",
        told -> told.driver.lockedOut());
    counter(
        registry,
        "not_permitted_total",
        "Changes and looks that the switch does not allow the shim's user.",
        told -> told.driver.notPermitted());
  }

  private void gauge(
      PrometheusRegistry registry, String name, String help, ToDoubleFunction<Told> value) {
    var unused =
        GaugeWithCallback.builder()
            .name("patchbay_switch_" + name)
            .help(help)
            .labelNames("switch")
            .callback(callback ->
                switches.forEach((tor, told) -> callback.call(value.applyAsDouble(told), tor)))
            .register(registry);
  }

  private void counter(
      PrometheusRegistry registry, String name, String help, ToDoubleFunction<Told> value) {
    var unused =
        CounterWithCallback.builder()
            .name("patchbay_switch_" + name)
            .help(help)
            .labelNames("switch")
            .callback(callback ->
                switches.forEach((tor, told) -> callback.call(value.applyAsDouble(told), tor)))
            .register(registry);
  }

  /** A switch that nobody has asked anything yet has none. */
  private void registerReach(PrometheusRegistry registry) {
    var unused =
        GaugeWithCallback.builder()
            .name("patchbay_switch_reachable")
            .help("1 if the switch let the shim in and answered when it was last asked, else 0.")
            .labelNames("switch")
            .callback(callback ->
                switches.forEach((tor, told) ->
                    told.driver
                        .reachable()
                        .ifPresent(reached -> callback.call(reached ? 1 : 0, tor))))
            .register(registry);
  }

  private void registerSegments(PrometheusRegistry registry) {
    var unused =
        GaugeWithCallback.builder()
            .name("patchbay_service_segments")
            .help("VLANs of a service's pool: its own, those of others in it, and the free ones.")
            .labelNames("service", "state")
            .callback(callback -> {
              for (FabricService service : fabric.services()) {
                Segments.Use use = segments.use(service);
                callback.call(use.own(), service.name(), "own");
                callback.call(use.others(), service.name(), "others");
                callback.call(use.free(), service.name(), "free");
              }
            })
            .register(registry);
  }
}

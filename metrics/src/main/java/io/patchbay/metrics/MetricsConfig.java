package io.patchbay.metrics;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether and where a daemon tells Prometheus its numbers. */
public record MetricsConfig(
    @Variable(
            name = "PROMETHEUS",
            fallback = "false",
            help = "whether it answers GET /metrics in Prometheus' format")
        boolean prometheus,
    @Variable(
            name = "NSM_PROMETHEUS_LISTEN_ON",
            fallback = ":8081",
            help = "where it does so, over plain HTTP: host:port, or :port for every address")
        Url listenOn) {
  /**
   * Serves from now on, or as soon as the port is free; nothing where it is switched off.
   *
   * @param registry what to serve; asked for only where it is served
   */
  public Optional<MetricsDoor> open(Supplier<PrometheusRegistry> registry, Time time) {
    if (!prometheus) {
      return Optional.empty();
    }
    PrometheusRegistry told = registry.get();
    return Optional.of(MetricsDoor.open(() -> MetricsServer.start(listenOn, told), time));
  }
}

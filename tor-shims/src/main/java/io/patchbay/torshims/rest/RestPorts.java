package io.patchbay.torshims.rest;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortReading;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All ports of a switch at one moment.
 *
 * @param version the controller's ETag for that
 * @param links those of them that have a link, true, and that have none, false
 */
record RestPorts(String version, Map<String, PortReading> readings, Map<String, Boolean> links) {
  RestPorts {
    readings = Map.copyOf(readings);
    links = Map.copyOf(links);
  }

  /** Some of them. Throws {@link Failure} of kind NOT_FOUND where one is not there. */
  Map<String, PortReading> of(String who, Set<String> ports) {
    Set<String> unknown = new TreeSet<>(ports);
    unknown.removeAll(readings.keySet());
    if (!unknown.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          who + " has no port " + unknown + ", only " + new TreeSet<>(readings.keySet()));
    }
    Map<String, PortReading> some = new TreeMap<>(readings);
    some.keySet().retainAll(ports);
    return some;
  }
}

package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Finds out, before anybody asks for a service, whether the switches would put it on the ports that
 * have a cable. Changes nothing on them, and gives no VLAN to anybody. Any thread.
 */
final class Trial {
  private final FabricServices fabric;
  private final Cables cables;
  private final Segments segments;
  private final Map<String, SwitchWriter> writers;

  /**
   * @param writers by the name of their switch
   */
  Trial(
      FabricServices fabric, Cables cables, Segments segments, Map<String, SwitchWriter> writers) {
    this.fabric = fabric;
    this.cables = cables;
    this.segments = segments;
    this.writers = new TreeMap<>(writers);
  }

  /**
   * What became of it.
   *
   * @param objection why the switch would not, or cannot be asked; empty where it would
   */
  record Verdict(String service, PortClaim claim, Optional<String> objection) {}

  /**
   * Tries services at switches, all switches at once. Throws {@link Failure} of kind NOT_FOUND for
   * a service or a switch that is not in the files.
   *
   * @param service only this one, unless empty
   * @param switchName only this one, unless empty
   */
  List<Verdict> run(String service, String switchName, Duration patience) {
    List<FabricService> services =
        service.isEmpty() ? fabric.services() : List.of(fabric.find(service));
    if (!switchName.isEmpty() && !writers.containsKey(switchName)) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no switch '" + switchName + "', only " + writers.keySet());
    }
    List<Future<List<Verdict>>> tried;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      tried =
          writers.keySet().stream()
              .filter(name -> switchName.isEmpty() || name.equals(switchName))
              .map(name -> threads.submit(() -> run(services, name, patience)))
              .toList();
    } // which waits for all of them
    return tried.stream().flatMap(one -> one.resultNow().stream()).toList();
  }

  private List<Verdict> run(List<FabricService> services, String name, Duration patience) {
    return services.stream()
        .filter(service -> service.isAt(name))
        .flatMap(service -> run(service, name, patience))
        .toList();
  }

  private Stream<Verdict> run(FabricService service, String name, Duration patience) {
    int vlan = segments.likely(service);
    List<PortClaim> claims =
        cables.ports(name).stream().sorted().map(port -> new PortClaim(name, port, vlan)).toList();
    Map<String, Optional<String>> objections = new TreeMap<>();
    try {
      objections.putAll(Objects.requireNonNull(writers.get(name)).rehearse(claims, patience));
    } catch (Failure e) {
      claims.forEach(claim -> objections.put(claim.port(), Optional.of(Failure.text(e))));
    }
    return claims.stream()
        .map(claim ->
            new Verdict(
                service.name(), claim, objections.getOrDefault(claim.port(), Optional.empty())));
  }
}

package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
 * have a cable, and on those of its gateways. Changes nothing on them, and gives no VLAN to
 * anybody. Any thread.
 */
final class Trial {
  private final FabricServices fabric;
  private final Cables cables;
  private final Segments segments;
  private final Map<String, SwitchWriter> writers;
  private final Time time;

  /**
   * @param writers by the name of their switch
   */
  Trial(
      FabricServices fabric,
      Cables cables,
      Segments segments,
      Map<String, SwitchWriter> writers,
      Time time) {
    this.fabric = fabric;
    this.cables = cables;
    this.segments = segments;
    this.writers = new TreeMap<>(writers);
    this.time = time;
  }

  /**
   * What is to be tried.
   *
   * @param service only this one, unless empty
   * @param switchName only this one, unless empty
   * @param capability the resource that VFs were asked for as; if empty, what a service has for all
   *     others is tried
   */
  record Question(String service, String switchName, String capability) {}

  /**
   * What became of it.
   *
   * @param objection why the service can have no VLAN, or the switch would not or cannot be asked;
   *     empty where it would
   */
  record Verdict(String service, PortClaim claim, Optional<String> objection) {}

  /**
   * Tries services at switches, all switches at once. Throws {@link Failure} of kind NOT_FOUND for
   * a service or a switch that is not in the files.
   *
   * @param patience for all of it
   */
  List<Verdict> run(Question question, Duration patience) {
    String switchName = question.switchName();
    List<FabricService> services =
        question.service().isEmpty() ? fabric.services() : List.of(fabric.find(question.service()));
    if (!switchName.isEmpty() && !writers.containsKey(switchName)) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no switch '" + switchName + "', only " + writers.keySet());
    }
    Instant end = time.now().plus(patience);
    List<Future<List<Verdict>>> tried;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      tried =
          writers.keySet().stream()
              .filter(name -> switchName.isEmpty() || name.equals(switchName))
              .map(name -> threads.submit(() -> run(services, name, question.capability(), end)))
              .toList();
    } // which waits for all of them
    return tried.stream().flatMap(one -> one.resultNow().stream()).toList();
  }

  /** Where the switch cannot be asked for one service, it is not asked for the next. */
  private List<Verdict> run(
      List<FabricService> services, String name, String capability, Instant end) {
    SwitchWriter writer = Objects.requireNonNull(writers.get(name));
    List<Verdict> verdicts = new ArrayList<>();
    Optional<String> silence = Optional.empty();
    for (FabricService service : services) {
      List<PortClaim> claims = claims(service, name, capability);
      if (!claims.isEmpty()) {
        Map<String, Optional<String>> objections = Map.of();
        Optional<String> refusal = refusal(service, capability);
        if (refusal.isEmpty() && silence.isEmpty()) {
          try {
            objections = writer.rehearse(claims, Duration.between(time.now(), end));
          } catch (RuntimeException e) {
            silence = Optional.of(Failure.text(e));
          }
        }
        for (PortClaim claim : claims) {
          Optional<String> answer = objections.getOrDefault(claim.port(), silence);
          verdicts.add(new Verdict(service.name(), claim, refusal.or(() -> answer)));
        }
      }
    }
    return verdicts;
  }

  /** Why nobody is let on it, whatever a switch says; empty where somebody is. */
  private Optional<String> refusal(FabricService service, String capability) {
    try {
      if (!capability.isEmpty()) {
        service.requireRate(capability);
      }
    } catch (Failure e) {
      return Optional.of(Failure.text(e));
    }
    return segments.objection(service);
  }

  private List<PortClaim> claims(FabricService service, String name, String capability) {
    int vlan = segments.likely(service);
    Stream<PortClaim> clients =
        cables.ports(name).stream()
            .filter(port -> service.isAt(name))
            .sorted()
            .map(port -> new PortClaim(name, port, vlan, capability, service.wish()))
            .map(claim -> claim.wishing(service.wish()));
    Stream<PortClaim> gateways =
        service.gatewayPorts().stream()
            .filter(port -> port.isAt(name))
            .map(port -> new PortClaim(name, port.port(), vlan));
    return Stream.concat(clients, gateways).toList();
  }
}

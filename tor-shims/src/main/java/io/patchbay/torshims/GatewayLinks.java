package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a service still reaches its gateway: it does not when a gateway port of it has failed and
 * no other may have a link. One that its switch tells nothing of, or that has yet to be asked for,
 * may have one; one that never had a link has not failed, and is no way out either. Safe for all
 * threads.
 */
final class GatewayLinks {
  private final FabricServices fabric;
  private final Map<String, SwitchWriter> writers;

  /**
   * @param writers by the name of their switch
   */
  GatewayLinks(FabricServices fabric, Map<String, SwitchWriter> writers) {
    this.fabric = fabric;
    this.writers = Map.copyOf(writers);
  }

  /**
   * Whether all its gateway ports are cut off; never of a service without any.
   *
   * @param service as a request names it
   */
  boolean areCut(String service) {
    List<GatewayPort> ports = ports(service);
    return ports.stream().anyMatch(port -> has(port, PortLinks::isFailed))
        && ports.stream().allMatch(port -> has(port, PortLinks::isDown));
  }

  /** Throws {@link Failure} of kind UNAVAILABLE for a service whose gateway ports are cut off. */
  void require(String service) {
    if (areCut(service)) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "service %s does not reach its gateway: none of %s has a link; mend a cable there, or enable a port"
              .formatted(service, ports(service)));
    }
  }

  private List<GatewayPort> ports(String service) {
    return fabric.known(service).map(FabricService::gatewayPorts).orElse(List.of());
  }

  /** How a switch's ports are asked about one of them. */
  @FunctionalInterface
  private interface Question {
    boolean ask(PortLinks links, String port);
  }

  private boolean has(GatewayPort port, Question question) {
    return Optional.ofNullable(writers.get(port.switchName()))
        .filter(writer -> question.ask(writer.links(), port.port()))
        .isPresent();
  }
}

package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fabric file: what services this fabric offers. Immutable.
 *
 * @param domain the registry domain the services belong to; a request may name it behind an
 *     {@code @}
 * @param parkingVlan a VLAN that leads nowhere: a port whose former configuration nobody knows is
 *     put there, as an access port; 4094 when not given
 * @param identities who speaks for the VFs of each node
 */
public record FabricServices(
    String domain, Integer parkingVlan, List<FabricService> services, NodeIdentities identities) {
  public FabricServices {
    if (domain == null || domain.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "the fabric needs a 'domain'");
    }
    parkingVlan = PortConfig.checkVlan(requireNonNullElse(parkingVlan, 4094));
    identities = requireNonNullElse(identities, NodeIdentities.USUAL);
    services = services == null ? List.of() : List.copyOf(services);
    Set<String> names = new HashSet<>();
    Map<Integer, String> fixed = new HashMap<>();
    Map<String, Boolean> lags = new HashMap<>();
    for (int i = 0; i < services.size(); i++) {
      FabricService service = services.get(i);
      if (!names.add(service.name())) {
        throw invalid(i, "name", "service " + service.name() + " is listed twice");
      }
      if (service.pool().size() == 1) {
        String other = fixed.put(service.pool().first(), service.name());
        if (other != null) {
          throw invalid(
              i, "vlans", "VLAN " + service.pool().first() + " is service " + other + "'s");
        }
      }
      for (GatewayPort port : service.gatewayPorts()) {
        @Nullable Boolean other = lags.put(port.toString(), port.isLag());
        if (other != null && other != port.isLag()) {
          throw invalid(i, "gatewayPorts", "port " + port + " is a LAG in one place only");
        }
      }
      if (service.pool().contains(parkingVlan)) {
        throw invalid(i, "vlans", "VLAN " + parkingVlan + " is the parking VLAN");
      }
      requireOwnVnis(services, i);
    }
  }

  /** No VNI may come to be two services'. */
  private static void requireOwnVnis(List<FabricService> services, int index) {
    FabricService service = services.get(index);
    for (FabricService other : services.subList(0, index)) {
      if (service.evpn() != null
          && other.evpn() != null
          && service.evpn().collides(service.pool(), other.evpn(), other.pool())) {
        throw invalid(
            index,
            "evpn",
            "with vniBase %s service %s could get a VNI that is service %s's, whose vniBase is %s; give both the same, or bases that are farther apart"
                .formatted(
                    service.evpn().vniBase(),
                    service.name(),
                    other.name(),
                    other.evpn().vniBase()));
      }
    }
  }

  /**
   * Reads the file, which has a service at least. Throws {@link Failure} of kind INVALID with line
   * and field, or NOT_FOUND.
   */
  public static FabricServices readFile(Path file, Set<String> switches) {
    return Json.readFile(
        file,
        FabricServices.class,
        fabric -> {
          if (fabric.services.isEmpty()) {
            throw new Failure(Failure.Kind.INVALID, "no service below 'services'");
          }
          fabric.check(switches);
        });
  }

  /** The same, where services may be elsewhere, too. */
  static FabricServices readFileOfSome(Path file, Set<String> switches) {
    return Json.readFile(file, FabricServices.class, fabric -> fabric.check(switches));
  }

  /** With one more. Throws {@link Failure} of kind INVALID when it does not fit to the others. */
  FabricServices with(FabricService more, Switches switches, Cables cables) {
    List<FabricService> all = new ArrayList<>(services);
    all.add(more);
    try {
      FabricServices with = new FabricServices(domain, parkingVlan, all, identities);
      with.check(switches.names());
      with.requireFitting(switches, cables);
      return with;
    } catch (Failure e) {
      String field = Failure.text(e).replaceFirst("^services\\[\\d+]\\.", "");
      throw new Failure(e.kind(), field, e);
    }
  }

  private void check(Set<String> switches) {
    for (int i = 0; i < services.size(); i++) {
      for (String name : services.get(i).switches()) {
        if (!switches.contains(name)) {
          throw invalid(i, "switches", "no switch '" + name + "', only " + switches);
        }
      }
      for (GatewayPort port : services.get(i).gatewayPorts()) {
        if (!switches.contains(port.switchName())) {
          throw invalid(
              i, "gatewayPorts", "no switch '" + port.switchName() + "', only " + switches);
        }
      }
    }
  }

  /** Throws {@link Failure} of kind INVALID for a service that does not fit to the other files. */
  void requireFitting(Switches switches, Cables cables) {
    requireSettable(switches);
    requireSegments(switches);
    requireApart(cables);
    requireTagged(cables);
  }

  /**
   * A service's segment is made only where the shim makes VLANs, and in the words of OpenConfig.
   */
  void requireSegments(Switches switches) {
    for (int i = 0; i < services.size(); i++) {
      for (SwitchEntry entry : switches.switches()) {
        if (services.get(i).evpn() != null
            && services.get(i).reaches(entry.name())
            && entry.networkInstance().isEmpty()) {
          throw invalid(
              i,
              "evpn",
              "service %s can be had at switch %s, which %s; leave evpn out, or list under switches only others"
                  .formatted(
                      services.get(i).name(),
                      entry.name(),
                      entry.setsPorts()
                          ? "has no networkInstance in the switches file"
                          : "is not spoken to by NETCONF or gNMI"));
        }
      }
    }
  }

  /**
   * Which services are segments of the fabric's EVPN at a switch.
   *
   * @param former services that may have left the file, and a network instance there
   */
  EvpnServices evpn(String switchName, Set<String> former) {
    Map<String, Evpn> segments = new HashMap<>();
    Set<String> others = new HashSet<>(former);
    for (FabricService service : services) {
      if (service.evpn() == null || !service.reaches(switchName)) {
        others.add(service.name());
      } else {
        segments.put(service.name(), service.evpn());
      }
    }
    return new EvpnServices(segments, others);
  }

  /** A service sets nothing of its ports that a switch where it can be had is not told. */
  void requireSettable(Switches switches) {
    for (int i = 0; i < services.size(); i++) {
      List<String> fields = services.get(i).port().fields();
      for (SwitchEntry entry : switches.switches()) {
        if (!fields.isEmpty() && services.get(i).isAt(entry.name()) && !entry.setsPorts()) {
          throw invalid(
              i,
              fields.getFirst(),
              "switch %s is spoken to by %s, which sets nothing of a port but VLANs; leave %s out, or list under switches only others"
                  .formatted(entry.name(), entry.snmp() != null ? "SNMP" : "REST", fields));
        }
      }
    }
  }

  /** The ports of a switch behind which services have their gateways. */
  Set<GatewayPort> gatewayPorts(String switchName) {
    return services.stream()
        .flatMap(service -> service.gatewayPorts().stream())
        .filter(port -> port.isAt(switchName))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** What a node sends without a tag is on no service: nobody has asked for that. */
  private void requireTagged(Cables cables) {
    for (Cable cable : cables.cables()) {
      Integer untagged = cable.nativeVlan();
      if (untagged == null) {
        continue;
      }
      String where = "nativeVlan of node %s at port %s of %s";
      String whose = where.formatted(cable.node(), cable.port(), cable.switchName());
      if (untagged.equals(parkingVlan)) {
        throw new Failure(
            Failure.Kind.INVALID, "parkingVlan: VLAN " + untagged + " is the " + whose);
      }
      for (int i = 0; i < services.size(); i++) {
        if (services.get(i).pool().contains(untagged)) {
          throw invalid(
              i,
              "vlans",
              "VLAN %d is the %s in the cables file: its host would be on the service unasked"
                  .formatted(untagged, whose));
        }
      }
    }
  }

  /** What is behind a gateway port is on the services of all who name it: no node may be there. */
  private void requireApart(Cables cables) {
    for (int i = 0; i < services.size(); i++) {
      for (GatewayPort port : services.get(i).gatewayPorts()) {
        if (cables.plugs(port.switchName()).contains(port.port())) {
          throw invalid(
              i, "gatewayPorts", "port " + port + " has a node's cable in the cables file");
        }
      }
    }
  }

  /**
   * What the service that has a VLAN wants of ports besides; nothing where none of these has it.
   */
  PortWish wish(Optional<String> service) {
    return services.stream()
        .filter(known -> service.equals(Optional.of(known.name())))
        .findFirst()
        .map(FabricService::wish)
        .orElse(PortWish.NONE);
  }

  private static Failure invalid(int index, String field, String why) {
    return new Failure(Failure.Kind.INVALID, "services[" + index + "]." + field + ": " + why);
  }

  /**
   * The service a request means by {@code name} or {@code name@domain}. Throws {@link Failure} of
   * kind NOT_FOUND.
   */
  FabricService find(String name) {
    return known(name)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.NOT_FOUND,
                "no service '"
                    + name
                    + "' in the fabric of "
                    + domain
                    + ", only "
                    + services.stream().map(FabricService::name).toList()));
  }

  /** The same; empty for a service that is not, or no longer, in the file. */
  Optional<FabricService> known(String name) {
    String local = name.endsWith("@" + domain) ? name.substring(0, name.indexOf('@')) : name;
    return services.stream().filter(service -> service.name().equals(local)).findFirst();
  }
}

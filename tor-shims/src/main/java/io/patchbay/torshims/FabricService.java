package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortItem.Aspect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One network service that the fabric offers.
 *
 * @param payload ETHERNET or IP; ETHERNET when not given
 * @param vlans ids and {@code low-high} ranges the service's VLAN is taken from; one id fixes it
 * @param switches where it can be had; everywhere when not given
 * @param mtu the largest frame payload in bytes, 0 when the service does not care
 * @param port what of its ports the service sets besides the VLAN; nothing when not given
 * @param gatewayPorts where its gateway is, and whatever else is not behind a cable of the cables
 *     file; none when not given
 * @param evpn how its VLAN is known beyond a switch; null when the fabric's VLANs reach everywhere
 */
public record FabricService(
    String name,
    String payload,
    List<String> vlans,
    Addressing addresses,
    List<String> switches,
    Integer mtu,
    Port port,
    List<GatewayPort> gatewayPorts,
    @Nullable Evpn evpn) {
  /** RFC 791: what every link must carry; 65535 is what the model's leaf can hold. */
  private static final int MTU_LEAST = 68;

  private static final int MTU_MOST = 65535;

  /**
   * What a service sets of the switch ports that carry it, as long as they do. What is left out is
   * neither read nor written.
   *
   * @param mtu the port's own: how much of a frame counts is the switch's matter; null when the
   *     service leaves it alone
   * @param description whether the port is to say whose it is; false when not given
   * @param acl which ACLs of the switch are bound to it
   * @param qos and which scheduler policies
   */
  public record Port(@Nullable Integer mtu, Boolean description, BoundAcls acl, BoundPolicies qos) {
    /** Nothing but the VLAN. */
    static final Port NONE = new Port(null, false);

    /** With nothing bound. */
    public Port(@Nullable Integer mtu, Boolean description) {
      this(mtu, description, BoundAcls.NONE, BoundPolicies.NONE);
    }

    public Port {
      description = requireNonNullElse(description, false);
      acl = requireNonNullElse(acl, BoundAcls.NONE);
      qos = requireNonNullElse(qos, BoundPolicies.NONE);
      if (mtu != null && (mtu < MTU_LEAST || mtu > MTU_MOST)) {
        throw new Failure(
            Failure.Kind.INVALID, "port.mtu " + mtu + " is not in " + MTU_LEAST + ".." + MTU_MOST);
      }
    }

    /** The fields of the fabric file that ask for something. */
    List<String> fields() {
      List<String> fields = new ArrayList<>();
      if (mtu != null) {
        fields.add("port.mtu");
      }
      if (description) {
        fields.add("port.description");
      }
      Aspect.BOUND.stream()
          .filter(aspect -> bound(aspect).isPresent())
          .forEach(aspect -> fields.add(field(aspect)));
      if (!qos.capabilities().isEmpty()) {
        fields.add("port.qos.capabilities");
      }
      return fields;
    }

    /** What it sets for a VF that was asked for as that resource. */
    Port of(String capability) {
      return new Port(mtu, description, acl, qos.of(capability));
    }

    /** What is to be bound by it; empty when it leaves that alone. */
    Optional<PortConfig> bound(Aspect aspect) {
      return switch (aspect) {
        case VLANS, MTU, DESCRIPTION -> Optional.empty();
        case ACL_IN -> Optional.ofNullable(acl.in()).map(BoundAcls.Named::set);
        case ACL_OUT -> Optional.ofNullable(acl.out()).map(BoundAcls.Named::set);
        case QOS_IN -> Optional.ofNullable(qos.in()).map(Leaf::new);
        case QOS_OUT -> Optional.ofNullable(qos.out()).map(Leaf::new);
      };
    }

    /** The field of the fabric file that says what is bound. */
    static String field(Aspect aspect) {
      return "port." + aspect.name().toLowerCase(Locale.ROOT).replace('_', '.');
    }

    /** Throws {@link Failure} of kind INVALID for what no switch can have under that name. */
    private void requireBindable(String service) {
      try {
        acl.requireValid();
        qos.requireValid();
      } catch (Failure e) {
        throw new Failure(e.kind(), "service " + service + ": port." + Failure.text(e), e);
      }
    }
  }

  public FabricService {
    if (name == null || name.isBlank() || name.indexOf('@') >= 0) {
      throw new Failure(Failure.Kind.INVALID, "a service needs a 'name' without '@'");
    }
    if (vlans == null || vlans.isEmpty() || addresses == null) {
      throw new Failure(Failure.Kind.INVALID, "service " + name + ": give 'vlans' and 'addresses'");
    }
    payload = requireNonNullElse(payload, "ETHERNET");
    if (!payload.equals("ETHERNET") && !payload.equals("IP")) {
      throw new Failure(
          Failure.Kind.INVALID, "payload '" + payload + "' of service " + name + " is not known");
    }
    vlans = List.copyOf(vlans);
    switches = switches == null ? List.of() : List.copyOf(switches);
    mtu = requireNonNullElse(mtu, 0);
    port = requireNonNullElse(port, Port.NONE);
    gatewayPorts = gatewayPorts == null ? List.of() : List.copyOf(gatewayPorts);
    if (mtu != 0 && (mtu < MTU_LEAST || mtu > MTU_MOST)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "mtu " + mtu + " of service " + name + " is not in " + MTU_LEAST + ".." + MTU_MOST);
    }
    if (port.mtu() != null && port.mtu() < mtu) {
      throw new Failure(
          Failure.Kind.INVALID,
          "port.mtu %d of service %s is less than its mtu %d: its own ports would drop its frames"
              .formatted(port.mtu(), name, mtu));
    }
    port.requireBindable(name);
    SortedSet<Integer> pool = pool(vlans);
    if (evpn != null) {
      evpn.requireRoom(name, pool);
    }
  }

  /** One that sets nothing of its ports but the VLAN. */
  public FabricService(
      String name,
      String payload,
      List<String> vlans,
      Addressing addresses,
      List<String> switches,
      Integer mtu) {
    this(name, payload, vlans, addresses, switches, mtu, Port.NONE, List.of(), null);
  }

  /** The segment that it is with a VLAN; empty where it is none. */
  Optional<EvpnInstance> segment(int vlan) {
    return Optional.ofNullable(evpn).map(known -> known.instance(name, vlan));
  }

  /** What it wants of a port besides its VLAN. */
  PortWish wish() {
    return new PortWish(name, port);
  }

  /**
   * Nobody is on a service that has a rate for each capability without one. Throws {@link Failure}
   * of kind DENIED.
   *
   * @param capability the resource that the VF was asked for as; empty when the node does not say
   */
  void requireRate(String capability) {
    if (!port.qos().covers(capability)) {
      throw new Failure(
          Failure.Kind.DENIED,
          "service %s has a rate for VFs of %s only, and %s"
              .formatted(
                  name,
                  port.qos().capabilities().keySet(),
                  capability.isEmpty()
                      ? "the node does not say what this one was asked for as"
                      : "this one was asked for as " + capability));
    }
  }

  /** Every VLAN the service may have. */
  SortedSet<Integer> pool() {
    return pool(vlans);
  }

  private static SortedSet<Integer> pool(List<String> vlans) {
    SortedSet<Integer> pool = new TreeSet<>();
    for (String range : vlans) {
      List<Integer> ends = new ArrayList<>();
      for (String end : range.split("-", 2)) {
        try {
          ends.add(PortConfig.checkVlan(Integer.parseInt(end.strip())));
        } catch (NumberFormatException e) {
          throw new Failure(
              Failure.Kind.INVALID, "vlans: '" + range + "' is neither an id nor low-high", e);
        }
      }
      if (ends.getFirst() > ends.getLast()) {
        throw new Failure(Failure.Kind.INVALID, "vlans: '" + range + "' runs backwards");
      }
      for (int vlan = ends.getFirst(); vlan <= ends.getLast(); vlan++) {
        pool.add(vlan);
      }
    }
    return pool;
  }

  /** Whether its VLAN may come to be on a switch. */
  boolean reaches(String switchName) {
    return isAt(switchName) || gatewayPorts.stream().anyMatch(port -> port.isAt(switchName));
  }

  /** Whether the service can be had at a switch. */
  boolean isAt(String switchName) {
    return switches.isEmpty() || switches.contains(switchName);
  }
}

package io.patchbay.hwsim.tor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.netconf.RpcError;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A switch as a rack file describes it.
 *
 * @param name its system name
 * @param ports in the order of its front panel
 * @param netconf how it is managed
 * @param capabilities what its NETCONF server offers; left out: {@link Capability#WITH_CANDIDATE}
 * @param knownVlansOnly whether it forwards only VLANs that its network instance lists, as most
 *     switches do; left out: false
 * @param models what of OpenConfig it knows that not every switch does; left out: all of it
 * @param config what it is configured with from the start beside its ports: OpenConfig as JSON_IETF
 *     has it (RFC 7951); left out: nothing
 */
public record SwitchDescription(
    String name,
    List<Port> ports,
    Access netconf,
    Set<Capability> capabilities,
    Boolean knownVlansOnly,
    Set<OptionalModel> models,
    JsonNode config) {
  /** A switch with a candidate datastore that forwards every VLAN. */
  public SwitchDescription(String name, List<Port> ports, Access netconf) {
    this(name, ports, netconf, Capability.WITH_CANDIDATE);
  }

  /** A switch that forwards every VLAN. */
  public SwitchDescription(
      String name, List<Port> ports, Access netconf, Set<Capability> capabilities) {
    this(name, ports, netconf, capabilities, false);
  }

  /** A switch that knows all models. */
  public SwitchDescription(
      String name,
      List<Port> ports,
      Access netconf,
      Set<Capability> capabilities,
      boolean knownVlansOnly) {
    this(
        name,
        ports,
        netconf,
        capabilities,
        knownVlansOnly,
        EnumSet.allOf(OptionalModel.class),
        JsonNodeFactory.instance.objectNode());
  }

  /**
   * One port and its factory setting. A file that leaves a component out hands in null, which
   * becomes what is said here.
   *
   * @param description left out: empty
   * @param mode {@code ACCESS} or {@code TRUNK}; left out: the port is in no VLAN
   * @param accessVlan 1 to 4094; left out: 0, none
   * @param nativeVlan 1 to 4094; left out: 0, none
   * @param trunkVlans ids and ranges {@code low..high}; left out or empty: all VLANs
   * @param lag whether it is a LAG, of the one link that it has; left out: false
   */
  public record Port(
      String name,
      String description,
      String mode,
      Integer accessVlan,
      Integer nativeVlan,
      List<String> trunkVlans,
      Boolean lag) {
    public Port {
      lag = lag != null && lag;
      description = description == null ? "" : description;
      mode = mode == null ? "" : mode;
      accessVlan = accessVlan == null ? 0 : accessVlan;
      nativeVlan = nativeVlan == null ? 0 : nativeVlan;
      trunkVlans = trunkVlans == null ? List.of() : List.copyOf(trunkVlans);
      check(name != null && !name.isBlank(), "a port needs a name");
      check(Set.of("", "ACCESS", "TRUNK").contains(mode), name + ": no port mode '" + mode + "'");
      check(mode.equals("ACCESS") || accessVlan == 0, name + ": accessVlan needs mode ACCESS");
      check(
          mode.equals("TRUNK") || (nativeVlan == 0 && trunkVlans.isEmpty()),
          name + ": nativeVlan and trunkVlans need mode TRUNK");
      VlanSet.of(trunkVlans);
      checkVlan(name, accessVlan);
      checkVlan(name, nativeVlan);
    }

    /** One that is no LAG. */
    public Port(
        String name,
        String description,
        String mode,
        int accessVlan,
        int nativeVlan,
        List<String> trunkVlans) {
      this(name, description, mode, accessVlan, nativeVlan, trunkVlans, false);
    }

    /** A port in no VLAN. */
    public static Port bare(String name) {
      return new Port(name, "", "", 0, 0, List.of());
    }

    /** An access port. */
    public static Port access(String name, int vlan) {
      return new Port(name, "", "ACCESS", vlan, 0, List.of());
    }

    /** A trunk without native VLAN; no VLANs named means all. */
    public static Port trunk(String name, String... vlans) {
      return new Port(name, "", "TRUNK", 0, 0, List.of(vlans));
    }
  }

  public SwitchDescription {
    check(name != null && !name.isBlank(), "a switch needs a name");
    check(netconf != null, "switch " + name + " needs a section netconf");
    ports = ports == null ? List.of() : List.copyOf(ports);
    capabilities = capabilities == null ? Capability.WITH_CANDIDATE : Set.copyOf(capabilities);
    knownVlansOnly = knownVlansOnly != null && knownVlansOnly;
    models = Set.copyOf(models == null ? EnumSet.allOf(OptionalModel.class) : models);
    config =
        config == null || config.isNull()
            ? JsonNodeFactory.instance.objectNode()
            : config.deepCopy();
    Set<String> names = new HashSet<>();
    for (Port port : ports) {
      check(names.add(port.name()), "switch " + name + " has port " + port.name() + " twice");
    }
    checkConfig(name, new SwitchModel(ports, knownVlansOnly, models, config));
  }

  /** The same switch, managed otherwise. */
  public SwitchDescription managed(Access access) {
    return new SwitchDescription(name, ports, access, capabilities, knownVlansOnly, models, config);
  }

  /** The same switch, knowing these models alone of those that not every switch knows. */
  public SwitchDescription knowing(Set<OptionalModel> known) {
    return new SwitchDescription(name, ports, netconf, capabilities, knownVlansOnly, known, config);
  }

  /** What OpenConfig means on it. */
  SwitchModel model() {
    return new SwitchModel(ports, knownVlansOnly, models, config);
  }

  private static void checkConfig(String name, SwitchModel model) {
    try {
      model.validate(model.factoryConfig());
    } catch (Failure e) {
      throw new Failure(Failure.Kind.INVALID, "config of " + name + ": " + e.getMessage(), e);
    } catch (RpcError.Refusal e) {
      RpcError first = e.errors().getFirst();
      throw new Failure(
          Failure.Kind.INVALID,
          "config of " + name + " at " + first.path() + ": " + first.message(),
          e);
    }
  }

  private static void checkVlan(String port, int vlan) {
    if (vlan != 0) {
      check(VlanSet.ALL.contains(vlan), port + ": " + vlan + " is no VLAN from 1 to 4094");
    }
  }

  private static void check(boolean sound, String otherwise) {
    if (!sound) {
      throw new Failure(Failure.Kind.INVALID, otherwise);
    }
  }
}

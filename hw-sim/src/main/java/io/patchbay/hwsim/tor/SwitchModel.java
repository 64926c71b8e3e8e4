package io.patchbay.hwsim.tor;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.DataJson;
import io.patchbay.hwsim.netconf.InstancePath;
import io.patchbay.hwsim.netconf.PortVlans;
import io.patchbay.hwsim.netconf.RpcError;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What OpenConfig means on this switch: the factory configuration as data, data as a {@link
 * SwitchPlan}, and what makes no sense. Pure.
 */
final class SwitchModel {

  private final List<SwitchDescription.Port> ports;
  private final boolean knownVlansOnly;
  private final Set<OptionalModel> models;
  private final JsonNode config;

  /**
   * @param knownVlansOnly whether a VLAN that is not listed is not forwarded
   * @param config what is configured from the start beside the ports, as JSON_IETF
   */
  SwitchModel(
      List<SwitchDescription.Port> ports,
      boolean knownVlansOnly,
      Set<OptionalModel> models,
      JsonNode config) {
    this.ports = ports;
    this.knownVlansOnly = knownVlansOnly;
    this.models = models;
    this.config = config;
  }

  /** What it speaks. */
  List<YangModule> modules() {
    return OpenConfig.modules(models);
  }

  /**
   * The configuration of a switch that nobody has configured. Throws {@link
   * io.patchbay.base.Failure} of kind INVALID or NOT_FOUND when the description's is not of this
   * schema.
   */
  Data factoryConfig() {
    Data interfaces = OpenConfig.empty("interfaces");
    for (SwitchDescription.Port port : ports) {
      interfaces = interfaces.with(factoryConfig(port));
    }
    Schema root = OpenConfig.root(models);
    Data bare = Data.empty(root).with(interfaces).with(NetworkInstances.factoryConfig(root));
    return DataJson.read(bare, config, true);
  }

  private static Data factoryConfig(SwitchDescription.Port port) {
    Data config =
        OpenConfig.empty("interfaces", "interface", "config")
            .with("name", port.name())
            .with("type", port.lag() ? OpenConfig.LAG_TYPE : OpenConfig.ETHERNET_TYPE)
            .with("enabled", "true");
    if (!port.description().isEmpty()) {
      config = config.with("description", port.description());
    }
    Data entry = OpenConfig.empty("interfaces", "interface").with("name", port.name()).with(config);
    return port.mode().isEmpty()
        ? entry
        : PortVlans.with(entry, Optional.of(switched(port, PortVlans.schema(entry))));
  }

  private static Data switched(SwitchDescription.Port port, Schema schema) {
    Data config = Data.empty(schema).with("interface-mode", port.mode());
    if (port.accessVlan() > 0) {
      config = config.with("access-vlan", port.accessVlan().toString());
    }
    if (port.nativeVlan() > 0) {
      config = config.with("native-vlan", port.nativeVlan().toString());
    }
    for (String vlans : port.trunkVlans()) {
      config = config.with("trunk-vlans", vlans);
    }
    return config;
  }

  /** What a valid configuration makes the switch do. A port not mentioned is in no VLAN. */
  SwitchPlan plan(Data config) {
    Map<String, Data> interfaces =
        entries(config, "interfaces", "interface")
            .collect(Collectors.toMap(Data::key, Function.identity()));
    Map<String, SwitchPlan.Port> plans =
        ports.stream()
            .collect(
                Collectors.toMap(
                    SwitchDescription.Port::name,
                    port -> port(Optional.ofNullable(interfaces.get(port.name())))));
    Located root = Located.root(config);
    return new SwitchPlan(
        plans,
        NetworkInstances.idle(root, knownVlansOnly),
        policies(AclModel.bound(root, "ingress"), QosModel.bound(root, "input")),
        policies(AclModel.bound(root, "egress"), QosModel.bound(root, "output")),
        NetworkInstances.segments(root));
  }

  private static Map<String, PortPolicy> policies(
      Map<String, List<AccessList>> lists, Map<String, Rate> rates) {
    return Stream.concat(lists.keySet().stream(), rates.keySet().stream())
        .distinct()
        .collect(
            Collectors.toMap(
                Function.identity(),
                port ->
                    new PortPolicy(
                        lists.getOrDefault(port, List.of()),
                        Optional.ofNullable(rates.get(port)))));
  }

  private static SwitchPlan.Port port(Optional<Data> entry) {
    Optional<Data> config = entry.flatMap(data -> data.child("config"));
    return new SwitchPlan.Port(
        config.flatMap(data -> data.leaf("enabled")).map(Boolean::parseBoolean).orElse(true),
        config.flatMap(data -> data.leaf("mtu")).map(Integer::valueOf).orElse(OpenConfig.MTU_MAX),
        entry
            .flatMap(PortVlans::config)
            .map(SwitchModel::mode)
            .orElseGet(PortMode.Unswitched::new));
  }

  /** An access port without a VLAN is in none; a trunk that names no VLANs carries all. */
  private static PortMode mode(Data config) {
    return switch (config.leaf("interface-mode").orElse("")) {
      case "ACCESS" ->
          config
              .leaf("access-vlan")
              .<PortMode>map(vlan -> new PortMode.Access(Integer.parseInt(vlan)))
              .orElseGet(PortMode.Unswitched::new);
      case "TRUNK" -> {
        List<String> carried = config.all("trunk-vlans").map(Data::value).toList();
        yield new PortMode.Trunk(
            config
                .leaf("native-vlan")
                .map(vlan -> OptionalInt.of(Integer.parseInt(vlan)))
                .orElseGet(OptionalInt::empty),
            carried.isEmpty() ? VlanSet.ALL : VlanSet.of(carried));
      }
      default -> new PortMode.Unswitched();
    };
  }

  /** Throws {@link RpcError.Refusal} at the first thing that makes no sense. */
  void validate(Data config) {
    Set<String> names =
        ports.stream().map(SwitchDescription.Port::name).collect(Collectors.toSet());
    InstancePath interfaces = InstancePath.ROOT.to(OpenConfig.empty("interfaces"));
    entries(config, "interfaces", "interface")
        .forEach(entry -> validateInterface(entry, interfaces.to(entry), names));
    NetworkInstances.validate(Located.root(config));
    AclModel.validate(Located.root(config), names);
    QosModel.validate(Located.root(config), names);
  }

  private static void validateInterface(Data entry, InstancePath path, Set<String> names) {
    if (!names.contains(entry.key())) {
      throw RpcError.at(
              path.to(entry.child("name").orElseThrow()),
              Tag.INVALID_VALUE,
              "this switch has no interface " + entry.key())
          .with("bad-element", "name")
          .refusal();
    }
    Constraints.keysRepeated(entry, path);
    Constraints.present(entry, "type", path);
    String container = PortVlans.container(entry);
    PortVlans.config(entry)
        .ifPresent(config -> validateMode(config, switchedPath(path, container)));
    entry
        .child(container.equals("ethernet") ? "aggregation" : "ethernet")
        .ifPresent(wrong -> {
          String name = wrong.schema().name();
          throw RpcError.at(
                  path.to(wrong), Tag.UNKNOWN_ELEMENT, name + " is not for interfaces of this type")
              .with("bad-element", name)
              .refusal();
        });
  }

  private static InstancePath switchedPath(InstancePath entry, String container) {
    return entry
        .to(OpenConfig.empty("interfaces", "interface", container))
        .to(OpenConfig.empty("interfaces", "interface", container, "switched-vlan"))
        .to(OpenConfig.empty("interfaces", "interface", container, "switched-vlan", "config"));
  }

  /** A leaf whose when is false is an unknown element (RFC 7950 section 8.3.2). */
  private static void validateMode(Data config, InstancePath path) {
    String mode = config.leaf("interface-mode").orElse("");
    for (Data leaf : config.children()) {
      String wanted =
          switch (leaf.schema().name()) {
            case "access-vlan" -> "ACCESS";
            case "native-vlan", "trunk-vlans" -> "TRUNK";
            default -> mode;
          };
      if (!wanted.equals(mode)) {
        throw RpcError.at(
                path.to(leaf),
                Tag.UNKNOWN_ELEMENT,
                leaf.schema().name() + " needs interface-mode " + wanted + ", it is '" + mode + "'")
            .with("bad-element", leaf.schema().name())
            .refusal();
      }
    }
  }

  private static Stream<Data> entries(Data parent, String container, String list) {
    return parent.child(container).stream().flatMap(data -> data.all(list));
  }
}

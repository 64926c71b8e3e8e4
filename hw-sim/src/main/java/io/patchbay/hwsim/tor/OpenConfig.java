package io.patchbay.hwsim.tor;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.Schema.Container;
import io.patchbay.hwsim.netconf.Schema.Entries;
import io.patchbay.hwsim.netconf.Schema.Leaf;
import io.patchbay.hwsim.netconf.Schema.LeafList;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The part of OpenConfig the simulated switch speaks (contract tor.md section 2). Containers called
 * {@code state}, and all of LLDP, are read only.
 */
final class OpenConfig {
  private static final String BASE = "http://openconfig.net/yang/";
  private static final YangModule INTERFACES =
      new YangModule(BASE + "interfaces", "oc-if", "openconfig-interfaces");
  private static final YangModule ETHERNET =
      new YangModule(BASE + "interfaces/ethernet", "oc-eth", "openconfig-if-ethernet");
  private static final YangModule AGGREGATE =
      new YangModule(BASE + "interfaces/aggregate", "oc-lag", "openconfig-if-aggregate");
  private static final YangModule VLAN =
      new YangModule(BASE + "vlan", "oc-vlan", "openconfig-vlan");
  private static final YangModule LLDP =
      new YangModule(BASE + "lldp", "oc-lldp", "openconfig-lldp");
  private static final YangModule IF_TYPES =
      new YangModule("urn:ietf:params:xml:ns:yang:iana-if-type", "ianaift", "iana-if-type");

  private static final List<YangModule> MODULES =
      Stream.of(
              List.of(INTERFACES, ETHERNET, AGGREGATE, VLAN),
              NetworkInstanceSchema.MODULES,
              List.of(LLDP, IF_TYPES))
          .flatMap(List::stream)
          .toList();

  /** The type of a port, as a leaf holds it. */
  static final String ETHERNET_TYPE = "ianaift:ethernetCsmacd";

  /** The type of a LAG. */
  static final String LAG_TYPE = "ianaift:ieee8023adLag";

  /** The longest payload a port can take; more than frames here can hold makes no sense. */
  static final int MTU_MAX = 9216;

  private static final LeafType TEXT = LeafType.text(255);
  private static final LeafType VLAN_ID = LeafType.number(1, VlanTag.ID_MAX);
  private static final LeafType SECONDS = LeafType.number(0, Long.MAX_VALUE);
  private static final LeafType ID_TYPE =
      LeafType.oneOf(Arrays.stream(IdType.values()).map(IdType::name).toArray(String[]::new));
  private static final LeafType VLAN_RANGE =
      new LeafType() {
        @Override
        public String canonical(String text, UnaryOperator<String> prefixes) {
          VlanSet.of(List.of(text));
          return text;
        }

        /** An id is a number, a range is a string. */
        @Override
        public JsonNode json(String canonical) {
          return (canonical.contains("..") ? TEXT : VLAN_ID).json(canonical);
        }
      };

  private static final Schema PORTS = interfaces();
  private static final Schema NEIGHBOURS = lldp();

  /** The root of every datastore of a switch that knows all models. */
  static final Schema ROOT = root(EnumSet.allOf(OptionalModel.class));

  private OpenConfig() {}

  /** The root of every datastore of a switch that knows these models beside the others. */
  static Schema root(Set<OptionalModel> models) {
    Schema instances =
        models.contains(OptionalModel.EVPN)
            ? NetworkInstanceSchema.WITH_EVPN
            : NetworkInstanceSchema.PLAIN;
    List<Schema> trees = new ArrayList<>(List.of(PORTS, instances, NEIGHBOURS));
    EnumSet.allOf(OptionalModel.class).stream()
        .filter(models::contains)
        .forEach(model -> model.tree().ifPresent(trees::add));
    return new Container(YangModule.NETCONF, "data", true, trees);
  }

  /** The modules for hello. */
  static List<YangModule> modules(Set<OptionalModel> models) {
    return Stream.concat(
            MODULES.stream(), models.stream().sorted().flatMap(model -> model.modules().stream()))
        .toList();
  }

  /** An empty node at the end of these names from the root. */
  static Data empty(String... names) {
    return empty(ROOT, names);
  }

  /** An empty node at the end of these names from the root of a switch's datastores. */
  static Data empty(Schema root, String... names) {
    Schema schema = root;
    for (String name : names) {
      schema = schema.child(name);
    }
    return Data.empty(schema);
  }

  private static Schema interfaces() {
    List<Schema> config =
        List.of(
            new Leaf(INTERFACES, "name", TEXT),
            new Leaf(
                INTERFACES, "type", LeafType.identity(IF_TYPES, "ethernetCsmacd", "ieee8023adLag")),
            new Leaf(INTERFACES, "mtu", LeafType.number(68, MTU_MAX)),
            new Leaf(INTERFACES, "description", TEXT),
            new Leaf(INTERFACES, "enabled", LeafType.flag()));
    List<Schema> state =
        List.of(
            new Leaf(INTERFACES, "ifindex", LeafType.number(1, Integer.MAX_VALUE)),
            new Leaf(INTERFACES, "admin-status", LeafType.oneOf("UP", "DOWN")),
            new Leaf(INTERFACES, "oper-status", LeafType.oneOf("UP", "DOWN")));
    return new Container(
        INTERFACES,
        "interfaces",
        true,
        List.of(
            new Entries(
                INTERFACES,
                "interface",
                "name",
                List.of(
                    new Leaf(INTERFACES, "name", TEXT),
                    new Container(INTERFACES, "config", true, config),
                    new Container(
                        INTERFACES,
                        "state",
                        false,
                        Stream.concat(config.stream(), state.stream()).toList()),
                    new Container(ETHERNET, "ethernet", true, List.of(switchedVlan())),
                    new Container(AGGREGATE, "aggregation", true, List.of(switchedVlan()))))));
  }

  private static Schema switchedVlan() {
    List<Schema> config =
        List.of(
            new Leaf(VLAN, "interface-mode", LeafType.oneOf("ACCESS", "TRUNK")),
            new Leaf(VLAN, "native-vlan", VLAN_ID),
            new Leaf(VLAN, "access-vlan", VLAN_ID),
            new LeafList(VLAN, "trunk-vlans", VLAN_RANGE));
    return new Container(VLAN, "switched-vlan", true, configAndState(VLAN, config));
  }

  private static Schema lldp() {
    List<Schema> neighbour =
        List.of(
            new Leaf(LLDP, "id", TEXT),
            new Leaf(LLDP, "age", SECONDS),
            new Leaf(LLDP, "last-update", SECONDS),
            new Leaf(LLDP, "ttl", LeafType.number(0, 65535)),
            new Leaf(LLDP, "chassis-id", TEXT),
            new Leaf(LLDP, "chassis-id-type", ID_TYPE),
            new Leaf(LLDP, "port-id", TEXT),
            new Leaf(LLDP, "port-id-type", ID_TYPE),
            new Leaf(LLDP, "port-description", TEXT),
            new Leaf(LLDP, "system-name", TEXT));
    Schema neighbours =
        list(
            LLDP,
            "neighbors",
            "neighbor",
            keyed(neighbour.getFirst(), List.of(state(LLDP, neighbour))));
    List<Schema> port =
        List.of(new Leaf(LLDP, "name", TEXT), new Leaf(LLDP, "enabled", LeafType.flag()));
    Schema ports =
        list(
            LLDP,
            "interfaces",
            "interface",
            keyed(port.getFirst(), List.of(state(LLDP, port), neighbours)));
    List<Schema> system =
        List.of(
            new Leaf(LLDP, "system-name", TEXT),
            new Leaf(LLDP, "chassis-id", TEXT),
            new Leaf(LLDP, "chassis-id-type", ID_TYPE));
    return new Container(LLDP, "lldp", false, List.of(state(LLDP, system), ports));
  }

  /** A read-only container around a list whose key is its first child. */
  private static Schema list(YangModule module, String name, String entry, List<Schema> below) {
    String key = below.getFirst().name();
    return new Container(module, name, false, List.of(new Entries(module, entry, key, below)));
  }

  private static Schema state(YangModule module, List<Schema> leaves) {
    return new Container(module, "state", false, leaves);
  }

  private static List<Schema> configAndState(YangModule module, List<Schema> leaves) {
    return List.of(new Container(module, "config", true, leaves), state(module, leaves));
  }

  private static List<Schema> keyed(Schema key, List<Schema> below) {
    return Stream.concat(Stream.of(key), below.stream()).toList();
  }
}

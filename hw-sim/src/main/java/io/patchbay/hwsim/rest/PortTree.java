package io.patchbay.hwsim.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.PortVlans;
import io.patchbay.hwsim.netconf.Schema;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A device's ports as JSON, and JSON put into a device's data. Pure. */
final class PortTree {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Leaves of {@code switched-vlan/config} and what JSON calls them. */
  private static final Map<String, String> MEMBERS =
      Map.of(
          "interface-mode", "mode",
          "access-vlan", "accessVlan",
          "native-vlan", "nativeVlan",
          "trunk-vlans", "trunkVlans");

  private PortTree() {}

  /** All ports with what they are. */
  static ObjectNode read(List<String> ports, Data withState) {
    ObjectNode all = NODES.objectNode();
    ArrayNode list = all.putArray("ports");
    for (String port : ports) {
      Optional<Data> entry = entry(withState, port);
      ObjectNode told = list.addObject().put("name", port);
      told.set("vlans", vlans(entry));
      told.put(
          "operStatus",
          entry
              .flatMap(data -> data.at("state", "oper-status"))
              .map(Data::value)
              .orElse("UNKNOWN"));
    }
    return all;
  }

  private static Optional<Data> entry(Data root, String port) {
    return root.child("interfaces").stream()
        .flatMap(data -> data.all("interface"))
        .filter(data -> data.key().equals(port))
        .findFirst();
  }

  private static JsonNode vlans(Optional<Data> entry) {
    Optional<Data> config = entry.flatMap(PortVlans::config);
    if (config.isEmpty()) {
      return NODES.nullNode();
    }
    ObjectNode vlans = NODES.objectNode();
    for (Data leaf : config.get().children()) {
      String member = Objects.requireNonNull(MEMBERS.get(leaf.schema().name()));
      switch (leaf.schema()) {
        case Schema.LeafList _ -> vlans.withArray("/" + member).add(leaf.value());
        case Schema.Leaf _ when member.equals("mode") -> vlans.put(member, leaf.value());
        default -> vlans.put(member, Integer.parseInt(leaf.value()));
      }
    }
    return vlans;
  }

  /** The data with a port's VLANs replaced. Throws {@link Refused}. */
  static Data with(Data root, String port, JsonNode vlans) {
    Data interfaces = root.child("interfaces").orElseThrow(() -> noSuchPort(port));
    Data entry = entry(root, port).orElseThrow(() -> noSuchPort(port));
    Optional<Data> config =
        vlans.isNull() ? Optional.empty() : Optional.of(config(PortVlans.schema(entry), vlans));
    return root.with(interfaces.with(PortVlans.with(entry, config)));
  }

  private static Refused noSuchPort(String port) {
    return new Refused(404, "no-such-port", "there is no port '" + port + "'");
  }

  private static Data config(Schema schema, JsonNode vlans) {
    Data config = Data.empty(schema);
    for (Map.Entry<String, JsonNode> member : vlans.properties()) {
      Schema leaf = leaf(schema, member.getKey());
      if (leaf instanceof Schema.LeafList list) {
        for (JsonNode each : items(member.getKey(), member.getValue())) {
          config = config.with(list.name(), canonical(member.getKey(), list.type(), each));
        }
      } else {
        LeafType type = ((Schema.Leaf) leaf).type();
        config = config.with(leaf.name(), canonical(member.getKey(), type, member.getValue()));
      }
    }
    return config;
  }

  /** What this switch cannot keep it cannot give back one day, so it refuses that. */
  private static Schema leaf(Schema schema, String member) {
    return MEMBERS.entrySet().stream()
        .filter(known -> known.getValue().equals(member))
        .findFirst()
        .map(known -> schema.child(known.getKey()))
        .orElseThrow(() -> refused("this switch has no '" + member + "' for a port's VLANs"));
  }

  private static ArrayNode items(String member, JsonNode value) {
    if (value instanceof ArrayNode array && !array.isEmpty()) {
      return array;
    }
    throw Refused.malformed(member + " must be a list that is not empty");
  }

  private static String canonical(String member, LeafType type, JsonNode value) {
    boolean number = member.equals("accessVlan") || member.equals("nativeVlan");
    if (number ? !value.isInt() : !value.isTextual()) {
      throw Refused.malformed(member + " must be a " + (number ? "number" : "string"));
    }
    try {
      return type.canonical(value.asText(), prefix -> "");
    } catch (IllegalArgumentException | io.patchbay.base.Failure e) {
      throw refused(member + ": " + e.getMessage());
    }
  }

  private static Refused refused(String why) {
    return new Refused(422, "refused", why);
  }
}

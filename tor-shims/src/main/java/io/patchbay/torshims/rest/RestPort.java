package io.patchbay.torshims.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchedVlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Switch ports in the words of {@code docs/switch-controller-v1.yaml}. Pure.
 *
 * <p>The {@link Raw} text of a port is its {@code vlans} with their members in order, or that there
 * was none.
 */
final class RestPort {
  private static final String NONE = "no switched-vlan";

  /** The members of {@code vlans} that are understood, and what OpenConfig calls them. */
  private static final Map<String, String> LEAVES =
      Map.of(
          "mode", "interface-mode",
          "accessVlan", "access-vlan",
          "nativeVlan", "native-vlan",
          "trunkVlans", "trunk-vlans");

  private RestPort() {}

  /** What a controller says of a port's VLANs: null or an object. */
  static PortReading reading(JsonNode vlans) {
    if (vlans.isNull()) {
      Raw raw = new Raw(NONE);
      return new PortReading(raw, raw);
    }
    Raw raw = new Raw(sorted(vlans));
    return new PortReading(raw, leaves(vlans).flatMap(SwitchedVlan::meaning).orElse(raw));
  }

  private static String sorted(JsonNode vlans) {
    return Json.write(Json.read(vlans.toString(), TreeMap.class));
  }

  /** Empty where there is more than the contract tells. */
  private static Optional<Map<String, List<String>>> leaves(JsonNode vlans) {
    Map<String, List<String>> leaves = new HashMap<>();
    for (Map.Entry<String, JsonNode> member : vlans.properties()) {
      String leaf = LEAVES.get(member.getKey());
      if (leaf == null) {
        return Optional.empty();
      }
      List<String> values = new ArrayList<>();
      if (member.getValue().isArray()) {
        member.getValue().forEach(each -> values.add(each.asText()));
      } else {
        values.add(member.getValue().asText());
      }
      leaves.put(leaf, values);
    }
    return Optional.of(leaves);
  }

  /** The body of a request that makes the ports so. Throws {@link Failure} of kind INVALID. */
  static String change(Map<String, PortConfig> wanted) {
    ArrayNode ports = JsonNodeFactory.instance.arrayNode();
    wanted.forEach(
        (port, config) -> ports.addObject().put("name", port).set("vlans", json(config)));
    return Json.write(JsonNodeFactory.instance.objectNode().set("ports", ports));
  }

  private static JsonNode json(PortConfig config) {
    return switch (config) {
      case Access(int vlan) -> vlans("ACCESS").put("accessVlan", vlan);
      case Trunk(SortedSet<Integer> vlans, OptionalInt untagged) -> {
        ObjectNode trunk = vlans("TRUNK");
        untagged.ifPresent(vlan -> trunk.put("nativeVlan", vlan));
        ranges(vlans).forEach(range -> trunk.withArray("/trunkVlans").add(range));
        yield trunk;
      }
      case Leaf leaf -> throw unsupported(leaf);
      case AclSet acl -> throw unsupported(acl);
      case Raw(String text) when text.equals(NONE) -> JsonNodeFactory.instance.nullNode();
      case Raw(String text) -> former(text);
    };
  }

  private static Failure unsupported(PortConfig wanted) {
    return new Failure(
        Failure.Kind.UNSUPPORTED,
        "this contract sets nothing of a port but VLANs, not '"
            + wanted
            + "'; leave the service's port.mtu, port.description, port.acl and port.qos out");
  }

  /** Ids and ranges, so that a trunk of very many stays small. */
  private static List<String> ranges(SortedSet<Integer> vlans) {
    List<String> ranges = new ArrayList<>();
    int first = vlans.first();
    for (int vlan : vlans) {
      first = vlans.contains(vlan - 1) ? first : vlan;
      if (!vlans.contains(vlan + 1)) {
        ranges.add(first == vlan ? Integer.toString(vlan) : first + ".." + vlan);
      }
    }
    return ranges;
  }

  private static ObjectNode vlans(String mode) {
    return JsonNodeFactory.instance.objectNode().put("mode", mode);
  }

  private static JsonNode former(String text) {
    try {
      return Json.read(text, ObjectNode.class);
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.INVALID, "'" + text + "' is not what this controller said of a port", e);
    }
  }
}

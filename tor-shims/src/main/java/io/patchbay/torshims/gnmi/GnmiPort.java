package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchedVlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Switch ports in the words of OpenConfig and JSON_IETF: {@code
 * interfaces/interface/ethernet/switched-vlan/config}, for a LAG with {@code aggregation} in place
 * of {@code ethernet}, and leaves of {@code interfaces/interface/config} (contracts tor.md 2 and
 * 3). Writes always replace all of the first, so that nothing of another mode stays behind, and of
 * the second nothing but the leaf itself. What is bound to a port is elsewhere: {@link
 * GnmiEntries}. Ports are named by the keys of their items, see {@link PortItem}. Pure.
 *
 * <p>The {@link Raw} text of a port is that container's JSON with its fields in order, or that
 * there was none.
 */
final class GnmiPort {
  private static final String NONE = "no switched-vlan";
  private static final List<String> NAMES =
      List.of("interfaces", "interface", "ethernet", "switched-vlan", "config");
  private static final String MODULE = "openconfig-vlan:";

  private static final List<String> LAG_NAMES =
      List.of("interfaces", "interface", "aggregation", "switched-vlan", "config");

  private final Set<String> lags;

  /**
   * @param lags the ports that are LAGs
   */
  GnmiPort(Set<String> lags) {
    this.lags = Set.copyOf(lags);
  }

  /** Where an item of a port is. */
  Path path(String key) {
    PortItem item = PortItem.of(key);
    return item.isBound() ? GnmiEntries.path(item) : path(item);
  }

  /**
   * Where a switch tells of the configuration of an item and of nothing else; of a list it is the
   * entries.
   */
  Path followed(String key) {
    PortItem item = PortItem.of(key);
    return item.isBound() ? GnmiEntries.followed(item) : path(item);
  }

  private Path path(PortItem item) {
    Path.Builder path = Path.newBuilder();
    names(item).forEach(name -> path.addElemBuilder().setName(name));
    path.getElemBuilder(1).putKey("name", item.port());
    return path.build();
  }

  private List<String> names(PortItem item) {
    return switch (item.aspect()) {
      case VLANS -> lags.contains(item.port()) ? LAG_NAMES : NAMES;
      case MTU -> List.of("interfaces", "interface", "config", "mtu");
      case DESCRIPTION -> List.of("interfaces", "interface", "config", "description");
      case ACL_IN, ACL_OUT, QOS_IN, QOS_OUT -> List.of();
    };
  }

  /**
   * Those of these items whose {@link #path} that is, whether or not it carries prefixes of
   * modules; none for any other path.
   */
  List<String> items(Path prefix, Path path, Collection<String> keys) {
    Path found = GnmiPaths.plain(prefix, path);
    return keys.stream().filter(key -> path(key).equals(found)).toList();
  }

  /** An item of which a port has nothing. */
  static PortReading none(String key) {
    PortItem item = PortItem.of(key);
    if (item.isBound()) {
      return PortEntry.absent(false);
    }
    if (item.aspect() != Aspect.VLANS) {
      return Leaf.reading(Optional.empty());
    }
    Raw raw = new Raw(NONE);
    return new PortReading(raw, raw);
  }

  /**
   * What a switch says of an item. Throws {@link Failure} of kind INTERNAL when it is not JSON.
   *
   * @param value may be empty, as some switches answer where others say that there is nothing
   */
  static PortReading reading(String key, TypedValue value) {
    JsonNode json = json(value);
    if (json.isNull() || (json.isContainerNode() && json.isEmpty())) {
      return none(key);
    }
    Aspect aspect = PortItem.of(key).aspect();
    if (aspect == Aspect.MTU || aspect == Aspect.DESCRIPTION) {
      return leaf(json);
    }
    if (!json.isObject()) {
      throw new Failure(Failure.Kind.INTERNAL, "the switch answers with a value, not an object");
    }
    if (aspect != Aspect.VLANS) {
      return GnmiEntries.reading(aspect, json);
    }
    Raw raw = new Raw(Json.write(sorted(json)));
    return new PortReading(raw, SwitchedVlan.meaning(leaves(json)).orElse(raw));
  }

  /**
   * The same, of what has been told of it.
   *
   * @param told by place, each that of {@link #followed}
   */
  static PortReading reading(String key, Map<Path, JsonNode> told) {
    PortItem item = PortItem.of(key);
    JsonNode json =
        item.isBound()
            ? GnmiEntries.entry(item.aspect(), told)
            : told.values().stream().findFirst().orElse(JsonNodeFactory.instance.nullNode());
    ByteString text = ByteString.copyFromUtf8(Json.write(json));
    return reading(key, TypedValue.newBuilder().setJsonIetfVal(text).build());
  }

  /** An entry of a list may be in an array of its own; nothing is null. */
  static JsonNode json(TypedValue value) {
    ByteString text =
        switch (value.getValueCase()) {
          case JSON_IETF_VAL -> value.getJsonIetfVal();
          case JSON_VAL -> value.getJsonVal();
          case VALUE_NOT_SET -> ByteString.EMPTY;
          default ->
              throw new Failure(
                  Failure.Kind.INTERNAL,
                  "JSON was asked for, the switch answers with " + value.getValueCase());
        };
    if (text.isEmpty()) {
      return JsonNodeFactory.instance.nullNode();
    }
    JsonNode json = Json.read(text.toStringUtf8(), JsonNode.class);
    return json.isArray() && json.size() == 1 ? json.get(0) : json;
  }

  private static PortReading leaf(JsonNode json) {
    if (!json.isValueNode()) {
      throw new Failure(Failure.Kind.INTERNAL, "the switch answers with " + json + ", not a value");
    }
    return Leaf.reading(Optional.of(json.asText()));
  }

  /** Fields, and values of lists that have no order of their own, in an order that stays. */
  private static Map<String, JsonNode> sorted(JsonNode json) {
    Map<String, JsonNode> sorted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      JsonNode value = field.getValue();
      if (value.isArray()) {
        List<JsonNode> items = new ArrayList<>();
        value.forEach(items::add);
        items.sort(Comparator.comparing(JsonNode::toString));
        value = JsonNodeFactory.instance.arrayNode().addAll(items);
      }
      sorted.put(field.getKey(), value);
    }
    return sorted;
  }

  private static Map<String, List<String>> leaves(JsonNode json) {
    Map<String, List<String>> leaves = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      List<String> values = new ArrayList<>();
      if (field.getValue().isArray()) {
        field.getValue().forEach(each -> values.add(each.asText()));
      } else {
        values.add(field.getValue().asText());
      }
      leaves.put(JsonIetf.plain(field.getKey()), values);
    }
    return leaves;
  }

  /**
   * One transaction that makes the ports so.
   *
   * @param now what they are
   */
  SetRequest.Builder edit(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    SetRequest.Builder set = SetRequest.newBuilder();
    Map<String, PortConfig> bound = new TreeMap<>();
    wanted.forEach((key, config) -> {
      PortItem item = PortItem.of(key);
      if (item.isBound()) {
        bound.put(key, config);
      } else {
        json(item.aspect(), config)
            .map(ByteString::copyFromUtf8)
            .ifPresentOrElse(
                json ->
                    set.addReplaceBuilder().setPath(path(key)).getValBuilder().setJsonIetfVal(json),
                () -> set.addDelete(path(key)));
      }
    });
    GnmiEntries.edit(set, bound, now);
    return set;
  }

  /** What is to be there; empty for nothing. */
  private static Optional<String> json(Aspect aspect, PortConfig config) {
    return switch (aspect) {
      case VLANS ->
          Optional.of(config).filter(each -> !each.equals(new Raw(NONE))).map(GnmiPort::json);
      case MTU -> Leaf.written(config); // a number is written as it stands
      case DESCRIPTION -> Leaf.written(config).map(Json::write);
      case ACL_IN, ACL_OUT, QOS_IN, QOS_OUT -> throw new IllegalArgumentException(aspect + "");
    };
  }

  private static String json(PortConfig config) {
    return switch (config) {
      case Leaf leaf -> throw notVlans(leaf);
      case AclSet acl -> throw notVlans(acl);
      case Access(int vlan) -> Json.write(fields("ACCESS").put(MODULE + "access-vlan", vlan));
      case Trunk(SortedSet<Integer> vlans, OptionalInt untagged) -> {
        ObjectNode fields = fields("TRUNK");
        untagged.ifPresent(vlan -> fields.put(MODULE + "native-vlan", vlan));
        vlans.forEach(vlan -> fields.withArray("/" + MODULE + "trunk-vlans").add(vlan));
        yield Json.write(fields);
      }
      case Raw(String text) -> text;
    };
  }

  private static IllegalArgumentException notVlans(PortConfig config) {
    return new IllegalArgumentException("'" + config + "' says nothing of VLANs");
  }

  private static ObjectNode fields(String mode) {
    return JsonNodeFactory.instance.objectNode().put(MODULE + "interface-mode", mode);
  }
}

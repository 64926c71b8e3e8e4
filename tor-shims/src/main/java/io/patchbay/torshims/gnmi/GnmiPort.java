package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchedVlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Switch ports in the words of OpenConfig and JSON_IETF: {@code
 * interfaces/interface/ethernet/switched-vlan/config} (contracts tor.md 2 and 3). Writes always
 * replace all of it, so that nothing of another mode stays behind. Pure.
 *
 * <p>The {@link Raw} text of a port is that container's JSON with its fields in order, or that
 * there was none.
 */
final class GnmiPort {
  private static final String NONE = "no switched-vlan";
  private static final List<String> NAMES =
      List.of("interfaces", "interface", "ethernet", "switched-vlan", "config");
  private static final String MODULE = "openconfig-vlan:";

  private GnmiPort() {}

  /** Where a port's VLANs are. */
  static Path path(String port) {
    Path.Builder path = Path.newBuilder();
    NAMES.forEach(name -> path.addElemBuilder().setName(name));
    path.getElemBuilder(1).putKey("name", port);
    return path.build();
  }

  /**
   * The port whose {@link #path} that is, whether or not it carries prefixes of modules; empty for
   * any other path.
   */
  static Optional<String> port(Path prefix, Path path) {
    List<PathElem> all = new ArrayList<>(prefix.getElemList());
    all.addAll(path.getElemList());
    List<String> names = all.stream().map(elem -> JsonIetf.plain(elem.getName())).toList();
    return names.equals(NAMES)
        ? Optional.ofNullable(all.get(1).getKeyMap().get("name"))
        : Optional.empty();
  }

  /** A port that has nothing there. */
  static PortReading none() {
    Raw raw = new Raw(NONE);
    return new PortReading(raw, raw);
  }

  /**
   * What a switch says of a port. Throws {@link Failure} of kind INTERNAL when it is not JSON.
   *
   * @param value may be empty, as some switches answer where others say that there is nothing
   */
  static PortReading reading(TypedValue value) {
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
      return none();
    }
    JsonNode json = Json.read(text.toStringUtf8(), JsonNode.class);
    if (json.isArray() && json.size() == 1) {
      json = json.get(0);
    }
    if (json.isNull() || (json.isContainerNode() && json.isEmpty())) {
      return none();
    }
    if (!json.isObject()) {
      throw new Failure(Failure.Kind.INTERNAL, "the switch answers with a value, not an object");
    }
    Raw raw = new Raw(Json.write(sorted(json)));
    return new PortReading(raw, SwitchedVlan.meaning(leaves(json)).orElse(raw));
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

  /** One transaction that makes the ports so. */
  static SetRequest.Builder edit(Map<String, PortConfig> wanted) {
    SetRequest.Builder set = SetRequest.newBuilder();
    wanted.forEach((port, config) -> {
      if (config instanceof Raw(String text) && text.equals(NONE)) {
        set.addDelete(path(port));
      } else {
        TypedValue value =
            TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json(config))).build();
        set.addReplace(Update.newBuilder().setPath(path(port)).setVal(value));
      }
    });
    return set;
  }

  private static String json(PortConfig config) {
    return switch (config) {
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

  private static ObjectNode fields(String mode) {
    return JsonNodeFactory.instance.objectNode().put(MODULE + "interface-mode", mode);
  }
}

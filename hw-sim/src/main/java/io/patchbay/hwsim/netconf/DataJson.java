package io.patchbay.hwsim.netconf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import java.util.Map;
import java.util.Optional;

/**
 * A device's data as JSON_IETF (RFC 7951): a name carries its module where that is another than
 * around it. Pure.
 */
public final class DataJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private DataJson() {}

  /** What is below a container or entry, names at the top with their module; a leaf's value. */
  public static JsonNode write(Data data) {
    return write(data, "");
  }

  private static JsonNode write(Data data, String around) {
    return switch (data.schema()) {
      case Schema.Leaf leaf -> leaf.type().json(data.value());
      case Schema.LeafList list -> list.type().json(data.value());
      case Schema.Container _, Schema.Entries _ -> below(data, around);
    };
  }

  private static ObjectNode below(Data data, String around) {
    ObjectNode object = NODES.objectNode();
    for (Data child : data.children()) {
      String module = child.schema().module().name();
      String name =
          module.equals(around) ? child.schema().name() : module + ":" + child.schema().name();
      JsonNode value = write(child, module);
      switch (child.schema()) {
        case Schema.Leaf _, Schema.Container _ -> object.set(name, value);
        case Schema.LeafList _, Schema.Entries _ -> object.withArray("/" + name).add(value);
      }
    }
    return object;
  }

  /**
   * Puts a value in the place of a node.
   *
   * @param node what is there now, or an empty one; its keys stay
   * @param merge whether what the value does not mention stays too
   * @throws Failure INVALID when it is not of the node's type, NOT_FOUND for an unknown name
   */
  public static Data read(Data node, JsonNode value, boolean merge) {
    return switch (node.schema()) {
      case Schema.Leaf leaf -> Data.leaf(leaf, text(leaf, leaf.type(), value));
      case Schema.LeafList list ->
          throw invalid(list.name() + " is a list of values: name its container");
      case Schema.Container _ -> fields(merge ? node : Data.empty(node.schema()), value, merge);
      case Schema.Entries list -> {
        Data entry = fields(merge ? node : keysOf(list, node), value, merge);
        if (!entry.keys().equals(node.keys())) {
          throw invalid(list.name() + " " + node.keys() + " cannot be called " + entry.keys());
        }
        yield entry;
      }
    };
  }

  private static Data keysOf(Schema.Entries list, Data node) {
    Data keys = Data.empty(list);
    for (String key : list.keys()) {
      keys =
          keys.with(
              node.child(key).orElseThrow(() -> invalid(list.name() + " without its " + key)));
    }
    return keys;
  }

  private static Data fields(Data node, JsonNode value, boolean merge) {
    if (!value.isObject()) {
      throw invalid(node.schema().name() + " must be an object, it is " + value);
    }
    Data result = node;
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      result = field(result, field.getKey(), field.getValue(), merge);
    }
    return result;
  }

  private static Data field(Data node, String qualified, JsonNode value, boolean merge) {
    Schema schema = child(node.schema(), qualified);
    return switch (schema) {
      case Schema.Leaf _ -> node.with(read(Data.empty(schema), value, merge));
      case Schema.Container _ -> {
        Data now = node.child(schema.name()).orElseGet(() -> Data.empty(schema));
        yield node.with(read(now, value, merge));
      }
      case Schema.LeafList list -> values(node, list, value);
      case Schema.Entries list -> entries(node, list, value, merge);
    };
  }

  /** What a list of values holds is given whole, merged or not. */
  private static Data values(Data node, Schema.LeafList list, JsonNode value) {
    Data result = node;
    for (Data old : node.all(list.name()).toList()) {
      result = result.without(old);
    }
    for (JsonNode item : array(list, value)) {
      result = result.with(Data.leaf(list, text(list, list.type(), item)));
    }
    return result;
  }

  private static Data entries(Data node, Schema.Entries list, JsonNode value, boolean merge) {
    Data result = node;
    for (JsonNode item : array(list, value)) {
      Data empty = Data.empty(list);
      for (Schema.Leaf key : list.keyLeaves()) {
        JsonNode named = item.get(key.name());
        if (named == null) {
          throw invalid("an entry of " + list.name() + " without " + key.name());
        }
        empty = empty.with(Data.leaf(key, text(key, key.type(), named)));
      }
      Data now = merge ? result.inPlaceOf(empty).orElse(empty) : empty;
      result = result.with(read(now, item, merge));
    }
    return result;
  }

  private static ArrayNode array(Schema schema, JsonNode value) {
    if (value instanceof ArrayNode array) {
      return array;
    }
    throw invalid(schema.name() + " must be an array, it is " + value);
  }

  private static String text(Schema schema, LeafType type, JsonNode value) {
    if (!value.isValueNode() || value.isNull()) {
      throw invalid(schema.name() + " must be one value, it is " + value);
    }
    return canonical(schema, type, value.asText());
  }

  /**
   * The canonical form of a key in a gNMI path. Throws {@link Failure} of kind INVALID when it is
   * not of the leaf's type.
   */
  public static String canonical(Schema.Leaf key, String text) {
    return canonical(key, key.type(), text);
  }

  /** An identity without its module is of the leaf's own (RFC 7951 section 6.8). */
  private static String canonical(Schema schema, LeafType type, String text) {
    try {
      return type.canonical(
          text,
          module ->
              module.isEmpty()
                  ? schema.module().namespace()
                  : type.qualifiedBy()
                      .filter(known -> known.name().equals(module))
                      .map(YangModule::namespace)
                      .orElse(""));
    } catch (IllegalArgumentException | Failure e) {
      throw invalid(schema.name() + ": " + e.getMessage());
    }
  }

  /** The child of that name, which may carry its module. Throws Failure NOT_FOUND. */
  public static Schema child(Schema parent, String qualified) {
    int colon = qualified.indexOf(':');
    String module = qualified.substring(0, Math.max(colon, 0));
    Optional<Schema> found =
        parent
            .child("", qualified.substring(colon + 1))
            .filter(child -> module.isEmpty() || child.module().name().equals(module));
    return found.orElseThrow(() ->
        new Failure(Failure.Kind.NOT_FOUND, "there is no '" + qualified + "' in " + parent.name()));
  }

  private static Failure invalid(String why) {
    return new Failure(Failure.Kind.INVALID, why);
  }
}

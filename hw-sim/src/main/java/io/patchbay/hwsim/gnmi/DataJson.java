package io.patchbay.hwsim.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A device's data as JSON_IETF (RFC 7951): a name carries its module where that is another than
 * around it. Pure.
 */
final class DataJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final List<YangModule> modules;

  /**
   * @param modules those that an identity may be of
   */
  DataJson(List<YangModule> modules) {
    this.modules = List.copyOf(modules);
  }

  /** What is below a container or entry, names at the top with their module; a leaf's value. */
  static JsonNode write(Data data) {
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
   * @param node what is there now, or an empty one; its key stays
   * @param merge whether what the value does not mention stays too
   * @throws Failure INVALID when it is not of the node's type, NOT_FOUND for an unknown name
   */
  Data read(Data node, JsonNode value, boolean merge) {
    return switch (node.schema()) {
      case Schema.Leaf leaf -> Data.leaf(leaf, text(leaf.name(), leaf.type(), value));
      case Schema.LeafList list ->
          throw invalid(list.name() + " is a list of values: name its container");
      case Schema.Container _ -> fields(merge ? node : Data.empty(node.schema()), value, merge);
      case Schema.Entries list ->
          fields(
              merge
                  ? node
                  : Data.empty(list)
                      .with(
                          node.child(list.key())
                              .orElseThrow(() -> invalid(list.name() + " without its key"))),
              value,
              merge);
    };
  }

  private Data fields(Data node, JsonNode value, boolean merge) {
    if (!value.isObject()) {
      throw invalid(node.schema().name() + " must be an object, it is " + value);
    }
    Data result = node;
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      result = field(result, field.getKey(), field.getValue(), merge);
    }
    return result;
  }

  private Data field(Data node, String qualified, JsonNode value, boolean merge) {
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
  private Data values(Data node, Schema.LeafList list, JsonNode value) {
    Data result = node;
    for (Data old : node.all(list.name()).toList()) {
      result = result.without(old);
    }
    for (JsonNode item : array(list, value)) {
      result = result.with(Data.leaf(list, text(list.name(), list.type(), item)));
    }
    return result;
  }

  private Data entries(Data node, Schema.Entries list, JsonNode value, boolean merge) {
    Data result = node;
    for (JsonNode item : array(list, value)) {
      Schema.Leaf key = (Schema.Leaf) list.child(list.key());
      JsonNode named = item.get(list.key());
      if (named == null) {
        throw invalid("an entry of " + list.name() + " without " + list.key());
      }
      Data empty = Data.empty(list).with(Data.leaf(key, text(list.key(), key.type(), named)));
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

  private String text(String name, LeafType type, JsonNode value) {
    if (!value.isValueNode() || value.isNull()) {
      throw invalid(name + " must be one value, it is " + value);
    }
    try {
      return type.canonical(value.asText(), this::namespace);
    } catch (IllegalArgumentException | Failure e) {
      throw invalid(name + ": " + e.getMessage());
    }
  }

  private String namespace(String module) {
    return modules.stream()
        .filter(known -> known.name().equals(module))
        .findFirst()
        .map(YangModule::namespace)
        .orElse("");
  }

  /** The child of that name, which may carry its module. Throws Failure NOT_FOUND. */
  static Schema child(Schema parent, String qualified) {
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

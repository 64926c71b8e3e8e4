package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Data in JSON_IETF (RFC 7951). Pure. */
final class JsonIetf {
  /** The container of what is not configuration; in OpenConfig there is one beside each config. */
  static final String STATE = "state";

  private JsonIetf() {}

  /** The same, without any such container. */
  static JsonNode withoutState(JsonNode node) {
    if (node.isObject()) {
      ObjectNode rest = JsonNodeFactory.instance.objectNode();
      node.properties().stream()
          .filter(field -> !plain(field.getKey()).equals(STATE))
          .forEach(field -> rest.set(field.getKey(), withoutState(field.getValue())));
      return rest;
    }
    if (node.isArray()) {
      return JsonNodeFactory.instance
          .arrayNode()
          .addAll(node.valueStream().map(JsonIetf::withoutState).toList());
    }
    return node;
  }

  /** A field by its name, whether or not a module's is before it; missing where it is not there. */
  static JsonNode field(JsonNode of, String name) {
    for (Map.Entry<String, JsonNode> field : of.properties()) {
      if (plain(field.getKey()).equals(name)) {
        return field.getValue();
      }
    }
    return MissingNode.getInstance();
  }

  /** A name without that of its module. */
  static String plain(String name) {
    return name.substring(name.indexOf(':') + 1);
  }
}

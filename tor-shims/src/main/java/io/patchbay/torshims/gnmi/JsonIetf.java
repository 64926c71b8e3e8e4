package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Map;

/** Data in JSON_IETF (RFC 7951). Pure. */
final class JsonIetf {
  private JsonIetf() {}

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

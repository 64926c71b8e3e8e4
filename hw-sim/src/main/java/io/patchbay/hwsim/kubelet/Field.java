package io.patchbay.hwsim.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A place in a manifest and what is written there. Every complaint begins with the place; the
 * file's reader adds the file and the line.
 */
record Field(String path, JsonNode node) {
  Field(JsonNode root) {
    this("", root);
  }

  /** What is written under a key; nothing at all is not an error yet. */
  Field at(String key) {
    if (isPresent() && !node.isObject()) {
      throw wrong("has keys such as " + key + ", but this is " + kind());
    }
    JsonNode child = node.get(key);
    return new Field(path.isEmpty() ? key : path + "." + key, missing(child));
  }

  private static JsonNode missing(@Nullable JsonNode node) {
    return node == null || node.isNull() ? MissingNode.getInstance() : node;
  }

  boolean isPresent() {
    return !node.isMissingNode() && !node.isNull();
  }

  /** The entries of a list; none if it is not there. */
  List<Field> items() {
    if (isPresent() && !node.isArray()) {
      throw wrong("must be a list, but this is " + kind());
    }
    List<Field> items = new ArrayList<>();
    for (JsonNode item : node) {
      items.add(new Field(path + "[" + items.size() + "]", missing(item)));
    }
    return items;
  }

  /** Text that must be there. */
  String text() {
    if (!isPresent()) {
      throw wrong("is missing");
    }
    if (!node.isTextual()) {
      throw wrong("must be text, but this is " + kind() + "; put it in quotes");
    }
    return node.textValue();
  }

  String text(String fallback) {
    return isPresent() ? text() : fallback;
  }

  List<String> texts() {
    return items().stream().map(Field::text).toList();
  }

  /** Keys and texts, in the order written. */
  Map<String, String> textByKey() {
    Map<String, String> map = new LinkedHashMap<>();
    fields().forEach((key, value) -> map.put(key, value.text()));
    return map;
  }

  /** Keys and what is under them, in the order written; keys may contain dots. */
  Map<String, Field> fields() {
    if (isPresent() && !node.isObject()) {
      throw wrong("must be keys and values, but this is " + kind());
    }
    Map<String, Field> fields = new LinkedHashMap<>();
    node.properties()
        .forEach(entry ->
            fields.put(
                entry.getKey(),
                new Field(path + "['" + entry.getKey() + "']", missing(entry.getValue()))));
    return fields;
  }

  Failure wrong(String what) {
    return new Failure(Failure.Kind.INVALID, (path.isEmpty() ? "this" : path) + " " + what);
  }

  private String kind() {
    return switch (node.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "keys and values";
      default -> "'" + node.asText() + "'";
    };
  }
}

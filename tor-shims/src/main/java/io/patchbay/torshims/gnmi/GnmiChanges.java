package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.WantedPorts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares what a switch tells on a stream of ports' configuration with what they are to be: a
 * change that has made them so is ours, or as good as ours. A switch may tell of an item as a whole
 * or leaf by leaf; what is not understood is taken for a change. Called by one thread at a time, as
 * a stream is.
 */
final class GnmiChanges implements GnmiStream.Listener {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final GnmiPort words;
  private final WantedPorts wanted;
  private final Runnable changed;

  /** The items that the stream is of. */
  private final Set<String> keys;

  /** By item, what it has: nothing for one that it has not got. */
  private final Map<String, JsonNode> seen = new HashMap<>();

  /**
   * Of a stream of all that is wanted now.
   *
   * @param changed is run where an item is not as it is to be
   */
  GnmiChanges(GnmiPort words, WantedPorts wanted, Runnable changed) {
    this.words = words;
    this.wanted = wanted;
    this.changed = changed;
    this.keys = wanted.keys();
  }

  @Override
  public void hear(Notification news, boolean inStep) {
    Set<String> touched = new HashSet<>();
    boolean understood = true;
    for (Path path : news.getDeleteList()) {
      understood &= take(news.getPrefix(), path, Optional.empty(), touched);
    }
    for (Update update : news.getUpdateList()) {
      understood &= take(news.getPrefix(), update.getPath(), Optional.of(update.getVal()), touched);
    }
    if (inStep && (!understood || touched.stream().anyMatch(this::isOther))) {
      changed.run();
    }
  }

  /** While nobody listened, somebody may have changed something. */
  @Override
  public void inStep() {
    if (keys.stream().anyMatch(this::isOther)) {
      changed.run();
    }
  }

  /** Whether it is known what that means for which items. */
  private boolean take(Path prefix, Path path, Optional<TypedValue> value, Set<String> touched) {
    Path whole = prefix.toBuilder().addAllElem(path.getElemList()).build();
    List<String> items = items(whole);
    List<String> around = items.isEmpty() ? items(parent(whole)) : items;
    if (around.isEmpty()) {
      return false;
    }
    touched.addAll(around);
    try {
      Optional<JsonNode> now = value.map(GnmiChanges::json);
      items.forEach(item -> seen.put(item, now.orElseGet(NODES::nullNode)));
      if (items.isEmpty()) {
        String leaf = JsonIetf.plain(last(whole).getName());
        around.forEach(item -> setLeaf(item, leaf, now));
      }
      return true;
    } catch (Failure e) {
      return false;
    }
  }

  private List<String> items(Path path) {
    return words.items(Path.getDefaultInstance(), path, keys);
  }

  private static Path parent(Path path) {
    return path.getElemCount() == 0
        ? path
        : path.toBuilder().removeElem(path.getElemCount() - 1).build();
  }

  private static PathElem last(Path path) {
    return path.getElem(path.getElemCount() - 1);
  }

  private void setLeaf(String item, String leaf, Optional<JsonNode> value) {
    ObjectNode leaves = NODES.objectNode();
    if (seen.get(item) instanceof ObjectNode before) {
      before
          .properties()
          .forEach(field -> leaves.set(JsonIetf.plain(field.getKey()), field.getValue()));
    }
    value.ifPresentOrElse(now -> leaves.set(leaf, now), () -> leaves.remove(leaf));
    seen.put(item, leaves);
  }

  /** Throws {@link Failure} for what is no value of a configuration. */
  private static JsonNode json(TypedValue value) {
    return switch (value.getValueCase()) {
      case JSON_IETF_VAL -> parsed(value.getJsonIetfVal());
      case JSON_VAL -> parsed(value.getJsonVal());
      case STRING_VAL -> NODES.textNode(value.getStringVal());
      case INT_VAL -> NODES.numberNode(value.getIntVal());
      case UINT_VAL -> NODES.numberNode(value.getUintVal());
      case LEAFLIST_VAL -> {
        ArrayNode all = NODES.arrayNode();
        value.getLeaflistVal().getElementList().forEach(each -> all.add(json(each)));
        yield all;
      }
      case VALUE_NOT_SET -> NODES.nullNode();
      default -> throw new Failure(Failure.Kind.INTERNAL, "no JSON: " + value.getValueCase());
    };
  }

  private static JsonNode parsed(ByteString text) {
    return text.isEmpty() ? NODES.nullNode() : Json.read(text.toStringUtf8(), JsonNode.class);
  }

  private boolean isOther(String item) {
    JsonNode now = seen.getOrDefault(item, NODES.nullNode());
    ByteString json = ByteString.copyFromUtf8(Json.write(now));
    try {
      TypedValue value = TypedValue.newBuilder().setJsonIetfVal(json).build();
      return !wanted.explains(item, GnmiPort.reading(item, value));
    } catch (Failure e) {
      return true;
    }
  }
}

package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.WantedPorts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
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

  private final WantedPorts wanted;
  private final Runnable changed;

  /** By item that the stream is of, where it is told of, perhaps with wildcards. */
  private final Map<String, Path> places = new HashMap<>();

  /** What has been told, by place without wildcards. */
  private final Map<Path, JsonNode> seen = new HashMap<>();

  /**
   * Of a stream that begins: it tells nothing of what was before.
   *
   * @param keys of the items that the stream is of
   * @param changed is run where an item is not as it is to be
   */
  GnmiChanges(GnmiPort words, WantedPorts wanted, Set<String> keys, Runnable changed) {
    this.wanted = wanted;
    this.changed = changed;
    wanted.settle(keys);
    keys.forEach(key -> places.put(key, words.followed(key)));
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
    if (places.keySet().stream().anyMatch(this::isOther)) {
      changed.run();
    }
  }

  /** Whether it is known what that means for which items. */
  private boolean take(Path prefix, Path path, Optional<TypedValue> value, Set<String> touched) {
    Path place = GnmiPaths.plain(prefix, path);
    if (GnmiPaths.isState(place)) {
      return true;
    }
    try {
      return value.isPresent() ? put(place, value.get(), touched) : remove(place, touched);
    } catch (Failure e) {
      return false;
    }
  }

  private boolean put(Path place, TypedValue value, Set<String> touched) {
    JsonNode told = json(value);
    JsonNode config = JsonIetf.withoutState(told);
    if (config.isEmpty() && !told.isEmpty()) {
      return true;
    }
    if (touch(place, touched)) {
      seen.put(place, config);
      return true;
    }
    return setLeaf(place, Optional.of(config), touched);
  }

  /** What goes, goes with all that is below it. */
  private boolean remove(Path place, Set<String> touched) {
    boolean known = touch(place, touched);
    for (Path below : Set.copyOf(seen.keySet())) {
      if (GnmiPaths.covers(place, below)) {
        known |= touch(below, touched);
        seen.remove(below);
      }
    }
    return known || setLeaf(place, Optional.empty(), touched);
  }

  /** Whether it is the place of an item. */
  private boolean touch(Path place, Set<String> touched) {
    boolean known = false;
    for (Map.Entry<String, Path> item : places.entrySet()) {
      if (isOf(item.getValue(), place)) {
        touched.add(item.getKey());
        known = true;
      }
    }
    return known;
  }

  private static boolean isOf(Path item, Path place) {
    return item.getElemCount() == place.getElemCount() && GnmiPaths.covers(item, place);
  }

  private boolean setLeaf(Path place, Optional<JsonNode> value, Set<String> touched) {
    int last = place.getElemCount() - 1;
    if (last < 0) {
      return false;
    }
    Path container = place.toBuilder().removeElem(last).build();
    if (!touch(container, touched)) {
      return false;
    }
    String leaf = place.getElem(last).getName();
    ObjectNode leaves = NODES.objectNode();
    if (seen.get(container) instanceof ObjectNode before) {
      before
          .properties()
          .forEach(field -> leaves.set(JsonIetf.plain(field.getKey()), field.getValue()));
    }
    value.ifPresentOrElse(now -> leaves.set(leaf, now), () -> leaves.remove(leaf));
    seen.put(container, leaves);
    return true;
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
    Path place = Objects.requireNonNull(places.get(item), item);
    Map<Path, JsonNode> told = new HashMap<>(seen);
    told.keySet().removeIf(each -> !isOf(place, each));
    try {
      return !wanted.explains(item, GnmiPort.reading(item, told));
    } catch (Failure e) {
      return true;
    }
  }
}

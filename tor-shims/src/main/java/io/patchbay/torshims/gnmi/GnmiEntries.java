package io.patchbay.torshims.gnmi;

import static io.patchbay.torshims.gnmi.JsonIetf.field;
import static io.patchbay.torshims.gnmi.JsonIetf.plain;

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
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.PortReading;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is bound to switch ports in the words of OpenConfig and JSON_IETF: {@code ingress-acl-sets}
 * and {@code egress-acl-sets} of {@code acl/interfaces/interface}, and the {@code scheduler-policy}
 * of {@code input} and {@code output} of {@code qos/interfaces/interface} (contracts tor.md 2 and
 * 3). The first are always replaced whole, for all of them act on the port; of the second only the
 * name is written. What is asked for is the entry of a port, which tells of both directions. See
 * {@link PortEntry}. Pure.
 *
 * <p>The {@link Raw} text of ACLs is their JSON with all that has no order of its own in one that
 * stays.
 */
final class GnmiEntries {
  private static final String POLICY = "scheduler-policy";
  private static final String CONFIG = "config";
  private static final String SET_NAME = "set-name";
  private static final String TYPE = "type";

  private GnmiEntries() {}

  private static boolean isAcl(Aspect aspect) {
    return aspect == Aspect.ACL_IN || aspect == Aspect.ACL_OUT;
  }

  /** The leaf that is the key of an entry. */
  private static String id(Aspect aspect) {
    return isAcl(aspect) ? "id" : "interface-id";
  }

  /** The container of an entry that is for one direction. */
  private static String direction(Aspect aspect) {
    return switch (aspect) {
      case ACL_IN -> "ingress-acl-sets";
      case ACL_OUT -> "egress-acl-sets";
      case QOS_IN -> "input";
      case QOS_OUT -> "output";
      case VLANS, MTU, DESCRIPTION -> throw new IllegalArgumentException(aspect + " is not bound");
    };
  }

  /** The entry of the port of an item, and what is below it. */
  static Path path(PortItem item, String... below) {
    Path.Builder path = Path.newBuilder();
    path.addElemBuilder().setName(isAcl(item.aspect()) ? "acl" : "qos");
    path.addElemBuilder().setName("interfaces");
    path.addElemBuilder().setName("interface").putKey(id(item.aspect()), item.port());
    for (String name : below) {
      path.addElemBuilder().setName(name);
    }
    return path.build();
  }

  /**
   * Where a switch tells what is bound in that direction. Not of the entry: there it counts packets
   * for each ACL and queue, and may refuse to tell of those as they change.
   */
  static Path followed(PortItem item) {
    String direction = direction(item.aspect());
    if (!isAcl(item.aspect())) {
      return path(item, direction, POLICY, CONFIG);
    }
    Path.Builder path = path(item, direction).toBuilder();
    path.addElemBuilder()
        .setName(set(item.aspect()))
        .putKey(SET_NAME, GnmiPaths.ALL)
        .putKey(TYPE, GnmiPaths.ALL);
    path.addElemBuilder().setName(CONFIG);
    return path.build();
  }

  // ---- what is there ----

  /**
   * An entry of what has been told from the places of {@link #followed}.
   *
   * @param told by place; what is empty is not there
   */
  static JsonNode entry(Aspect aspect, Map<Path, JsonNode> told) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    told.forEach((place, config) -> {
      if (isEmpty(config)) {
        return;
      }
      ObjectNode direction = entry.withObjectProperty(direction(aspect));
      if (isAcl(aspect)) {
        PathElem list = place.getElem(place.getElemCount() - 2);
        ObjectNode bound = direction.withArrayProperty(set(aspect)).addObject();
        list.getKeyMap().forEach(bound::put);
        bound.set(CONFIG, config);
      } else {
        direction.withObjectProperty(POLICY).set(CONFIG, config);
      }
    });
    return entry;
  }

  /** What an entry says of an item. */
  static PortReading reading(Aspect aspect, JsonNode entry) {
    JsonNode direction = field(entry, direction(aspect));
    if (!isAcl(aspect)) {
      JsonNode name = field(field(field(direction, POLICY), CONFIG), "name");
      return name.isValueNode() && !name.isNull()
          ? Leaf.reading(Optional.of(name.asText()))
          : PortEntry.absent(true);
    }
    if (isEmpty(direction)) {
      return PortEntry.absent(true);
    }
    Raw raw = new Raw(Json.write(canonical(direction)));
    return new PortReading(raw, only(field(direction, set(aspect))).orElse(raw));
  }

  /** Whether nothing is said, however many containers are around that. */
  private static boolean isEmpty(JsonNode node) {
    return node.isMissingNode()
        || node.isNull()
        || (node.isContainerNode() && node.valueStream().allMatch(GnmiEntries::isEmpty));
  }

  /** The same, with fields and the entries of lists in an order that stays. */
  private static JsonNode canonical(JsonNode node) {
    if (node.isObject()) {
      Map<String, JsonNode> sorted = new TreeMap<>();
      node.properties().forEach(field -> sorted.put(field.getKey(), canonical(field.getValue())));
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      sorted.forEach(object::set);
      return object;
    }
    if (node.isArray()) {
      List<JsonNode> entries =
          new ArrayList<>(node.valueStream().map(GnmiEntries::canonical).toList());
      entries.sort((one, other) -> one.toString().compareTo(other.toString()));
      return JsonNodeFactory.instance.arrayNode().addAll(entries);
    }
    return node;
  }

  /** The name of a list of ACLs, from that of the container around it. */
  private static String set(Aspect aspect) {
    String container = direction(aspect);
    return container.substring(0, container.length() - 1);
  }

  /** The one ACL that is bound; empty where there are more, or more is said of it. */
  private static Optional<PortConfig> only(JsonNode sets) {
    if (!sets.isArray() || sets.size() != 1) {
      return Optional.empty();
    }
    JsonNode set = sets.get(0);
    Set<String> known = Set.of(SET_NAME, TYPE, CONFIG);
    boolean isPlain =
        set.propertyStream().allMatch(part -> known.contains(plain(part.getKey())))
            && field(set, CONFIG)
                .propertyStream()
                .allMatch(leaf -> known.contains(plain(leaf.getKey())));
    JsonNode name = field(set, SET_NAME);
    JsonNode type = field(set, TYPE);
    return isPlain && name.isTextual() && type.isTextual()
        ? Optional.of(new AclSet(name.asText(), plain(type.asText())))
        : Optional.empty();
  }

  // ---- entries that go ----

  /** The items whose entry is to go with them. */
  static Set<String> doomed(Map<String, PortConfig> wanted) {
    Set<String> doomed = new TreeSet<>();
    wanted.forEach((key, config) -> {
      if (PortItem.of(key).isBound() && config.equals(PortEntry.NONE)) {
        doomed.add(key);
      }
    });
    return doomed;
  }

  /** Whether an entry holds nothing but what {@link #edit} has to write to make it, and an item. */
  static boolean isOurs(PortItem item, Set<String> going, JsonNode entry) {
    return entry
        .propertyStream()
        .allMatch(part -> {
          String name = plain(part.getKey());
          JsonNode value = part.getValue();
          boolean goes =
              Aspect.BOUND.stream()
                  .filter(aspect -> going.contains(new PortItem(item.port(), aspect).key()))
                  .anyMatch(aspect -> direction(aspect).equals(name));
          if (isEmpty(value) || name.equals(id(item.aspect()))) {
            return true;
          }
          return switch (name) {
            case CONFIG -> isOnly(value, id(item.aspect()), item.port());
            case "interface-ref" -> isOnly(field(value, CONFIG), "interface", item.port());
            default -> goes && (isAcl(item.aspect()) || isPolicyOnly(value));
          };
        });
  }

  private static boolean isOnly(JsonNode container, String leaf, String value) {
    return container.size() == 1 && field(container, leaf).asText("").equals(value);
  }

  private static boolean isPolicyOnly(JsonNode direction) {
    JsonNode policy = field(direction, POLICY);
    JsonNode config = field(policy, CONFIG);
    return direction.size() == 1
        && policy.size() == 1
        && config.propertyStream().allMatch(leaf -> plain(leaf.getKey()).equals("name"));
  }

  // ---- what is to be there ----

  /**
   * Has a transaction make the items so, too.
   *
   * @param wanted of them
   * @param now what is there before
   */
  static void edit(
      SetRequest.Builder set, Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Set<Path> made = new HashSet<>();
    wanted.forEach((key, config) -> {
      PortItem item = PortItem.of(key);
      if (PortEntry.goes(key, wanted)) {
        if (!set.getDeleteList().contains(path(item))) {
          set.addDelete(path(item));
        }
        return;
      }
      boolean isNew = Objects.requireNonNull(now.get(key), key).raw().equals(PortEntry.NONE);
      if (isNew && made.add(path(item))) {
        set.addUpdate(update(path(item, CONFIG), leaf(item, id(item.aspect()))));
        set.addUpdate(update(path(item, "interface-ref", CONFIG), leaf(item, "interface")));
      }
      Path place =
          isAcl(item.aspect())
              ? path(item, direction(item.aspect()))
              : path(item, direction(item.aspect()), POLICY, CONFIG, "name");
      if (!PortEntry.isAbsent(config)) {
        set.addReplace(update(place, json(item.aspect(), config)));
      } else if (!isNew) {
        set.addDelete(place);
      }
    });
  }

  private static String leaf(PortItem item, String name) {
    String module = isAcl(item.aspect()) ? "openconfig-acl:" : "openconfig-qos:";
    return Json.write(JsonNodeFactory.instance.objectNode().put(module + name, item.port()));
  }

  private static Update update(Path path, String json) {
    return Update.newBuilder()
        .setPath(path)
        .setVal(TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json)))
        .build();
  }

  private static String json(Aspect aspect, PortConfig config) {
    if (!isAcl(aspect)) {
      return Json.write(PortEntry.policy(config).orElseThrow());
    }
    if (config instanceof AclSet(String name, String type)) {
      ObjectNode leaves =
          JsonNodeFactory.instance
              .objectNode()
              .put(SET_NAME, name)
              .put(TYPE, "openconfig-acl:" + type);
      ObjectNode entry = leaves.deepCopy();
      entry.set(CONFIG, leaves);
      ObjectNode sets = JsonNodeFactory.instance.objectNode();
      sets.putArray("openconfig-acl:" + set(aspect)).add(entry);
      return Json.write(sets);
    }
    if (config instanceof Raw(String text)) {
      return text;
    }
    throw new Failure(Failure.Kind.INVALID, "'" + config + "' is no ACL");
  }
}

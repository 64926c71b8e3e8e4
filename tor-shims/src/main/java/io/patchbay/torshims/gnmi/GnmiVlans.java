package io.patchbay.torshims.gnmi;

import static io.patchbay.torshims.gnmi.JsonIetf.field;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Json;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanTable;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The VLANs of network instances in the words of OpenConfig as gNMI carries them: {@code
 * network-instances/network-instance/vlans} (contracts tor.md 2 and 3). Pure.
 */
final class GnmiVlans {
  static final String MODULE = "openconfig-network-instance:";

  private GnmiVlans() {}

  /** Where an instance is. */
  static Path.Builder path(String instance) {
    Path.Builder path = Path.newBuilder();
    path.addElemBuilder().setName("network-instances");
    path.addElemBuilder().setName("network-instance").putKey("name", instance);
    return path;
  }

  private static Path.Builder vlansOf(String instance) {
    Path.Builder path = path(instance);
    path.addElemBuilder().setName("vlans");
    return path;
  }

  private static Path.Builder path(String instance, int vlan) {
    Path.Builder path = vlansOf(instance);
    path.addElemBuilder().setName("vlan").putKey("vlan-id", String.valueOf(vlan));
    return path;
  }

  /** Asks for all VLANs of an instance. */
  static GetRequest question(String instance) {
    return question(Stream.of(vlansOf(instance).build()));
  }

  /** Asks for configuration. */
  static GetRequest question(Stream<Path> paths) {
    return GetRequest.newBuilder()
        .setType(GetRequest.DataType.CONFIG)
        .setEncoding(Encoding.JSON_IETF)
        .addAllPath(paths.toList())
        .build();
  }

  /** What an answer holds, whatever was asked for, at whole paths. */
  static Stream<Update> updates(GetResponse response) {
    return response.getNotificationList().stream()
        .flatMap(notification ->
            notification.getUpdateList().stream()
                .map(update -> whole(notification.getPrefix(), update)))
        .filter(update -> !update.getVal().getJsonIetfVal().isEmpty());
  }

  private static Update whole(Path prefix, Update update) {
    return update.toBuilder().setPath(GnmiPaths.plain(prefix, update.getPath())).build();
  }

  /** What a value says. */
  static JsonNode json(Update update) {
    return Json.read(update.getVal().getJsonIetfVal().toStringUtf8(), JsonNode.class);
  }

  /** The VLANs that the answer tells of. */
  static SortedMap<Integer, VlanTable.Entry> vlans(GetResponse response) {
    SortedMap<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    updates(response).forEach(update -> vlans.putAll(vlans(json(update))));
    return vlans;
  }

  /** Those in a container {@code vlans}. */
  static SortedMap<Integer, VlanTable.Entry> vlans(JsonNode container) {
    SortedMap<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    for (JsonNode vlan : field(container, "vlan")) {
      JsonNode config = field(vlan, "config");
      boolean active = !field(config, "status").asText("").endsWith("SUSPENDED");
      vlans.put(
          field(vlan, "vlan-id").asInt(),
          new VlanTable.Entry(field(config, "name").asText(""), active));
    }
    return vlans;
  }

  /**
   * Has a transaction make VLANs and take some away, too.
   *
   * @param shared the instance that all VLANs share that have none of their own
   */
  static void put(SetRequest.Builder set, String shared, VlanEdit edit) {
    edit.removed().forEach(vlan -> set.addDelete(path(shared, vlan)));
    edit.removedSegments().forEach(name -> set.addDelete(path(name)));
    edit.segments()
        .values()
        .forEach(segment -> set.addReplace(update(path(segment.name()), GnmiEvpn.making(segment))));
    edit.made()
        .forEach((vlan, name) -> {
          Path.Builder path = path(shared, vlan);
          path.addElemBuilder().setName("config");
          set.addUpdate(update(path, config(MODULE, vlan, name)));
        });
  }

  private static Update update(Path.Builder path, ObjectNode json) {
    TypedValue value =
        TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(Json.write(json))).build();
    return Update.newBuilder().setPath(path).setVal(value).build();
  }

  /**
   * The {@code config} of one that is active.
   *
   * @param module stands before each name at the top of a value (RFC 7951 section 4); else empty
   */
  static ObjectNode config(String module, int vlan, String name) {
    return JsonNodeFactory.instance
        .objectNode()
        .put(module + "vlan-id", vlan)
        .put(module + "name", name)
        .put(module + "status", "ACTIVE");
  }
}

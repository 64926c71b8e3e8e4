package io.patchbay.torshims.gnmi;

import static io.patchbay.torshims.gnmi.JsonIetf.field;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Json;
import io.patchbay.torshims.VlanTable;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * The VLANs of a network instance in the words of OpenConfig and JSON_IETF: {@code
 * network-instances/network-instance/vlans} (contracts tor.md 2 and 3). Pure.
 */
final class GnmiVlans {
  private static final String MODULE = "openconfig-network-instance:";

  private GnmiVlans() {}

  private static Path.Builder path(String instance) {
    Path.Builder path = Path.newBuilder();
    path.addElemBuilder().setName("network-instances");
    path.addElemBuilder().setName("network-instance").putKey("name", instance);
    path.addElemBuilder().setName("vlans");
    return path;
  }

  private static Path.Builder path(String instance, int vlan) {
    Path.Builder path = path(instance);
    path.addElemBuilder().setName("vlan").putKey("vlan-id", String.valueOf(vlan));
    return path;
  }

  /** Asks for all of them. */
  static GetRequest question(String instance) {
    return GetRequest.newBuilder()
        .setType(GetRequest.DataType.CONFIG)
        .setEncoding(Encoding.JSON_IETF)
        .addPath(path(instance))
        .build();
  }

  /** What the answer says. */
  static VlanTable table(GetResponse response) {
    Map<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    response.getNotificationList().stream()
        .flatMap(notification -> notification.getUpdateList().stream())
        .map(update -> update.getVal().getJsonIetfVal().toStringUtf8())
        .filter(text -> !text.isEmpty())
        .forEach(text -> {
          for (JsonNode vlan : field(Json.read(text, JsonNode.class), "vlan")) {
            JsonNode config = field(vlan, "config");
            boolean active = !field(config, "status").asText("").endsWith("SUSPENDED");
            vlans.put(
                field(vlan, "vlan-id").asInt(),
                new VlanTable.Entry(field(config, "name").asText(""), active));
          }
        });
    return new VlanTable(new TreeMap<>(vlans));
  }

  /** Has a transaction make VLANs, too, by id and name. */
  static void make(SetRequest.Builder set, String instance, Map<Integer, String> vlans) {
    vlans.forEach((vlan, name) -> {
      Path.Builder path = path(instance, vlan);
      path.addElemBuilder().setName("config");
      String json =
          Json.write(
              JsonNodeFactory.instance
                  .objectNode()
                  .put(MODULE + "vlan-id", vlan)
                  .put(MODULE + "name", name)
                  .put(MODULE + "status", "ACTIVE"));
      TypedValue value =
          TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json)).build();
      set.addUpdate(Update.newBuilder().setPath(path).setVal(value));
    });
  }

  /** One transaction that takes VLANs away. */
  static SetRequest.Builder removing(String instance, Collection<Integer> vlans) {
    SetRequest.Builder set = SetRequest.newBuilder();
    vlans.forEach(vlan -> set.addDelete(path(instance, vlan)));
    return set;
  }
}

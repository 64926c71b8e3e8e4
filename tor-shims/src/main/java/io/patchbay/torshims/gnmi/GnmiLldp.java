package io.patchbay.torshims.gnmi;

import static io.patchbay.torshims.gnmi.JsonIetf.field;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Json;
import io.patchbay.torshims.MacText;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Neighbours in the words of OpenConfig and JSON_IETF (contracts tor.md 2 and 3). Pure. */
final class GnmiLldp {
  /** The state of all ports. */
  static final GetRequest QUESTION =
      GetRequest.newBuilder()
          .setType(GetRequest.DataType.STATE)
          .setEncoding(Encoding.JSON_IETF)
          .addPath(path("lldp", "interfaces"))
          .build();

  private GnmiLldp() {}

  private static Path path(String... names) {
    Path.Builder path = Path.newBuilder();
    List.of(names).forEach(name -> path.addElemBuilder().setName(name));
    return path.build();
  }

  /** By port, the MAC addresses of the answer to {@link #QUESTION}; what is not understood not. */
  static Map<String, Set<String>> neighbours(GetResponse response) {
    Map<String, Set<String>> all = new TreeMap<>();
    for (Notification notification : response.getNotificationList()) {
      for (Update update : notification.getUpdateList()) {
        String text = update.getVal().getJsonIetfVal().toStringUtf8();
        if (!text.isEmpty()) {
          ports(Json.read(text, JsonNode.class), all);
        }
      }
    }
    return all;
  }

  private static void ports(JsonNode interfaces, Map<String, Set<String>> all) {
    for (JsonNode port : field(interfaces, "interface")) {
      Set<String> macs = new TreeSet<>();
      for (JsonNode neighbour : field(field(port, "neighbors"), "neighbor")) {
        JsonNode state = field(neighbour, "state");
        MacText.ofPortId(
                field(state, "port-id-type").asText(""), field(state, "port-id").asText(""))
            .ifPresent(macs::add);
      }
      all.put(field(port, "name").asText(""), macs);
    }
  }
}

package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Json;
import io.patchbay.torshims.OperStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether ports have a link: {@code interfaces/interface/state/oper-status} in the words of
 * OpenConfig (contracts tor.md 2 and 3). Pure.
 */
final class GnmiState {
  private static final List<String> NAMES =
      List.of("interfaces", "interface", "state", "oper-status");

  private GnmiState() {}

  /** Where a port tells whether it has a link. */
  static Path path(String port) {
    Path.Builder path = Path.newBuilder();
    NAMES.forEach(name -> path.addElemBuilder().setName(name));
    path.getElemBuilder(1).putKey("name", port);
    return path.build();
  }

  /** Asks that of these ports. */
  static GetRequest question(Collection<String> ports) {
    return GetRequest.newBuilder()
        .setType(GetRequest.DataType.STATE)
        .setEncoding(Encoding.JSON_IETF)
        .addAllPath(ports.stream().map(GnmiState::path).toList())
        .build();
  }

  /** Puts in what a notification tells of ports' links; what is not understood not. */
  static void read(Notification notification, Map<String, Boolean> links) {
    for (Update update : notification.getUpdateList()) {
      port(notification.getPrefix(), update.getPath())
          .ifPresent(
              port -> OperStatus.isUp(text(update.getVal())).ifPresent(up -> links.put(port, up)));
    }
  }

  private static Optional<String> port(Path prefix, Path path) {
    List<PathElem> all = new ArrayList<>(prefix.getElemList());
    all.addAll(path.getElemList());
    List<String> names = all.stream().map(elem -> JsonIetf.plain(elem.getName())).toList();
    return names.equals(NAMES)
        ? Optional.ofNullable(all.get(1).getKeyMap().get("name"))
        : Optional.empty();
  }

  private static String text(TypedValue value) {
    return switch (value.getValueCase()) {
      case JSON_IETF_VAL -> json(value.getJsonIetfVal().toStringUtf8());
      case JSON_VAL -> json(value.getJsonVal().toStringUtf8());
      case STRING_VAL -> value.getStringVal();
      default -> "";
    };
  }

  private static String json(String text) {
    return text.isEmpty() ? "" : Json.read(text, JsonNode.class).asText("");
  }
}

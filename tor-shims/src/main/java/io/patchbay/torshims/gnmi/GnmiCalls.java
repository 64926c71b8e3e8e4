package io.patchbay.torshims.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIBlockingStub;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIStub;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Statuses;
import io.patchbay.torshims.EvpnReading;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.VlanTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Get and Set of a switch's ports. Throws {@link Failure} naming the switch: UNAVAILABLE or TIMEOUT
 * when it cannot be told what the switch has done. One thread at a time.
 */
final class GnmiCalls implements AutoCloseable {
  /** How a switch says that it does not tell such a thing. */
  private static final Set<String> NOT_TOLD =
      Set.of("NOT_FOUND", "UNIMPLEMENTED", "INVALID_ARGUMENT");

  private final SwitchEntry entry;
  private final GnmiPort words;
  private final GnmiDoor door;
  private final Runnable permission;

  /**
   * @param words its words for ports
   * @param permission is run before each call; if it throws, there is none
   */
  GnmiCalls(SwitchEntry entry, GnmiPort words, GnmiDoor door, Runnable permission) {
    this.entry = entry;
    this.words = words;
    this.door = door;
    this.permission = permission;
  }

  private gNMIBlockingStub stub() {
    permission.run();
    return door.stub();
  }

  /** One transaction that makes the ports so; {@code now} is what they are. */
  SetRequest.Builder edit(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    return words.edit(wanted, now);
  }

  /**
   * The same, but that no entry of a list is to go that others have written on, or that the other
   * direction needs: of that only what is the shim's goes.
   */
  Map<String, PortConfig> sparing(Map<String, PortConfig> wanted) {
    Set<String> doomed = GnmiEntries.doomed(wanted);
    Map<String, PortConfig> spared = new TreeMap<>(wanted);
    for (String key : doomed) {
      PortItem item = PortItem.of(key);
      boolean free =
          entry(item).filter(there -> !GnmiEntries.isOurs(item, doomed, there)).isEmpty();
      if (!free || !PortEntry.goes(key, wanted)) {
        spared.put(key, PortEntry.EMPTY);
      }
    }
    return spared;
  }

  /** The entry of a list that an item is in; empty where there is none. */
  private Optional<JsonNode> entry(PortItem item) {
    try {
      return stub().get(question(List.of(item.key()))).getNotificationList().stream()
          .flatMap(notification -> notification.getUpdateList().stream())
          .map(update -> GnmiPort.json(update.getVal()))
          .findFirst();
    } catch (StatusRuntimeException e) {
      if (Statuses.code(e).equals("NOT_FOUND")) {
        return Optional.empty();
      }
      throw failure(e);
    }
  }

  /** One transaction. */
  void set(SetRequest request) {
    try {
      send(request);
    } catch (StatusRuntimeException e) {
      throw failure(e);
    }
  }

  private Failure failure(StatusRuntimeException e) {
    Failure failure = Statuses.toFailure(entry.who(), e);
    return Statuses.code(e).equals("PERMISSION_DENIED")
        ? new Failure(
            failure.kind(), Failure.text(failure), new NotPermitted(Failure.text(failure)))
        : failure;
  }

  /**
   * One transaction, asked for again while another change awaits its confirmation.
   *
   * @param patience for how long; then Failure UNAVAILABLE
   * @param again is run before each try but the first
   */
  void insist(SetRequest request, Patience patience, Runnable again) {
    for (int tries = 1; ; tries++) {
      try {
        send(request);
        return;
      } catch (StatusRuntimeException e) {
        Failure failure = failure(e);
        if (!Statuses.code(e).equals("FAILED_PRECONDITION")) {
          throw failure;
        }
        if (!patience.outlasts(tries, failure)) {
          throw new Failure(
              Failure.Kind.UNAVAILABLE,
              "waited in vain: " + Failure.text(failure),
              new LockHeld(Failure.text(failure)));
        }
        again.run();
      }
    }
  }

  private void send(SetRequest request) {
    var unused = stub().set(request);
  }

  /** One reading for each; asks in halves where one of them has nothing to show. */
  Map<String, PortReading> get(Collection<String> ports) {
    Map<String, PortReading> readings = new LinkedHashMap<>();
    get(List.copyOf(ports), readings);
    return readings;
  }

  private void get(List<String> ports, Map<String, PortReading> readings) {
    try {
      find(ports, stub().get(question(ports)), readings);
    } catch (StatusRuntimeException e) {
      if (!Statuses.code(e).equals("NOT_FOUND")) {
        throw unanswered(ports, failure(e));
      }
      if (ports.size() == 1) {
        readings.put(ports.getFirst(), GnmiPort.none(ports.getFirst()));
      } else {
        get(ports.subList(0, ports.size() / 2), readings);
        get(ports.subList(ports.size() / 2, ports.size()), readings);
      }
    }
  }

  /** A switch that has not the model of what is bound may yet be asked of the rest. */
  private static Failure unanswered(Collection<String> items, Failure failure) {
    boolean bound = items.stream().anyMatch(key -> PortItem.of(key).isBound());
    return bound && failure.kind() == Failure.Kind.UNSUPPORTED
        ? new Failure(Failure.Kind.INVALID, Failure.text(failure), failure)
        : failure;
  }

  /** Who is heard at which port; nobody where the switch does not know of such a thing. */
  Map<String, Set<String>> neighbours() {
    try {
      return GnmiLldp.neighbours(stub().get(GnmiLldp.QUESTION));
    } catch (StatusRuntimeException e) {
      if (NOT_TOLD.contains(Statuses.code(e))) {
        return Map.of();
      }
      throw failure(e);
    }
  }

  /** Which of the ports have a link, as far as the switch tells. */
  Map<String, Boolean> links(Collection<String> ports) {
    Map<String, Boolean> links = new LinkedHashMap<>();
    links(List.copyOf(ports), links);
    return links;
  }

  private void links(List<String> ports, Map<String, Boolean> links) {
    try {
      stub()
          .get(GnmiState.question(ports))
          .getNotificationList()
          .forEach(notification -> GnmiState.read(notification, links));
    } catch (StatusRuntimeException e) {
      String code = Statuses.code(e);
      if (code.equals("NOT_FOUND") && ports.size() > 1) { // of one of them
        links(ports.subList(0, ports.size() / 2), links);
        links(ports.subList(ports.size() / 2, ports.size()), links);
      } else if (!NOT_TOLD.contains(code)) {
        throw failure(e);
      }
    }
  }

  /**
   * All VLANs of the entry's network instance, and those of others.
   *
   * @param others the names of network instances that may be there
   */
  VlanTable vlans(Set<String> others) {
    GetResponse shared = found(GnmiVlans.question(entry.networkInstance()));
    return new VlanTable(
        GnmiVlans.vlans(shared), others.isEmpty() ? new TreeMap<>() : instances(others::contains));
  }

  /** The VNIs of network instances that have names as the shim gives them, and these names. */
  Map<Integer, String> vnis() {
    return EvpnReading.vnis(instances(VlanNames::isOurs).values());
  }

  private SortedMap<String, EvpnReading> instances(Predicate<String> some) {
    Set<String> there = GnmiEvpn.names(found(GnmiEvpn.NAMES), some);
    return there.isEmpty()
        ? new TreeMap<>()
        : GnmiEvpn.readings(entry.who(), found(GnmiEvpn.question(there)), there);
  }

  /** An answer that says nothing where nothing is there. */
  private GetResponse found(GetRequest question) {
    try {
      return stub().get(question);
    } catch (StatusRuntimeException e) {
      if (Statuses.code(e).equals("NOT_FOUND")) {
        return GetResponse.getDefaultInstance();
      }
      throw failure(e);
    }
  }

  /** For streams on the same connection. */
  gNMIStub streams() {
    permission.run();
    return door.streams();
  }

  private GetRequest question(List<String> ports) {
    return GetRequest.newBuilder()
        .setType(GetRequest.DataType.CONFIG)
        .setEncoding(Encoding.JSON_IETF)
        .addAllPath(ports.stream().map(words::path).distinct().toList())
        .build();
  }

  /** Exactly one answer for each port: a switch that answers otherwise is not understood. */
  private void find(List<String> ports, GetResponse response, Map<String, PortReading> readings) {
    for (Notification notification : response.getNotificationList()) {
      for (Update update : notification.getUpdateList()) {
        List<String> told = words.items(notification.getPrefix(), update.getPath(), ports);
        if (told.isEmpty() || told.stream().anyMatch(readings::containsKey)) {
          throw new Failure(
              Failure.Kind.INTERNAL,
              entry.who() + " answers of " + update.getPath() + ", asked for ports " + ports);
        }
        told.forEach(port -> readings.put(port, GnmiPort.reading(port, update.getVal())));
      }
    }
    for (String port : ports) {
      if (!readings.containsKey(port)) {
        throw new Failure(Failure.Kind.INTERNAL, entry.who() + " says nothing of port " + port);
      }
    }
  }

  /** The next call connects anew. */
  @Override
  public void close() {
    door.close();
  }
}

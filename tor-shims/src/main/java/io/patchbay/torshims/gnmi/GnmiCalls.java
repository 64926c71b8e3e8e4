package io.patchbay.torshims.gnmi;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Statuses;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Get and Set of a switch's ports. Throws {@link Failure} naming the switch: UNAVAILABLE or TIMEOUT
 * when it cannot be told what the switch has done. One thread at a time.
 */
final class GnmiCalls implements AutoCloseable {
  private static final Backoff BUSY = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

  private final SwitchEntry entry;
  private final GnmiDoor door;
  private final Time time;

  GnmiCalls(SwitchEntry entry, GnmiDoor door, Time time) {
    this.entry = entry;
    this.door = door;
    this.time = time;
  }

  /** One transaction. */
  void set(SetRequest request) {
    try {
      send(request);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure(entry.who(), e);
    }
  }

  /**
   * One transaction, asked for again while another change awaits its confirmation.
   *
   * @param end until when, by the clock's nanoseconds; then Failure UNAVAILABLE
   */
  void insist(SetRequest request, long end) {
    for (int tries = 1; ; tries++) {
      try {
        send(request);
        return;
      } catch (StatusRuntimeException e) {
        Failure failure = Statuses.toFailure(entry.who(), e);
        if (!Statuses.code(e).equals("FAILED_PRECONDITION")) {
          throw failure;
        }
        Duration pause = BUSY.pause(tries);
        if (time.nanos() + pause.toNanos() - end > 0) {
          throw new Failure(
              Failure.Kind.UNAVAILABLE,
              "waited in vain: " + Failure.text(failure),
              new LockHeld(Failure.text(failure)));
        }
        pause(pause);
      }
    }
  }

  private void send(SetRequest request) {
    var unused = door.stub().set(request);
  }

  private void pause(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": interrupted in a wait", e);
    }
  }

  /** One reading for each; asks in halves where one of them has nothing to show. */
  Map<String, PortReading> get(Collection<String> ports) {
    Map<String, PortReading> readings = new LinkedHashMap<>();
    get(List.copyOf(ports), readings);
    return readings;
  }

  private void get(List<String> ports, Map<String, PortReading> readings) {
    try {
      find(ports, door.stub().get(question(ports)), readings);
    } catch (StatusRuntimeException e) {
      if (!Statuses.code(e).equals("NOT_FOUND")) {
        throw Statuses.toFailure(entry.who(), e);
      }
      if (ports.size() == 1) {
        readings.put(ports.getFirst(), GnmiPort.none());
      } else {
        get(ports.subList(0, ports.size() / 2), readings);
        get(ports.subList(ports.size() / 2, ports.size()), readings);
      }
    }
  }

  private static GetRequest question(List<String> ports) {
    return GetRequest.newBuilder()
        .setType(GetRequest.DataType.CONFIG)
        .setEncoding(Encoding.JSON_IETF)
        .addAllPath(ports.stream().map(GnmiPort::path).toList())
        .build();
  }

  /** Exactly one answer for each port: a switch that answers otherwise is not understood. */
  private void find(List<String> ports, GetResponse response, Map<String, PortReading> readings) {
    for (Notification notification : response.getNotificationList()) {
      for (Update update : notification.getUpdateList()) {
        Optional<String> port = GnmiPort.port(notification.getPrefix(), update.getPath());
        if (port.filter(ports::contains).isEmpty()
            || readings.put(port.get(), GnmiPort.reading(update.getVal())) != null) {
          throw new Failure(
              Failure.Kind.INTERNAL,
              entry.who() + " answers of " + update.getPath() + ", asked for ports " + ports);
        }
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

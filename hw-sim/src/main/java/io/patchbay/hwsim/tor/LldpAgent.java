package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.linux.MacAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the neighbours of a switch who it is, when a port comes up and then every {@link
 * #INTERVAL}, and keeps what they tell. What it keeps is soft state. Safe for all threads.
 */
final class LldpAgent implements AutoCloseable {
  /** IEEE 802.1AB clause 9.2.5.7, msgTxInterval. */
  static final Duration INTERVAL = Duration.ofSeconds(30);

  /** Four intervals, IEEE 802.1AB clause 9.2.5.6. */
  static final int TTL_SECONDS = 120;

  /** How many neighbours a port keeps; a NIC's firmware may speak beside its host. */
  static final int NEIGHBOURS_MAX = 8;

  private static final Logger LOG = LoggerFactory.getLogger(LldpAgent.class);

  private final String systemName;
  private final MacAddress address;
  private final Time time;

  @GuardedBy("this")
  private final Map<String, FramePort> ports = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, List<LldpNeighbour>> neighbours = new HashMap<>();

  @GuardedBy("this")
  private Optional<Time.Timer> next = Optional.empty();

  LldpAgent(String systemName, MacAddress address, Time time) {
    this.systemName = systemName;
    this.address = address;
    this.time = time;
  }

  /** Starts the rounds, the first one interval from now. */
  synchronized void start() {
    next = Optional.of(time.schedule(INTERVAL, this::round));
  }

  /** Speaks on a port from now on, and at once if it has carrier. */
  void attach(String name, FramePort port) {
    synchronized (this) {
      ports.put(name, port);
    }
    announce(name);
  }

  /** A port has come up or gone down. */
  void announce(String name) {
    Optional<FramePort> port;
    synchronized (this) {
      port = Optional.ofNullable(ports.get(name));
    }
    port.filter(FramePort::carrier).ifPresent(up -> up.send(message(name).frame(address)));
  }

  /** Keeps what a neighbour says. */
  void receive(String port, Frame frame) {
    try {
      keep(port, LldpMessage.read(frame));
    } catch (Failure e) {
      LOG.debug("{} {}: {}", systemName, port, e.getMessage());
    }
  }

  /** The neighbours of a port that still count. */
  synchronized List<LldpNeighbour> neighbours(String port) {
    Instant now = time.now();
    List<LldpNeighbour> known = neighbours.computeIfAbsent(port, unseen -> new ArrayList<>());
    known.removeIf(neighbour -> neighbour.expired(now));
    return List.copyOf(known);
  }

  /** Forgets what all neighbours have said. */
  synchronized void forget() {
    neighbours.clear();
  }

  /** What this switch calls itself on the wire. */
  Identity chassis() {
    return new Identity(IdType.MAC_ADDRESS, address.toString());
  }

  @Override
  public synchronized void close() {
    next.ifPresent(Time.Timer::cancel);
    next = Optional.empty();
    ports.clear();
  }

  private void round() {
    List<String> names;
    synchronized (this) {
      if (next.isEmpty()) {
        return;
      }
      names = List.copyOf(ports.keySet());
      start();
    }
    names.forEach(this::announce);
  }

  private LldpMessage message(String port) {
    return new LldpMessage(
        chassis(), new Identity(IdType.INTERFACE_NAME, port), TTL_SECONDS, systemName, "");
  }

  private synchronized void keep(String port, LldpMessage message) {
    Instant now = time.now();
    Instant first =
        neighbours(port).stream()
            .filter(neighbour -> neighbour.sameAs(message))
            .findFirst()
            .map(LldpNeighbour::firstHeard)
            .orElse(now);
    List<LldpNeighbour> known = neighbours.computeIfAbsent(port, unseen -> new ArrayList<>());
    known.removeIf(neighbour -> neighbour.sameAs(message));
    if (message.ttlSeconds() > 0 && known.size() < NEIGHBOURS_MAX) {
      known.add(new LldpNeighbour(message, first, now));
    }
  }
}

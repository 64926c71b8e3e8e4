package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.Link;
import io.patchbay.linux.LldpListener;
import io.patchbay.linux.LldpNeighbour;
import io.patchbay.linux.NetworkNamespace;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the cables of this node's PFs with what the switches at their other ends say of
 * themselves. Who says nothing contradicts nothing. What was heard is forgotten when it is too old,
 * or the link was down. Safe for all threads, as long as one PF has one caller.
 */
final class Wiring implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Wiring.class);

  private final Supplier<CableMap> cables;
  private final String node;
  private final NetworkNamespace home;
  private final Time time;

  /** By the name of a PF's interface. */
  private final Map<String, Ear> ears = new ConcurrentHashMap<>();

  /** One interface that is listened to, and the last thing that was heard there. */
  private static final class Ear {
    final int index;
    final LldpListener listener;
    Optional<LldpNeighbour> said = Optional.empty();
    long until;

    Ear(int index, LldpListener listener) {
      this.index = index;
      this.listener = listener;
    }
  }

  /** One whose cables are never changed. */
  Wiring(CableMap cables, String node, NetworkNamespace home, Time time) {
    this(() -> cables, node, home, time);
  }

  /**
   * @param cables as they are now
   * @param home where the PFs' interfaces are
   */
  Wiring(Supplier<CableMap> cables, String node, NetworkNamespace home, Time time) {
    this.cables = cables;
    this.node = node;
    this.home = home;
    this.time = time;
  }

  /** Whether no cable is known at all. */
  boolean isEmpty() {
    return cables.get().cables().isEmpty();
  }

  /** Why a PF is not plugged in as the cables file has it; empty when nothing says so. */
  Optional<String> wrong(Link pf) {
    Optional<CableMap.Cable> cable = cables.get().find(node, pf.mac());
    if (cable.isEmpty()) {
      return Optional.empty();
    }
    try {
      return heard(pf)
          .flatMap(cable.get()::contradiction)
          .map(why -> "PF " + pf.name() + ": " + why);
    } catch (Failure e) { // the interface is going down, or away
      log.debug("cannot listen to {}: {}", pf.name(), Failure.text(e));
      drop(pf.name());
      return Optional.empty();
    }
  }

  private Optional<LldpNeighbour> heard(Link pf) {
    Ear ear = ear(pf);
    ear.listener
        .heard()
        .ifPresent(neighbour -> {
          ear.said = Optional.of(neighbour);
          ear.until = time.nanos() + neighbour.lifetime().toNanos();
        });
    if (!pf.carrier() || time.nanos() >= ear.until) {
      ear.said = Optional.empty();
    }
    return ear.said;
  }

  /** The endpoint that answers for the PF may number its links otherwise than the namespace. */
  private Ear ear(Link pf) {
    Link here = home.links().require(pf.name());
    Ear known = ears.get(pf.name());
    if (known != null && known.index == here.index()) {
      return known;
    }
    drop(pf.name());
    Ear fresh = new Ear(here.index(), new LldpListener(home, here));
    ears.put(pf.name(), fresh);
    return fresh;
  }

  private void drop(String pf) {
    Optional.ofNullable(ears.remove(pf)).ifPresent(ear -> ear.listener.close());
  }

  @Override
  public void close() {
    ears.keySet().forEach(this::drop);
  }
}

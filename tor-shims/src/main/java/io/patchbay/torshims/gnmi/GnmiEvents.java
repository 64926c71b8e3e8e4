package io.patchbay.torshims.gnmi;

import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.WantedPorts;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a switch is to tell by itself: of links, and of the configuration of the ports that are
 * ours; and of what is bound to them, which is of other models. Each by a stream of its own, for a
 * switch may refuse the one and not the others. Asked for by one thread at a time, on the
 * connection that the driver has.
 */
final class GnmiEvents implements AutoCloseable {
  private final GnmiCalls calls;
  private final GnmiPort words;
  private final WantedPorts wanted = new WantedPorts();
  private final GnmiStream links;

  /** Of VLANs, and leaves of the port itself. */
  private final GnmiStream ports;

  /** Of what is bound to ports. */
  private final GnmiStream bound;

  /**
   * @param who how messages call the switch
   * @param linksChanged is run when a link may have changed; as the other quick, on any thread
   * @param portsChanged is run when somebody else may have changed a port
   */
  GnmiEvents(
      String who,
      GnmiCalls calls,
      GnmiPort words,
      Time time,
      Runnable linksChanged,
      Runnable portsChanged) {
    this.calls = calls;
    this.words = words;
    this.links =
        new GnmiStream(who + ": the stream of links", time, () -> afterwards(linksChanged));
    this.ports =
        new GnmiStream(
            who + ": the stream of ports' configuration",
            time,
            () -> new GnmiChanges(words, wanted, keys(false), portsChanged));
    this.bound =
        new GnmiStream(
            who + ": the stream of what is bound to ports",
            time,
            () -> new GnmiChanges(words, wanted, keys(true), portsChanged));
  }

  /** What comes before the switch is in step is known already. */
  private static GnmiStream.Listener afterwards(Runnable changed) {
    return (Notification news, boolean inStep) -> {
      if (inStep) {
        changed.run();
      }
    };
  }

  /**
   * While the driver makes ports so the switch may tell of that, and of what they were to be
   * before; afterwards of the first alone. What is not made, and was nobody's before, is not
   * followed.
   *
   * @param task makes them so, or throws
   */
  void whileMaking(Map<String, PortConfig> ports, Runnable task) {
    Set<String> fresh = wanted.put(ports);
    try {
      task.run();
    } catch (RuntimeException e) {
      wanted.forget(fresh);
      throw e;
    }
    wanted.settle(ports.keySet());
  }

  /** Has it tell of these ports' links, and of no others'. */
  void followLinks(Collection<String> of) {
    links.follow(
        of.stream().map(GnmiState::path).collect(Collectors.toUnmodifiableSet()), calls::streams);
  }

  /** Has it tell of the configuration of the ports that are ours by now. */
  void followPorts() {
    ports.follow(places(false), calls::streams);
    bound.follow(places(true), calls::streams);
  }

  private Set<String> keys(boolean ofBound) {
    return wanted.keys().stream()
        .filter(key -> PortItem.of(key).isBound() == ofBound)
        .collect(Collectors.toUnmodifiableSet());
  }

  private Set<Path> places(boolean ofBound) {
    return keys(ofBound).stream().map(words::followed).collect(Collectors.toUnmodifiableSet());
  }

  /** All are begun anew when they are asked for again. */
  @Override
  public void close() {
    links.close();
    ports.close();
    bound.close();
  }
}

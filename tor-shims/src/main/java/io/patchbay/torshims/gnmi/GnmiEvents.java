package io.patchbay.torshims.gnmi;

import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.WantedPorts;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a switch is to tell by itself: of links, and of the configuration of the ports that are
 * ours. Each by a stream of its own, for a switch may refuse the one and not the other. Asked for
 * by one thread at a time, on the connection that the driver has.
 */
final class GnmiEvents implements AutoCloseable {
  private final GnmiCalls calls;
  private final GnmiPort words;
  private final WantedPorts wanted = new WantedPorts();
  private final GnmiStream links;
  private final GnmiStream ports;

  /**
   * @param who how messages call the switch
   * @param linksChanged is run when a link may have changed; as the other quick, on any thread
   * @param portsChanged is run when somebody else may have changed a port
   */
  GnmiEvents(
      String who, GnmiCalls calls, GnmiPort words, Runnable linksChanged, Runnable portsChanged) {
    this.calls = calls;
    this.words = words;
    this.links = new GnmiStream(who + ": the stream of links", () -> afterwards(linksChanged));
    this.ports =
        new GnmiStream(
            who + ": the stream of ports' configuration",
            () -> new GnmiChanges(words, wanted, portsChanged));
  }

  /** What comes before the switch is in step is known already. */
  private static GnmiStream.Listener afterwards(Runnable changed) {
    return (Notification news, boolean inStep) -> {
      if (inStep) {
        changed.run();
      }
    };
  }

  /** The driver is about to make ports so. */
  void want(Map<String, PortConfig> ports) {
    wanted.put(ports);
  }

  /** Has it tell of these ports' links, and of no others'. */
  void followLinks(Collection<String> of) {
    links.follow(
        of.stream().map(GnmiState::path).collect(Collectors.toUnmodifiableSet()), calls::streams);
  }

  /** Has it tell of the configuration of the ports that are ours by now. */
  void followPorts() {
    Set<Path> paths =
        wanted.keys().stream().map(words::path).collect(Collectors.toUnmodifiableSet());
    ports.follow(paths, calls::streams);
  }

  /** All are begun anew when they are asked for again. */
  @Override
  public void close() {
    links.close();
    ports.close();
  }
}

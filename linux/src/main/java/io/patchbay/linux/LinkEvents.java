package io.patchbay.linux;

import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkWatch;
import io.patchbay.linux.netlink.Rtm;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The changes of links in one namespace since the subscription. A platform thread of its own reads
 * the kernel's socket into a bounded queue; any thread may take from it.
 */
public final class LinkEvents implements AutoCloseable {
  /** One thing that happened. */
  public sealed interface Event {
    /** The link is new, or something about it changed. */
    record Changed(Link link) implements Event {}

    /** The link left the namespace: deleted, or moved elsewhere. */
    record Removed(Link link) implements Event {}

    /** More happened than could be kept: look at the links again. */
    record Lost() implements Event {}
  }

  private final EventQueue<Event> queue = new EventQueue<>(new Event.Lost());
  private final NetlinkWatch watch;

  private LinkEvents(NetlinkWatch watch) {
    this.watch = watch;
  }

  static LinkEvents in(NetworkNamespace namespace) {
    LinkEvents events = new LinkEvents(namespace.call(NetlinkWatch::links));
    Thread.ofPlatform()
        .daemon()
        .name("link-events")
        .start(() -> events.watch.run(events::take, events.queue::lose));
    return events;
  }

  private void take(List<NetlinkMessage> messages) {
    for (NetlinkMessage message : messages) {
      switch (message.type()) {
        case Rtm.NEWLINK -> queue.keep(new Event.Changed(Link.of(message)));
        case Rtm.DELLINK -> queue.keep(new Event.Removed(Link.of(message)));
        default -> throw new IllegalStateException("among link events: " + message);
      }
    }
  }

  /** The next event, if one comes within the time. */
  public Optional<Event> next(Duration timeout) {
    return queue.next(timeout);
  }

  @Override
  public void close() {
    watch.close();
  }
}

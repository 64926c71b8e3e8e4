package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkWatch;
import io.patchbay.linux.netlink.Rtm;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The changes of links in one namespace since the subscription. A platform thread of its own reads
 * the kernel's socket into a bounded queue; any thread may take from it.
 */
public final class LinkEvents implements AutoCloseable {
  private static final int QUEUED = 4096;

  /** One thing that happened. */
  public sealed interface Event {
    /** The link is new, or something about it changed. */
    record Changed(Link link) implements Event {}

    /** The link left the namespace: deleted, or moved elsewhere. */
    record Removed(Link link) implements Event {}

    /** More happened than could be kept: look at the links again. */
    record Lost() implements Event {}
  }

  private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUED);
  private final NetlinkWatch watch;

  private LinkEvents(NetlinkWatch watch) {
    this.watch = watch;
  }

  static LinkEvents in(NetworkNamespace namespace) {
    LinkEvents events = new LinkEvents(namespace.call(NetlinkWatch::links));
    Thread.ofPlatform()
        .daemon()
        .name("link-events")
        .start(() -> events.watch.run(events::take, events::lose));
    return events;
  }

  private void take(List<NetlinkMessage> messages) {
    for (NetlinkMessage message : messages) {
      switch (message.type()) {
        case Rtm.NEWLINK -> keep(new Event.Changed(Link.of(message)));
        case Rtm.DELLINK -> keep(new Event.Removed(Link.of(message)));
        default -> throw new IllegalStateException("among link events: " + message);
      }
    }
  }

  private void keep(Event event) {
    if (!queue.offer(event)) {
      lose();
    }
  }

  private void lose() {
    queue.clear();
    queue.add(new Event.Lost());
  }

  /** The next event, if one comes within the time. */
  public Optional<Event> next(Duration timeout) {
    try {
      return Optional.ofNullable(queue.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for link events", e);
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}

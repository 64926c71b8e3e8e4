package io.patchbay.hwsim.nic;

import io.patchbay.linux.LinkEvents;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * Has each NIC follow what an operator does to its PF's interface with {@code ip link}: on a thread
 * of its own, until it is closed.
 */
final class PfWatch implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final LinkEvents events;
  private final List<SimulatedNic> nics;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param events of the first namespace; closed by whoever opened them, after this
   */
  PfWatch(LinkEvents events, Collection<SimulatedNic> nics) {
    this.events = events;
    this.nics = List.copyOf(nics);
    this.thread = Thread.ofPlatform().daemon().name("pf-watch").start(this::watch);
  }

  private void watch() {
    while (!closed) {
      events.next(PATIENCE).ifPresent(this::heard);
    }
  }

  private void heard(LinkEvents.Event event) {
    for (SimulatedNic nic : nics) {
      if (mayConcern(event, nic)) {
        var unused = nic.followPf();
      }
    }
  }

  private static boolean mayConcern(LinkEvents.Event event, SimulatedNic nic) {
    int index = nic.pf().map(Netdev::index).orElse(0);
    return switch (event) {
      case LinkEvents.Event.Changed now -> now.link().index() == index;
      case LinkEvents.Event.Removed gone -> gone.link().index() == index;
      case LinkEvents.Event.Lost _ -> true;
    };
  }

  @Override
  public void close() {
    closed = true;
    ThreadEnd.await(thread);
  }
}

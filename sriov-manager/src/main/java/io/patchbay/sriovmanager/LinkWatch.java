package io.patchbay.sriovmanager;

import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.NetworkNamespace;
import java.time.Duration;

/** Wakes somebody when an interface of a namespace changes: a VF may have come home. */
final class LinkWatch implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final LinkEvents events;
  private final Thread thread;
  private volatile boolean closed;

  LinkWatch(NetworkNamespace home, Runnable changed) {
    events = home.links().subscribe();
    thread = Thread.ofVirtual().name("link-watch").start(() -> run(changed));
  }

  private void run(Runnable changed) {
    while (!closed) {
      if (events.next(PATIENCE).isPresent()) {
        changed.run();
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
    events.close();
  }
}

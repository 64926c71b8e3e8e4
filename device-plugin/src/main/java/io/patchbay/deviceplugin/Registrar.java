package io.patchbay.deviceplugin;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps every resource name registered, whatever the kubelet does: it restarts, deletes our
 * sockets, stays away for an hour. At the end it leaves with an empty list of each. One thread
 * looks at all of it: when the kernel says that something happened in the kubelet's folder, when
 * the manager tells of new names, and each second besides. Each name is tended on a thread of its
 * own, for the kubelet may let one of them wait.
 */
final class Registrar implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registrar.class);
  private static final long POLL_MILLIS = 1000;

  private final KubeletFolder folder;
  private final KubeletFolder watchedByKubelet;
  private final Sights sights;
  private final Function<String, ResourceService> services;
  private final Channels channels;
  private final Time time;
  private final WatchService events;
  private final Map<String, Registration> registrations = new HashMap<>();
  private final Map<Registration, Thread> tending = new HashMap<>();
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private @Nullable WatchKey watched;

  /** What was last told of; written by one thread at a time. */
  private volatile Set<String> names = Set.of();

  /**
   * @param folder where the kubelet can be called
   * @param watchedByKubelet where it looks for plugins by itself, if that exists
   * @param services makes the service of a resource name
   */
  Registrar(
      KubeletFolder folder,
      KubeletFolder watchedByKubelet,
      Sights sights,
      Function<String, ResourceService> services,
      Channels channels,
      Time time) {
    this.folder = folder;
    this.watchedByKubelet = watchedByKubelet;
    this.sights = sights;
    this.services = services;
    this.channels = channels;
    this.time = time;
    try {
      this.events = folder.path().getFileSystem().newWatchService();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no inotify: " + Failure.text(e), e);
    }
    this.thread = Thread.ofVirtual().name("registrar").unstarted(this::run);
  }

  void start() {
    Thread.ofVirtual().name("folder-watch").start(this::listen);
    thread.start();
  }

  private void run() {
    folder.sweep();
    watchedByKubelet.sweep();
    Runnable unfollow = sights.follow(this::wakeForNames);
    try {
      while (!Thread.currentThread().isInterrupted()) {
        watchFolder();
        tend();
        if (wake.tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      }
    } catch (InterruptedException end) {
      log.debug("the registrar ends");
    } finally {
      unfollow.run();
    }
  }

  private void wakeForNames(Sight sight) {
    if (!sight.resourceNames().equals(names)) {
      names = Set.copyOf(sight.resourceNames());
      wake.release();
    }
  }

  /** Passes the kernel's news on, until the watch service is closed. */
  private void listen() {
    try {
      while (true) {
        WatchKey key = events.take();
        key.pollEvents();
        key.reset();
        wake.release();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.debug("the folder is no longer watched");
    }
  }

  /** The folder may come, or come anew, at any time. */
  private void watchFolder() {
    if ((watched != null && watched.isValid()) || !Files.isDirectory(folder.path())) {
      return;
    }
    try {
      watched =
          folder
              .path()
              .register(
                  events,
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      log.warn("cannot watch {}, looking each second instead: {}", folder, Failure.text(e));
    }
  }

  private void tend() {
    for (String resource : sights.current().resourceNames()) {
      registrations.computeIfAbsent(resource, this::registration);
    }
    folder
        .kubelet()
        .ifPresent(kubelet -> registrations.values().forEach(each -> tend(each, kubelet)));
  }

  private void tend(Registration registration, String kubelet) {
    Thread last = tending.get(registration);
    if (last == null || !last.isAlive()) {
      tending.put(
          registration,
          Thread.ofVirtual().name("register").start(() -> register(registration, kubelet)));
    }
  }

  private void register(Registration registration, String kubelet) {
    try {
      registration.tend(folder.kubeletSocket(), kubelet);
    } catch (RuntimeException e) {
      log.error("registering failed, again in a second: {}", Failure.text(e), e);
    }
  }

  private Registration registration(String resource) {
    Registration.Sockets sockets =
        new Registration.Sockets(folder.socket(resource), watchedByKubelet.socket(resource));
    return new Registration(services.apply(resource), resource, sockets, channels, time);
  }

  @Override
  public void close() throws InterruptedException, IOException {
    thread.interrupt();
    thread.join();
    events.close();
    tending.values().forEach(Thread::interrupt);
    for (Thread each : tending.values()) {
      each.join();
    }
    registrations.values().forEach(Registration::leave);
  }
}

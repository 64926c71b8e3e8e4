package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.TapDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes netdevs that are taps of the real kernel in one namespace. A platform thread of its own
 * asks all of them time and again where they are: a tap that has died with its pod's namespace can
 * no longer tell its name. Safe for all threads; closing ends that thread and leaves the taps
 * alone.
 */
final class TapNetdevs implements Netdev.Maker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TapNetdevs.class);
  private static final Path TUN = Path.of("/dev/net/tun");

  /** How old the name of a dying tap may be. */
  private static final Duration WATCH = Duration.ofMillis(250);

  /** How many names are tried in place of a taken one. */
  private static final int OTHER_NAMES = 64;

  private final NetworkNamespace home;
  private final Time time;
  private final Set<TapNetdev> taps = ConcurrentHashMap.newKeySet();
  private final Thread watcher;

  TapNetdevs(NetworkNamespace home, Time time) {
    this.home = home;
    this.time = time;
    this.watcher = Thread.ofPlatform().daemon().name("tap-watch").start(this::watch);
  }

  /** Why no taps can be made on this machine, if so. */
  static Optional<String> obstacle() {
    return Files.isWritable(TUN) ? Optional.empty() : Optional.of("needs " + TUN + " (and root)");
  }

  @Override
  public Netdev make(String name, MacAddress mac, Consumer<Frame> sent) {
    TapNetdev tap = new TapNetdev(this, name, mac, sent);
    taps.add(tap);
    return tap;
  }

  /** A new tap in the home namespace under this name, or under {@code dev<n>} if it is taken. */
  TapDevice create(String name, int number) {
    String free = name;
    for (int other = 0; other < OTHER_NAMES && home.links().find(free).isPresent(); other++) {
      free = "dev" + (number + other);
    }
    return TapDevice.create(free, home);
  }

  int index(String name) {
    return home.links().find(name).map(Link::index).orElse(0);
  }

  boolean isUp(int index) {
    return home.links().byIndex(index).filter(Link::up).isPresent();
  }

  boolean isHome(long namespaceInode) {
    return home.inode() == namespaceInode;
  }

  void forget(TapNetdev tap) {
    taps.remove(tap);
  }

  @Override
  public void close() {
    watcher.interrupt();
    ThreadEnd.await(watcher);
  }

  private static void look(TapNetdev tap) {
    try {
      tap.place();
    } catch (Failure e) {
      LOG.warn("cannot see where a tap is: {}", Failure.text(e), e);
    }
  }

  private void watch() {
    try {
      while (true) {
        time.sleep(WATCH);
        taps.forEach(TapNetdevs::look);
      }
    } catch (InterruptedException e) {
      LOG.trace("no longer watching the taps of {}", home);
    }
  }
}

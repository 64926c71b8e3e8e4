package io.patchbay.hwsim.nic;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.TapDevice;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A netdev that is a tap. A tap dies with the namespace it was moved into, where the netdev of a
 * real VF goes home; so this makes a new one at home, under the last known name, down and without
 * addresses, with the same MAC and carrier. The MTU is the default again, which a real one's is
 * not.
 *
 * <p>A platform thread of its own reads what the tap sends, and makes the new one. Safe for all
 * threads.
 */
final class TapNetdev implements Netdev {
  private static final Logger LOG = LoggerFactory.getLogger(TapNetdev.class);

  private final TapNetdevs taps;
  private final Consumer<Frame> sent;
  private final int index;
  private final Thread reader;
  private volatile TapDevice tap;
  private volatile NetdevPlace place;

  @GuardedBy("this")
  private MacAddress mac;

  @GuardedBy("this")
  private boolean carrier = true;

  @GuardedBy("this")
  private boolean closed;

  TapNetdev(TapNetdevs taps, String name, MacAddress mac, Consumer<Frame> sent) {
    this.taps = taps;
    this.sent = sent;
    this.mac = mac;
    this.tap = taps.create(name, 0);
    this.index = taps.index(tap.name());
    this.place = new NetdevPlace(tap.name(), true, 0);
    tap.mac(mac);
    place();
    this.reader = Thread.ofPlatform().daemon().name("tap-" + tap.name()).unstarted(this::read);
    reader.start();
  }

  /** Asked from time to time, this also keeps the name that the netdev will have at home. */
  @Override
  public NetdevPlace place() {
    tap.place()
        .ifPresent(now ->
            place =
                new NetdevPlace(
                    now.name(), taps.isHome(now.namespaceInode()), now.namespaceInode()));
    return place;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean up() {
    return taps.isUp(index);
  }

  @Override
  public synchronized void mac(MacAddress wanted) {
    mac = wanted;
    unlessGone(() -> tap.mac(wanted));
  }

  @Override
  public synchronized void carrier(boolean on) {
    carrier = on;
    unlessGone(() -> tap.carrier(on));
  }

  @Override
  public boolean deliver(Frame frame) {
    byte[] octets = frame.octets();
    return tap.write(octets, 0, octets.length);
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      tap.close();
    }
    taps.forget(this);
    ThreadEnd.await(reader);
  }

  private void read() {
    byte[] buffer = new byte[Frame.OCTETS_MAX];
    do {
      TapDevice alive = tap;
      for (int size = alive.read(buffer); size >= 0; size = alive.read(buffer)) {
        send(buffer, size);
      }
    } while (comeHome());
  }

  private void send(byte[] buffer, int size) {
    try {
      sent.accept(Frame.read(buffer, 0, size));
    } catch (RuntimeException e) {
      LOG.warn("{}: lost a frame of {} octets: {}", place.name(), size, Failure.text(e), e);
    }
  }

  /** Whether there is a tap again: not after {@link #close}, nor when home itself is gone. */
  private synchronized boolean comeHome() {
    tap.close();
    if (closed) {
      return false;
    }
    try {
      tap = taps.create(place.name(), index);
      tap.mac(mac);
      tap.carrier(carrier);
      LOG.debug("{} is home as {}", place, place().name());
      return true;
    } catch (Failure e) {
      LOG.warn("{} cannot come home: {}", place, Failure.text(e), e);
      return false;
    }
  }

  /** Runs a change of the tap; one that is just dying will be made again with it. */
  @GuardedBy("this")
  private void unlessGone(Runnable change) {
    try {
      change.run();
    } catch (Failure e) {
      if (tap.place().isPresent()) {
        throw e;
      }
      LOG.trace("{} is gone: {}", place, Failure.text(e), e);
    }
  }
}

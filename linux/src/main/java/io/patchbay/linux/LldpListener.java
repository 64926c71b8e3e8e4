package io.patchbay.linux;

import java.util.Optional;

/**
 * Hears what the device at the other end of one interface's cable says of itself. Some NICs answer
 * LLDP in their firmware: then nothing is ever heard. Not safe for several threads.
 */
public final class LldpListener implements AutoCloseable {
  /** More than that at once are no announcements. */
  private static final int FRAMES = 64;

  private final PacketSocket socket;

  /** Listens to a link of the namespace from now on. */
  public LldpListener(NetworkNamespace namespace, Link link) {
    socket = PacketSocket.open(namespace, link, LldpNeighbour.ETHER_TYPE, LldpNeighbour.GROUP);
  }

  /** The last one that has come since the last call; does not wait. */
  public Optional<LldpNeighbour> heard() {
    Optional<LldpNeighbour> last = Optional.empty();
    Optional<byte[]> frame = socket.poll();
    for (int i = 0; i < FRAMES && frame.isPresent(); i++) {
      Optional<LldpNeighbour> next = LldpNeighbour.parse(frame.get());
      last = next.isPresent() ? next : last;
      frame = socket.poll();
    }
    return last;
  }

  @Override
  public void close() {
    socket.close();
  }
}

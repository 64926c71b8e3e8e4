package io.patchbay.mesh;

import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The descriptors in a session's hands, by what they stand for. Used inside the session's turn
 * only; a restart ends them, and the client's next request brings them again.
 */
final class HeldFiles {
  static final Key<HeldFiles> KEY = Key.soft("descriptors");

  private final Map<Identity, Integer> descriptors = new HashMap<>();

  /** The descriptor of a file; it stays the session's. */
  OptionalInt find(Identity file) {
    Integer known = descriptors.get(file);
    return known == null ? OptionalInt.empty() : OptionalInt.of(known);
  }

  /** The files that there are descriptors of. */
  Set<Identity> all() {
    return Set.copyOf(descriptors.keySet());
  }

  /**
   * Takes what the peer sent, or sends until the patience ends, also if it is here already: whoever
   * names a file must show it each time, for an inode's number may have come to mean another.
   * Throws Failure: TIMEOUT, UNAVAILABLE when the peer goes.
   */
  void receive(Identity file, FdPort peer, Duration patience) {
    int descriptor =
        peer.receive(file.device(), file.inode(), patience.isNegative() ? Duration.ZERO : patience);
    if (descriptors.putIfAbsent(file, descriptor) != null) {
      Descriptor.close(descriptor);
    }
  }

  /** Closes all but these. */
  void retain(Set<Identity> files) {
    Iterator<Map.Entry<Identity, Integer>> all = descriptors.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Identity, Integer> each = all.next();
      if (!files.contains(each.getKey())) {
        all.remove();
        Descriptor.close(each.getValue());
      }
    }
  }

  void close() {
    retain(Set.of());
  }
}

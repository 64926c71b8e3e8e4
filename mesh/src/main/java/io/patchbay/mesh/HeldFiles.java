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
import java.util.function.Predicate;

/**
 * The descriptors in a session's hands, by what they stand for. Used inside the session's turn
 * only; a restart ends them, and the client's next request brings them again.
 */
final class HeldFiles {
  static final Key<HeldFiles> KEY = Key.soft("descriptors");

  private final Map<Identity, Integer> descriptors = new HashMap<>();
  private final Predicate<Identity> dispensable;

  /**
   * @param dispensable whether the work can be done without the descriptor of this file
   */
  HeldFiles(Predicate<Identity> dispensable) {
    this.dispensable = dispensable;
  }

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
   * Takes what the peer sent, or sends until the patience ends, unless it is here already or can be
   * done without. Throws Failure: TIMEOUT, UNAVAILABLE when the peer goes.
   */
  void receive(Identity file, FdPort peer, Duration patience) {
    if (descriptors.containsKey(file)) {
      return;
    }
    OptionalInt come = peer.look(file.device(), file.inode());
    if (come.isEmpty() && dispensable.test(file)) {
      return;
    }
    descriptors.put(
        file,
        come.isPresent()
            ? come.getAsInt()
            : peer.receive(
                file.device(), file.inode(), patience.isNegative() ? Duration.ZERO : patience));
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

package io.patchbay.mesh;

import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
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

  /** Who names files here. */
  enum Side {
    CALLER,
    NEXT_HOP
  }

  /** A side has shown that a file is its own to name: its descriptor came from there. */
  private record Shown(Side side, Identity file) {}

  private final Map<Identity, Integer> descriptors = new HashMap<>();
  private final Set<Shown> shown = new HashSet<>();
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

  /** Whether the side has once sent what it names, and no request since has named another. */
  boolean hasShown(Side side, Identity file) {
    return shown.contains(new Shown(side, file));
  }

  /**
   * Takes what the peer sent, or sends until the patience ends, unless it is here already. What the
   * peer has sent before may be done without, if the work can. Throws Failure: TIMEOUT, UNAVAILABLE
   * when the peer goes.
   */
  void receive(Side side, Identity file, FdPort peer, Duration patience) {
    boolean known = hasShown(side, file);
    if (known && descriptors.containsKey(file)) {
      return;
    }
    OptionalInt come = peer.look(file.device(), file.inode());
    if (come.isEmpty() && known && dispensable.test(file)) {
      return;
    }
    int descriptor =
        come.isPresent()
            ? come.getAsInt()
            : peer.receive(
                file.device(), file.inode(), patience.isNegative() ? Duration.ZERO : patience);
    shown.add(new Shown(side, file));
    if (descriptors.putIfAbsent(file, descriptor) != null) {
      Descriptor.close(descriptor);
    }
  }

  /** Whoever names one of these again must send it again. */
  void forget(Predicate<Identity> files) {
    shown.removeIf(each -> files.test(each.file()));
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

package io.patchbay.mesh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.NextHops.Door;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that are known by a descriptor, and dialled through it. Each is open while anybody has a
 * door to it: so its inode number cannot come to mean another. Some stay open after that, those
 * used last: whoever comes next need not be dialled and shake hands again. The connection goes
 * before the descriptor, whose number may come to mean another. Safe for all threads.
 */
public final class SocketFiles {
  private static final int MOST = 10_000;

  private static final class Open {
    final int descriptor;
    int doors;

    Open(int descriptor) {
      this.descriptor = descriptor;
    }

    Url url() {
      return new Url("unix", "/proc/self/fd/" + descriptor);
    }
  }

  private final Channels channels;
  private final int idleMax;

  @GuardedBy("this")
  private final Map<Identity, Open> open = new HashMap<>();

  /** Those without a door, the one left longest ago first. */
  @GuardedBy("this")
  private final SequencedSet<Identity> idle = new LinkedHashSet<>();

  /**
   * @param channels by which they will be dialled
   * @param idleMax how many may stay open without a door
   */
  public SocketFiles(Channels channels, int idleMax) {
    this.channels = channels;
    this.idleMax = idleMax;
  }

  /** Takes a descriptor over; one of a socket that is open already is closed. */
  public synchronized Door add(Identity socket, int descriptor) {
    Open known = open.get(socket);
    if (known != null) {
      Descriptor.close(descriptor);
      return door(socket, known);
    }
    if (open.size() >= MOST) {
      Descriptor.close(descriptor);
      throw new Failure(Failure.Kind.EXHAUSTED, MOST + " sockets are open already");
    }
    Open fresh = new Open(descriptor);
    open.put(socket, fresh);
    return door(socket, fresh);
  }

  /** One more door to a socket that is open. */
  public synchronized Optional<Door> find(Identity socket) {
    @Nullable Open known = open.get(socket);
    return known == null ? Optional.empty() : Optional.of(door(socket, known));
  }

  /** Sends the socket's descriptor to a peer, if the socket is open. Throws as the port does. */
  public synchronized void send(Identity socket, FdPort peer) {
    @Nullable Open known = open.get(socket);
    if (known != null) {
      peer.send(known.descriptor);
    }
  }

  /** How many are open. */
  public synchronized int size() {
    return open.size();
  }

  @GuardedBy("this")
  private Door door(Identity socket, Open known) {
    known.doors++;
    idle.remove(socket);
    AtomicBoolean shut = new AtomicBoolean();
    return new Door(
        known.url(),
        () -> {
          if (shut.compareAndSet(false, true)) {
            leave(socket, known);
          }
        });
  }

  private synchronized void leave(Identity socket, Open known) {
    known.doors--;
    if (known.doors == 0) {
      idle.addLast(socket);
      if (idle.size() > idleMax) {
        shut(idle.removeFirst());
      }
    }
  }

  @GuardedBy("this")
  private void shut(Identity socket) {
    @Nullable Open unused = open.remove(socket);
    if (unused != null) {
      channels.drop(unused.url());
      Descriptor.close(unused.descriptor);
    }
  }
}

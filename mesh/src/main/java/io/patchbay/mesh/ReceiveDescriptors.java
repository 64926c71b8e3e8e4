package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Takes the descriptors of what a request names by inode, as they come beside it on a unix socket
 * (contracts/nsm.md 3.1), waiting until the caller's deadline. {@link Dial} behind it passes them
 * on, and takes those that come with the next hop's answer.
 *
 * <p>Each request must bring them: an inode is easily guessed, and whoever has no descriptor of a
 * namespace has no say in it. Whoever is not needed any more is closed at once: a namespace lives
 * as long as anybody has a descriptor of it, and one that outlives its pod would keep the pod's
 * interfaces.
 */
public final class ReceiveDescriptors implements Link {
  /** More files than this in one request are an attack, not a choice. */
  private static final int MOST = 256;

  private final Time time;
  private final Predicate<Identity> kept;

  private ReceiveDescriptors(Time time, Predicate<Identity> kept) {
    this.time = time;
    this.kept = kept;
  }

  /** For a hop that only passes them on: nothing is kept between requests. */
  public static ReceiveDescriptors toPassOn(Time time) {
    return new ReceiveDescriptors(time, file -> false);
  }

  /**
   * For a hop that works on what is named: from a request to the connection's end it keeps those of
   * agreed mechanisms.
   *
   * @param visible whether this process can open the file without a descriptor of it: that one is
   *     not kept
   */
  public static ReceiveDescriptors toUse(Time time, Predicate<Identity> visible) {
    return new ReceiveDescriptors(time, visible.negate());
  }

  @Override
  public Connection request(Call call, Handler next) {
    Session session = call.session();
    HeldFiles files = session.hold(HeldFiles.KEY, HeldFiles::new, HeldFiles::close);
    Set<Identity> before = files.all();
    try {
      receive(call, files);
      Connection answer = next.request(call);
      Set<Identity> agreed = agreed(session, answer);
      Set<Identity> held = files.all();
      agreed.removeIf(file -> !held.contains(file) || !kept.test(file));
      files.retain(agreed);
      return answer;
    } catch (RuntimeException | Error e) {
      files.retain(before);
      throw e;
    }
  }

  /**
   * A connection of an earlier process comes from another hop all the same: what it names by path
   * is not ours to open.
   */
  @Override
  public void restore(Session session) {
    var unused = session.hold(HeldFiles.KEY, HeldFiles::new, HeldFiles::close);
  }

  private void receive(Call call, HeldFiles files) {
    Optional<Peer> caller = Peer.find();
    if (caller.isEmpty()) {
      return; // our own doing, with what the caller named before
    }
    Set<Identity> named = InodeUrls.named(call.connection(), call.preferences());
    if (named.size() > MOST) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the request names " + named.size() + " inodes; at most " + MOST + " are taken");
    }
    for (Identity file : named) {
      FdPort port =
          caller
              .get()
              .descriptors()
              .orElseThrow(() ->
                  Policies.denied(
                      "'"
                          + file
                          + "' came by a connection that cannot carry its descriptor, so"
                          + " nothing says that it is the caller's"));
      files.receive(file, port, Duration.between(time.now(), call.deadline()));
    }
  }

  /** Of both sides, what is named after this request. */
  private static Set<Identity> agreed(Session session, Connection answer) {
    Set<Identity> files = new LinkedHashSet<>(InodeUrls.named(answer, List.of()));
    Dial.ahead(session).ifPresent(ahead -> files.addAll(InodeUrls.named(ahead, List.of())));
    return files;
  }
}

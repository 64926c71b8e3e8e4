package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Stack;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What goes beside one call to a next hop: descriptors of this process's own files, which its
 * connection names by path and the wire by inode, and those that the session holds. Made for one
 * call; closed after it.
 */
final class Beside implements AutoCloseable {
  private final Optional<HeldFiles> held;
  private final Stack opened = new Stack();
  private final List<Integer> descriptors = new ArrayList<>();
  private final Map<String, String> originals = new HashMap<>();
  private Descriptors call = new Descriptors(List.of());

  /**
   * @param held what a hop between others has received; empty where the connection begins
   */
  Beside(Optional<HeldFiles> held) {
    this.held = held;
  }

  /** The connection as it goes on the wire. */
  Connection out(Connection connection) {
    return InodeUrls.change(connection, this::out);
  }

  /** The preferences as they go on the wire. */
  List<Mechanism> out(List<Mechanism> preferences) {
    return preferences.stream().map(each -> InodeUrls.change(each, this::out)).toList();
  }

  /** A hop between others must not open a path for them: those are its own, and not theirs. */
  private String out(String url) {
    if (OwnFile.is(url) && held.isEmpty()) {
      OwnFile file = opened.push(OwnFile.open(url));
      if (originals.put(file.url(), url) == null) {
        descriptors.add(file.descriptor());
      }
      return file.url();
    }
    if (originals.put(url, url) == null) {
      Identity.parse(url)
          .flatMap(file -> held.map(files -> files.find(file)))
          .ifPresent(known -> known.ifPresent(descriptors::add));
    }
    return url;
  }

  /** For the call's options, once everything has gone {@link #out}. */
  Descriptors descriptors() {
    call = new Descriptors(descriptors);
    return call;
  }

  /** The connection that the answer came by, if it can carry descriptors. */
  Optional<FdPort> peer() {
    return call.port();
  }

  /** Whether this is what we named, so that the next hop has it from us. */
  boolean named(String url) {
    return originals.containsKey(url);
  }

  /** An answer's connection with the URLs that we had for what we named. */
  Connection back(Connection answer) {
    return InodeUrls.change(answer, url -> originals.getOrDefault(url, url));
  }

  @Override
  public void close() {
    opened.close();
  }
}

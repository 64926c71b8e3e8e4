package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The files that mechanisms name, whatever their type: the network namespace of a KERNEL one, the
 * socket of a MEMIF one (contracts/nsm.md sections 2 and 2.3). Pure.
 */
final class InodeUrls {
  static final String KEY = "inodeURL";

  private InodeUrls() {}

  /**
   * What is named by its inode: what came, or goes, as a descriptor beside the call. Throws Failure
   * INVALID for a URL of any other kind, however it is written: a path is one thing to who names it
   * and another to who opens it.
   */
  static Set<Identity> named(Connection connection, List<Mechanism> preferences) {
    Set<Identity> all = new LinkedHashSet<>();
    Stream.concat(Stream.of(connection.getMechanism()), preferences.stream())
        .map(mechanism -> mechanism.getParametersOrDefault(KEY, ""))
        .filter(url -> !url.isEmpty())
        .forEach(url -> all.add(identity(url)));
    return all;
  }

  private static Identity identity(String url) {
    return Identity.parse(url)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.INVALID,
                "'"
                    + url
                    + "' means nothing in another process: write inode://dev/ino and send it"));
  }

  /** The mechanism with its URL, if it has one, changed. */
  static Mechanism change(Mechanism mechanism, UnaryOperator<String> change) {
    String url = mechanism.getParametersOrDefault(KEY, "");
    return url.isEmpty()
        ? mechanism
        : mechanism.toBuilder().putParameters(KEY, change.apply(url)).build();
  }

  /** The connection with its mechanism's URL, if it has one, changed. */
  static Connection change(Connection connection, UnaryOperator<String> change) {
    return connection.hasMechanism()
        ? connection.toBuilder().setMechanism(change(connection.getMechanism(), change)).build()
        : connection;
  }
}

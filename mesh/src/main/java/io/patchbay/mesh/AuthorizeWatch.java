package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Access.ToMonitor;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.RequestHeaders;
import io.patchbay.sockets.TlsPeer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Lets somebody watch the connections of a hop, if the policies have nothing against it. With the
 * monitor policy among them ({@link PolicyFiles#OWN_CONNECTIONS}) a watcher is told of its own
 * connections only: those whose path has a token of its name.
 */
public final class AuthorizeWatch {
  /**
   * What somebody may watch.
   *
   * @param who its SPIFFE ID; empty if nobody has one here
   */
  record View(String who, Predicate<Connection> sees) {}

  private final Policies policies;
  private final Tokens tokens;
  private final boolean ownOnly;

  /** Whether any policy looks at whose the connections are: to find out costs time for each. */
  private final boolean ownersMatter;

  /**
   * @param policies what whoever watches must satisfy
   * @param tokens our own: the watcher's must be meant for whoever they name
   */
  public AuthorizeWatch(Policies policies, Tokens tokens) {
    this.policies = policies;
    this.tokens = tokens;
    this.ownOnly = policies.names().contains(PolicyFiles.OWN_CONNECTIONS);
    this.ownersMatter = !PolicyFiles.PROOFS.containsAll(policies.names());
  }

  /**
   * Who the caller is, and which connections it may be told of, now and later. Throws Failure
   * DENIED when it may not watch. Must be called on a call's thread.
   *
   * @param here the connections of this hop
   */
  View admit(MonitorScopeSelector selector, List<Connection> here) {
    Token caller = TokenHeaders.read(RequestHeaders.current());
    Optional<TlsPeer> tls = Peer.current().tls();
    String id =
        tls.map(connection -> SpiffeId.of(connection.peer()).toString())
            .or(() -> Tokens.subject(caller))
            .orElse("");
    Predicate<Connection> picked = connection -> Selectors.matches(selector, connection);
    Token own = tls.map(tokens::issue).orElseGet(() -> tokens.issue(Optional.of(id)));
    List<String> wanted = wanted(selector);
    policies.check(
        new ToMonitor(
            id,
            ownersMatter ? owned(id, wanted, here) : List.of(),
            wanted.isEmpty()
                ? here.stream().filter(picked).map(Connection::getId).toList()
                : wanted,
            List.of(caller.jwt(), own.jwt()),
            tls.map(TlsPeer::peer)));
    return new View(
        id, ownOnly ? picked.and(connection -> !Paths.idsOf(connection, id).isEmpty()) : picked);
  }

  private static List<String> wanted(MonitorScopeSelector selector) {
    return selector.getPathSegmentsList().stream()
        .map(PathSegment::getId)
        .filter(id -> !id.isEmpty())
        .toList();
  }

  /**
   * The ids that are the watcher's. One that no connection here has is so for now: a client asks
   * for what an earlier process of its name may have left, and finds nothing at its first start.
   */
  private List<String> owned(String id, List<String> wanted, List<Connection> here) {
    Set<String> owned = new HashSet<>();
    if (ownOnly) {
      owned.addAll(wanted);
      here.forEach(connection -> {
        owned.remove(connection.getId());
        connection.getPath().getPathSegmentsList().forEach(each -> owned.remove(each.getId()));
      });
    }
    for (Connection connection : here) {
      List<String> ids = Paths.idsOf(connection, id);
      if (!ids.isEmpty()) {
        owned.add(connection.getId());
        owned.addAll(ids);
      }
    }
    return List.copyOf(owned);
  }
}

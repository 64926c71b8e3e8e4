package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.policy.Policies;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * On whose behalf a session is: who may change and close it. Ids of connections are no secret:
 * whoever may watch sees them.
 *
 * @param id the SPIFFE ID in the token of the hop before us; empty where there is none, as in a
 *     path that begins here
 * @param segment the id of that hop's segment
 * @param client the id of the path's first segment
 * @param hop whether there is somebody between the client and us
 */
record Requester(String id, String segment, String client, boolean hop) {
  /** How pods are called (contracts/nsm.md section 3); the namespace is in the first group. */
  private static final Pattern POD = Pattern.compile("(spiffe://[^/]+/ns/[^/]+)/pod/[^/]+");

  static Requester of(Connection connection) {
    Path path = connection.getPath();
    int index = path.getIndex() - 1;
    if (index < 0 || index >= path.getPathSegmentsCount()) {
      return new Requester("", "", connection.getId(), false);
    }
    PathSegment before = path.getPathSegments(index);
    return new Requester(
        Tokens.subject(new Token(before.getToken(), Instant.EPOCH)).orElse(""),
        before.getId(),
        path.getPathSegments(0).getId(),
        index > 0);
  }

  /**
   * Refuses somebody who is neither the one before nor has taken its place. A client has none to
   * take its place. A hop may be replaced while its connections go on, by a pod of another name:
   * then it is of the same namespace, and asks for the same client's connection. Throws Failure
   * DENIED.
   */
  void allow(Requester asking) {
    boolean same = asking.id.equals(id);
    boolean replaced =
        hop && asking.hop && asking.client.equals(client) && ofOneNamespace(asking.id, id);
    if (!same && !replaced) {
      throw denied(asking);
    }
  }

  /**
   * Whether a close is meant for this session, and not for what an earlier hop in the asker's place
   * had under the same id. Throws as {@link #allow}.
   */
  boolean means(Requester closing) {
    allow(closing);
    return closing.segment.equals(segment);
  }

  private static boolean ofOneNamespace(String one, String other) {
    Matcher first = POD.matcher(one);
    Matcher second = POD.matcher(other);
    return first.matches() && second.matches() && first.group(1).equals(second.group(1));
  }

  private static Failure denied(Requester asking) {
    return Policies.denied("the connection is not one of '" + asking.id + "'");
  }
}

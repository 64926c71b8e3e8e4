package io.patchbay.mesh;

import com.google.protobuf.Timestamp;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * The rules of a connection's path (contracts/nsm.md 4.1). Pure: what goes in comes out moved by
 * one hop.
 */
public final class Paths {
  private Paths() {}

  /** A token and when it ends, as it stands in a path segment and in metadata. */
  public record Token(String jwt, Instant expires) {
    @Override
    public String toString() {
      return "token until " + expires; // the token itself must not reach a log
    }
  }

  /**
   * A connection arrives at this hop: the index moves to our own segment, which is made or taken
   * over if need be, and the connection takes our segment's id. A request by our own process, or
   * one with an empty path, does not move.
   *
   * @throws Failure INVALID when the path does not lead here
   */
  public static Connection arrive(Connection connection, String ownName) {
    Path path = connection.getPath();
    if (path.getPathSegmentsCount() == 0) {
      String id = connection.getId().isEmpty() ? newId() : connection.getId();
      return at(connection, 0, segment(ownName, id));
    }
    int index = path.getIndex();
    if (index < 0 || index >= path.getPathSegmentsCount()) {
      throw invalid(
          connection,
          "its index " + Integer.toUnsignedString(index) + " is behind its last segment");
    }
    PathSegment current = path.getPathSegments(index);
    if (current.getName().equals(ownName)) {
      return connection.toBuilder().setId(current.getId()).build();
    }
    if (!current.getId().equals(connection.getId())) {
      throw invalid(connection, "segment " + index + " has another id, '" + current.getId() + "'");
    }
    return at(connection, index + 1, own(path, index + 1, ownName));
  }

  private static PathSegment own(Path path, int index, String ownName) {
    if (index < path.getPathSegmentsCount()) {
      PathSegment known = path.getPathSegments(index);
      // Another process took the place of the one that was here: its id is not ours to use.
      return known.getName().equals(ownName)
          ? known
          : known.toBuilder().setName(ownName).setId(newId()).clearMetrics().build();
    }
    return segment(ownName, newId());
  }

  /** The answer goes back: id and index are the requester's again. */
  public static Connection depart(Connection connection) {
    int index = connection.getPath().getIndex();
    if (index == 0) {
      return connection;
    }
    Path.Builder path = connection.getPath().toBuilder().setIndex(index - 1);
    String id = path.getPathSegments(index - 1).getId();
    return connection.toBuilder().setId(id).setPath(path).build();
  }

  /** The token of the hop behind ours, if the path goes on. */
  public static Optional<Token> nextToken(Connection connection) {
    int next = connection.getPath().getIndex() + 1;
    if (next >= connection.getPath().getPathSegmentsCount()) {
      return Optional.empty();
    }
    PathSegment segment = connection.getPath().getPathSegments(next);
    return Optional.of(new Token(segment.getToken(), instant(segment.getExpires())));
  }

  /** The last hop's answer: what lay behind it on an earlier way is cut off. */
  public static Connection end(Connection connection) {
    Path path = connection.getPath();
    int length = Math.min(path.getIndex() + 1, path.getPathSegmentsCount());
    Path cut =
        path.toBuilder()
            .clearPathSegments()
            .addAllPathSegments(path.getPathSegmentsList().subList(0, length))
            .build();
    return connection.toBuilder().setPath(cut).build();
  }

  /** Puts a token into the segment before ours: the caller's, as it came in metadata. */
  public static Connection withCallerToken(Connection connection, Token token) {
    int index = connection.getPath().getIndex();
    return index == 0 ? connection : withToken(connection, index - 1, token);
  }

  /** Puts a token into our own segment. */
  public static Connection withOwnToken(Connection connection, Token token) {
    return withToken(connection, connection.getPath().getIndex(), token);
  }

  private static Connection withToken(Connection connection, int index, Token token) {
    PathSegment segment =
        connection.getPath().getPathSegments(index).toBuilder()
            .setToken(token.jwt())
            .setExpires(timestamp(token.expires()))
            .build();
    Path path = connection.getPath().toBuilder().setPathSegments(index, segment).build();
    return connection.toBuilder().setPath(path).build();
  }

  /** When the requester's token ends, and with it the connection, unless it is refreshed. */
  public static Optional<Instant> callerExpires(Connection connection) {
    return expires(connection, connection.getPath().getIndex() - 1);
  }

  /** When our own token ends, and with it what the next hop has; empty before it has agreed. */
  static Optional<Instant> ownExpires(Connection connection) {
    return expires(connection, connection.getPath().getIndex());
  }

  /** The id at the next hop, behind ours; ours alone before it has agreed. */
  static String idAhead(Connection connection) {
    int next = connection.getPath().getIndex() + 1;
    return next < connection.getPath().getPathSegmentsCount()
        ? connection.getId() + " / " + connection.getPath().getPathSegments(next).getId()
        : connection.getId();
  }

  private static Optional<Instant> expires(Connection connection, int index) {
    boolean known =
        index >= 0
            && index < connection.getPath().getPathSegmentsCount()
            && connection.getPath().getPathSegments(index).hasExpires();
    return known
        ? Optional.of(instant(connection.getPath().getPathSegments(index).getExpires()))
        : Optional.empty();
  }

  /**
   * The SPIFFE ID of the hop before us, as its token says; empty where there is none. Behind {@link
   * Authorize} the certificate of the peer has proven it.
   */
  public static Optional<String> requester(Connection connection) {
    int index = connection.getPath().getIndex();
    return index == 0 ? Optional.empty() : subject(connection, index - 1);
  }

  /**
   * The SPIFFE ID of the client whose connection it is, as the first token of the path says. It is
   * as true as the hop before us is honest.
   */
  public static Optional<String> client(Connection connection) {
    return connection.getPath().getPathSegmentsCount() == 0
        ? Optional.empty()
        : subject(connection, 0);
  }

  /** The ids of the segments whose token names somebody. */
  static List<String> idsOf(Connection connection, String spiffeId) {
    return IntStream.range(0, connection.getPath().getPathSegmentsCount())
        .filter(index -> subject(connection, index).filter(spiffeId::equals).isPresent())
        .mapToObj(index -> connection.getPath().getPathSegments(index).getId())
        .toList();
  }

  private static Optional<String> subject(Connection connection, int index) {
    String jwt = connection.getPath().getPathSegments(index).getToken();
    return Tokens.subject(new Token(jwt, Instant.EPOCH));
  }

  /** Our own segment. */
  public static PathSegment current(Connection connection) {
    return connection.getPath().getPathSegments(connection.getPath().getIndex());
  }

  /** The name of the hop that answered us last time, if there is one. */
  public static Optional<String> nextName(Connection connection) {
    int next = connection.getPath().getIndex() + 1;
    return next < connection.getPath().getPathSegmentsCount()
        ? Optional.of(connection.getPath().getPathSegments(next).getName())
        : Optional.empty();
  }

  /** An instant on the wire. */
  public static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  /** An instant from the wire. */
  public static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }

  private static Connection at(Connection connection, int index, PathSegment own) {
    Path.Builder path = connection.getPath().toBuilder().setIndex(index);
    if (index < path.getPathSegmentsCount()) {
      path.setPathSegments(index, own);
    } else {
      path.addPathSegments(own);
    }
    return connection.toBuilder().setId(own.getId()).setPath(path).build();
  }

  private static PathSegment segment(String name, String id) {
    return PathSegment.newBuilder().setName(name).setId(id).build();
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  private static Failure invalid(Connection connection, String why) {
    return new Failure(
        Failure.Kind.INVALID,
        "the path of connection '" + connection.getId() + "' is wrong: " + why);
  }
}

package io.patchbay.mesh.policy;

import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What somebody wants to do, as policies see it (contracts/nsm.md 4.2, "Policy inputs"). */
public sealed interface Access {
  /** The sorts of access: each has its own names in a policy. */
  enum Kind {
    CONNECTION,
    REGISTRY,
    MONITOR
  }

  /** Which sort it is. */
  Kind kind();

  /** The tokens of the path, one for each segment. */
  List<String> tokens();

  /** The segment of the hop that asks: our own. */
  int index();

  /** The certificate of the peer's end of the connection; empty without TLS. */
  Optional<X509Certificate> peer();

  /** What a policy that is written in a file is told, by the names of the contract. */
  Map<String, Object> input();

  /** The first segment whose token must not have ended. */
  default int aliveFrom() {
    return 0;
  }

  /**
   * A connection is asked for, closed, or given as an answer.
   *
   * @param path up to our own segment at a server, whole at a client
   * @param closing whether it is to be closed. Then the tokens before the peer's may have ended: a
   *     hop that closes because its client's token has ended could not do so otherwise
   */
  record ToConnection(Path path, Optional<X509Certificate> peer, boolean closing)
      implements Access {
    /** As a server sees it: the path ends at our own segment. */
    public static ToConnection asked(Path path, Optional<X509Certificate> peer) {
      return new ToConnection(before(path), peer, false);
    }

    /** As a server sees it that is to close the connection. */
    public static ToConnection closing(Path path, Optional<X509Certificate> peer) {
      return new ToConnection(before(path), peer, true);
    }

    /** As a client sees it whose request has been answered: the path is whole. */
    public static ToConnection answered(Path path, Optional<X509Certificate> peer) {
      return new ToConnection(path, peer, false);
    }

    private static Path before(Path path) {
      int length = Math.min(path.getIndex() + 1, path.getPathSegmentsCount());
      return path.toBuilder()
          .clearPathSegments()
          .addAllPathSegments(path.getPathSegmentsList().subList(0, length))
          .build();
    }

    @Override
    public Kind kind() {
      return Kind.CONNECTION;
    }

    @Override
    public List<String> tokens() {
      return path.getPathSegmentsList().stream().map(PathSegment::getToken).toList();
    }

    @Override
    public int index() {
      return path.getIndex();
    }

    @Override
    public int aliveFrom() {
      return closing ? Math.max(0, index() - 1) : 0;
    }

    @Override
    public Map<String, Object> input() {
      return Inputs.path(
          index(), path.getPathSegmentsList().stream().map(Inputs::of).toList(), peer);
    }
  }

  /**
   * A name is registered or taken out, or its registration has been answered.
   *
   * @param id the SPIFFE ID that began the path
   * @param name what is registered
   * @param owner the IDs of the path on which the name was last registered; empty if it was not
   * @param index our own segment
   */
  record ToRegistry(
      String id,
      String name,
      Optional<List<String>> owner,
      List<String> tokens,
      int index,
      Optional<X509Certificate> peer)
      implements Access {
    public ToRegistry {
      tokens = List.copyOf(tokens);
    }

    @Override
    public Kind kind() {
      return Kind.REGISTRY;
    }

    @Override
    public Map<String, Object> input() {
      List<Map<String, Object>> segments =
          tokens.stream().map(token -> Map.<String, Object>of("token", token)).toList();
      Map<String, Object> input = new LinkedHashMap<>(Inputs.path(index, segments, peer));
      input.put("resource_id", id);
      input.put("resource_name", name);
      // Upstream passes the owners of all names; a policy that judges this one needs no other.
      input.put("resource_path_ids_map", owner.map(ids -> Map.of(name, ids)).orElse(Map.of()));
      return input;
    }
  }

  /**
   * Connections are watched.
   *
   * @param id the SPIFFE ID of the watcher
   * @param owned the connections that the watcher has at this hop
   * @param selected the connections that it wants to see
   * @param tokens the watcher's and our own
   */
  record ToMonitor(
      String id,
      List<String> owned,
      List<String> selected,
      List<String> tokens,
      Optional<X509Certificate> peer)
      implements Access {
    public ToMonitor {
      owned = List.copyOf(owned);
      selected = List.copyOf(selected);
      tokens = List.copyOf(tokens);
    }

    @Override
    public Kind kind() {
      return Kind.MONITOR;
    }

    @Override
    public int index() {
      return 1;
    }

    @Override
    public Map<String, Object> input() {
      return Map.of(
          "spiffe_id_connection_map",
          Map.of(id, owned),
          "selector_connection_ids",
          selected,
          "service_spiffe_id",
          id);
    }
  }
}

package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The two sorts of entries that a registry has, and all in which they differ: so that everything
 * else about registries is written once.
 */
public sealed interface Kind<T extends Message> permits ServiceKind, EndpointKind {
  /** Network services. */
  Kind<NetworkService> SERVICES = new ServiceKind();

  /** Endpoints of network services. */
  Kind<NetworkServiceEndpoint> ENDPOINTS = new EndpointKind();

  /** What one of them is called in a message to a person. */
  String noun();

  /** The entry's name, unique within a registry. */
  String name(T entry);

  /** An entry with nothing but a name, to ask for or to take out. */
  T named(String name);

  /** The services that an endpoint serves; none for a service itself. */
  Set<String> services(T entry);

  /**
   * Whether an entry is one of those that a query asks for; what the query leaves empty matches
   * anything (contracts/nsm.md facts 13 and 14). Names match by a part, as upstream's do: who wants
   * one entry looks for the exact name among the answers.
   */
  boolean matches(T query, T entry);

  /** The entry with its own name and all service names changed, as one domain needs for another. */
  T rename(T entry, UnaryOperator<String> change);

  /** The entry that is good until then at most; services do not expire. */
  T until(T entry, Instant latest);

  /** The entry with the IDs of the hops it has passed; those of hops further on stay. */
  T onPath(T entry, List<String> ids);

  /** The entry as it is stored at that moment when it was not there before. */
  T admit(T entry, Instant now);

  /** The entry with what must survive from the one it replaces. */
  T keeping(T entry, T before);

  /** When the entry expires, if it does. */
  Optional<Instant> expires(T entry);

  /** How it is spoken of on the wire. */
  Wire<T, ?, ?> wire();

  /** The IDs of a path whose beginning is known anew. */
  static List<String> joined(List<String> begin, List<String> before) {
    return Stream.concat(begin.stream(), before.stream().skip(begin.size())).toList();
  }

  /** Finds the entry of exactly this name. */
  default Optional<T> find(Registry<T> registry, String name) {
    return registry.find(named(name)).stream().filter(entry -> name(entry).equals(name)).findAny();
  }
}

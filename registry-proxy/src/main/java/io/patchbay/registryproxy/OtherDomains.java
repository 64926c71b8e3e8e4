package io.patchbay.registryproxy;

import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Domains;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The registries of other domains as one: what is asked of {@code name@domain} is asked of that
 * domain's registry as {@code name}, and comes back as {@code name@domain} again. Keeps no state.
 */
final class OtherDomains<T extends Message> implements Registry<T> {
  private final Kind<T> kind;
  private final Map<String, Registry<T>> byDomain;

  OtherDomains(Kind<T> kind, Map<String, Registry<T>> byDomain) {
    this.kind = kind;
    this.byDomain = new TreeMap<>(byDomain);
  }

  @Override
  public Kind<T> kind() {
    return kind;
  }

  @Override
  public T register(T entry) {
    String domain = domain(entry);
    return ours(registry(domain).register(theirs(entry)), domain);
  }

  @Override
  public void unregister(T entry) {
    registry(domain(entry)).unregister(theirs(entry));
  }

  @Override
  public List<T> find(T query) {
    String domain = domain(query);
    return registry(domain).find(theirs(query)).stream().map(e -> ours(e, domain)).toList();
  }

  @Override
  public Subscription watch(T query, Consumer<Change<T>> listener) {
    String domain = domain(query);
    return registry(domain)
        .watch(theirs(query), change -> listener.accept(translated(change, domain)));
  }

  private Change<T> translated(Change<T> change, String domain) {
    return switch (change) {
      case Change.Present<T> present -> new Change.Present<>(ours(present.entry(), domain));
      case Change.Gone<T> gone -> new Change.Gone<>(ours(gone.entry(), domain));
      case Change.Lost<T> lost -> lost;
    };
  }

  private T ours(T entry, String domain) {
    return Domains.append(kind, entry, domain);
  }

  private T theirs(T entry) {
    return Domains.strip(kind, entry);
  }

  private String domain(T entry) {
    return Domains.of(kind, entry)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.INVALID,
                "'" + kind.name(entry) + "' names no domain; write name@domain"));
  }

  private Registry<T> registry(String domain) {
    Registry<T> registry = byDomain.get(domain);
    if (registry == null) {
      String known = byDomain.isEmpty() ? "none" : String.join(", ", byDomain.keySet());
      throw new Failure(
          Failure.Kind.NOT_FOUND, "unknown domain '" + domain + "'; known here: " + known);
    }
    return registry;
  }
}

package io.patchbay.registryproxy;

import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Domains;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The registries of other domains as one: what is asked of {@code name@domain} is asked of that
 * domain's registry as {@code name}, and comes back as {@code name@domain} again. Keeps no state.
 */
final class OtherDomains<T extends Message> implements Registry<T> {
  private final Kind<T> kind;
  private final Function<String, Registry<T>> byDomain;

  private OtherDomains(Kind<T> kind, Function<String, Registry<T>> byDomain) {
    this.kind = kind;
    this.byDomain = byDomain;
  }

  /** Both registries of all the domains that a directory knows. */
  static Registries of(Directory directory) {
    return new Registries(
        new OtherDomains<>(Kind.SERVICES, directory::services),
        new OtherDomains<>(Kind.ENDPOINTS, directory::endpoints));
  }

  @Override
  public Kind<T> kind() {
    return kind;
  }

  @Override
  public T register(T entry) {
    String domain = domain(entry);
    return ours(byDomain.apply(domain).register(theirs(entry)), domain);
  }

  @Override
  public void unregister(T entry) {
    byDomain.apply(domain(entry)).unregister(theirs(entry));
  }

  @Override
  public List<T> find(T query) {
    String domain = domain(query);
    return byDomain.apply(domain).find(theirs(query)).stream().map(e -> ours(e, domain)).toList();
  }

  @Override
  public Subscription watch(T query, Consumer<Change<T>> listener) {
    String domain = domain(query);
    return byDomain
        .apply(domain)
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
}

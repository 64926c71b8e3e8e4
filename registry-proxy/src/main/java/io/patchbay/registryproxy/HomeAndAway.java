package io.patchbay.registryproxy;

import com.google.protobuf.Message;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Domains;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.util.List;
import java.util.function.Consumer;

/**
 * A domain's registry as its own people see it: names without a domain are kept at home, {@code
 * name@domain} is asked for elsewhere, under the same name.
 */
record HomeAndAway<T extends Message>(Registry<T> home, Registry<T> away) implements Registry<T> {
  private Registry<T> of(T entry) {
    return Domains.of(kind(), entry).isEmpty() ? home : away;
  }

  @Override
  public Kind<T> kind() {
    return home.kind();
  }

  @Override
  public T register(T entry) {
    return of(entry).register(entry);
  }

  @Override
  public void unregister(T entry) {
    of(entry).unregister(entry);
  }

  @Override
  public List<T> find(T query) {
    return of(query).find(query);
  }

  @Override
  public Subscription watch(T query, Consumer<Change<T>> listener) {
    return of(query).watch(query, listener);
  }
}

package io.patchbay.registryproxy;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.util.List;
import java.util.function.Consumer;

/**
 * The endpoints of a domain whose managers are reached through a proxy: whatever is found has the
 * proxy's address (contracts/nsm.md section 7).
 */
record BehindProxy(Registry<NetworkServiceEndpoint> domain, String proxyUrl)
    implements Registry<NetworkServiceEndpoint> {
  @Override
  public Kind<NetworkServiceEndpoint> kind() {
    return domain.kind();
  }

  @Override
  public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
    return domain.register(entry);
  }

  @Override
  public void unregister(NetworkServiceEndpoint entry) {
    domain.unregister(entry);
  }

  @Override
  public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
    return domain.find(query).stream().map(this::reached).toList();
  }

  @Override
  public Subscription watch(
      NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
    return domain.watch(
        query,
        change ->
            listener.accept(
                switch (change) {
                  case Change.Present<NetworkServiceEndpoint> present ->
                      new Change.Present<>(reached(present.entry()));
                  case Change.Gone<NetworkServiceEndpoint> gone ->
                      new Change.Gone<>(reached(gone.entry()));
                  case Change.Lost<NetworkServiceEndpoint> lost -> lost;
                }));
  }

  private NetworkServiceEndpoint reached(NetworkServiceEndpoint entry) {
    return entry.toBuilder().setUrl(proxyUrl).build();
  }
}

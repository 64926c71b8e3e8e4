package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.InterfaceNames;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says where the endpoint's end of a connection is to be: a kernel interface in its own network
 * namespace (contracts/nsm.md 2.3), under a name that no other connection has there and that stays.
 */
final class OwnNamespace implements Link {
  private static final Key<String> NAME = Key.soft("interface");

  private final String namespaceUrl;
  private final Set<String> names = ConcurrentHashMap.newKeySet();

  /**
   * @param namespaceUrl {@code file:///path} in this process, or {@code inode://dev/ino}
   */
  OwnNamespace(String namespaceUrl) {
    this.namespaceUrl = namespaceUrl;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Mechanism asked = kernel(call);
    String service = call.connection().getNetworkService();
    Optional<String> wish = KernelParameters.of(asked).flatMap(KernelParameters::name);
    String name = call.session().hold(NAME, () -> take(wish, service), names::remove);
    Mechanism own =
        new KernelParameters(Optional.of(namespaceUrl), Optional.of(name), Optional.empty())
            .onto(asked);
    return next.request(call.edit(connection -> connection.setMechanism(own)));
  }

  private static Mechanism kernel(Call call) {
    return call.mechanism(KernelParameters.TYPE)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.UNSUPPORTED,
                "unsupported mechanism: this endpoint takes KERNEL only"));
  }

  private String take(Optional<String> wish, String service) {
    wish.ifPresent(InterfaceNames::check);
    String name = wish.orElseGet(() -> InterfaceNames.generate(service));
    while (!names.add(name)) {
      name = InterfaceNames.generate(service);
    }
    return name;
  }
}

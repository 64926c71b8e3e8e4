package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.mesh.policy.Access.ToConnection;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Peer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The first link of every hop that serves: lets a request or a close in only if the policies have
 * nothing against the tokens of its path, and the peer's certificate has signed the last one.
 */
public final class Authorize implements Link {
  private final Policies policies;
  private final Supplier<Optional<X509Certificate>> peer;

  /** Of calls that came by a server with TLS; all others are refused. */
  public Authorize(Policies policies) {
    this(policies, () -> Peer.current().certificate());
  }

  Authorize(Policies policies, Supplier<Optional<X509Certificate>> peer) {
    this.policies = policies;
    this.peer = peer;
  }

  @Override
  public Connection request(Call call, Handler next) {
    policies.check(ToConnection.asked(call.connection().getPath(), peer.get()));
    return next.request(call);
  }

  @Override
  public void close(Connection asked) {
    policies.check(ToConnection.closing(asked.getPath(), peer.get()));
  }
}

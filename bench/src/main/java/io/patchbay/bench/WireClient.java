package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.sockets.Channels;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A client of the mesh that asks and closes when it is told, through the links that the client in a
 * pod uses, but without refreshing. Safe for all threads.
 */
final class WireClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(10);

  /** The interface in the pod. */
  private static final String INTERFACE = "nsm-1";

  private final String service;
  private final Time time;
  private final Tokens tokens;
  private final Channels channels;
  private final Sessions sessions;
  private final Chain chain;

  /**
   * @param identities who it is; empty beside daemons that have no identity either
   */
  WireClient(Url manager, String service, Optional<Identities> identities, Time time) {
    this.service = service;
    this.time = time;
    identities.ifPresent(Identities::await);
    this.channels = new Channels(identities.map(Identities::security));
    this.tokens = Tokens.of(identities, "bench", TOKEN_LIFETIME, time);
    this.sessions = Sessions.inMemory(time);
    this.chain =
        Chain.of(
            List.of(
                sessions,
                (call, next) -> next.request(call.towards(manager)),
                new Dial(channels, tokens, time)));
  }

  /** Connects a pod. */
  void request(String id, NetworkNamespace pod) {
    var unused = request(id, pod, Optional.empty());
  }

  /**
   * Connects a pod; what was agreed.
   *
   * @param token of the VF that the pod was given, if it is to be connected by one
   */
  Connection request(String id, NetworkNamespace pod, Optional<String> token) {
    Connection wanted = Connection.newBuilder().setId(id).setNetworkService(service).build();
    Connection first =
        Paths.withOwnToken(Paths.arrive(wanted, "bench"), tokens.issue(Optional.empty()));
    KernelParameters kernel =
        new KernelParameters(Optional.of("file://" + pod.path()), Optional.of(INTERFACE), token);
    return chain.request(
        Call.of(first, List.of(kernel.mechanism()), new Cause.Asked(), time.now().plus(PATIENCE)));
  }

  /** Takes the connection away again. */
  void disconnect(String id) {
    sessions.close(id);
  }

  @Override
  public void close() {
    channels.close();
  }
}

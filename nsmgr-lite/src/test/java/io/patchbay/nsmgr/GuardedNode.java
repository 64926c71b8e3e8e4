package io.patchbay.nsmgr;

import io.grpc.Channel;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceLabels;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A manager as it runs, with an identity and the policies of the contract, its own registry, and
 * the service {@code svc} of an endpoint that Alice has registered, behind a forwarder.
 */
final class GuardedNode implements AutoCloseable {
  static final Duration LIFETIME = Duration.ofMinutes(10);

  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Sessions behind = Sessions.inMemory(time);
  private final Signed mesh;
  private final Url url;

  /**
   * Starts it in a folder.
   *
   * @param settings variables of the manager besides the usual
   */
  GuardedNode(Signed mesh, Path folder, Map<String, String> settings) {
    this.mesh = mesh;
    url = Url.parse("unix://" + folder.resolve("nsm.io.sock"));
    Map<String, String> all = new HashMap<>(settings);
    all.put("NSM_NAME", "nsmgr");
    all.put("NSM_LISTEN_ON", url.toString());
    all.put("NSM_REGISTRY_URL", "");
    all.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    stack.push(
        Nsmgr.start(
            Environment.read(NsmgrConfig.class, all), Optional.of(mesh.identities("nsmgr")), time));
    Identities alice = mesh.identities("alice");
    Identities forwarder = mesh.identities("forwarder");
    Url at = forward(forwarder, Url.parse("unix://" + folder.resolve("forwarder.sock")));
    registries(alice)
        .services()
        .register(NetworkService.newBuilder().setName("svc").setPayload("IP").build());
    registries(forwarder).endpoints().register(endpoint("forwarder", "forwarder", at));
    registries(alice).endpoints().register(endpoint("nse", "svc", at));
  }

  /** A forwarder that is the last hop: it has what the manager has let through. */
  private Url forward(Identities identities, Url at) {
    Doors doors = stack.push(Doors.of(Optional.of(identities), Optional.empty(), time));
    Chain chain =
        Chain.of(
            List.of(
                new Authorize(doors.requests()),
                behind,
                new Expire(time, Duration.ofSeconds(1)),
                new Announce(),
                (call, next) -> Paths.end(call.connection())));
    stack.push(
        GrpcServer.start(
            List.of(at),
            List.of(
                new MeshServer(
                    "forwarder", chain, behind, Tokens.of(identities, LIFETIME, time), time)),
            Optional.of(identities.security())));
    return at;
  }

  static NetworkServiceEndpoint endpoint(String name, String service, Url url) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(name)
        .setUrl(url.toString())
        .addNetworkServiceNames(service)
        .putNetworkServiceLabels(
            service, NetworkServiceLabels.newBuilder().putLabels("p2p", "true").build())
        .build();
  }

  /** Where the manager is. */
  Url url() {
    return url;
  }

  /** The connections of the forwarder. */
  Sessions behind() {
    return behind;
  }

  /** The manager's registries, as somebody sees them. */
  Registries registries(Identities identities) {
    return Registries.at(url, channels(identities), Tokens.of(identities, LIFETIME, time), time);
  }

  /** A connection of somebody's own to the manager. */
  Channel channel(Identities identities) {
    return channels(identities).to(url);
  }

  private Channels channels(Identities identities) {
    return stack.push(new Channels(Optional.of(identities.security())));
  }

  @Override
  public void close() {
    stack.close();
  }
}

package io.patchbay.kernelforwarder;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.Path;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.InterfaceNames;
import io.patchbay.mesh.IpSide;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.util.List;
import java.util.Optional;

/**
 * Joins a client's namespace to an endpoint's by a veth pair. What the pair must be is known only
 * when the endpoint has answered, so it is made on the way back. A refresh that changes nothing
 * only looks whether the client's end is still there; no namespace that a process is in is kept
 * open, so that a pod's can end with the pod.
 */
final class HoldVeth implements Link {
  private static final Key<VethPair> PAIR = Key.durable("veth", VethPair.class);

  @Override
  public Connection request(Call call, Handler next) {
    Mechanism asked = kernel(call);
    KernelParameters client = named(call, KernelParameters.of(asked).orElseThrow());
    Connection answer = next.request(ahead(call));
    VethPair pair = pair(call, client, answer);
    Session session = call.session();
    if (session.held(PAIR).filter(held -> !held.equals(pair) || !held.exists()).isPresent()) {
      session.release(PAIR);
    }
    session.hold(PAIR, () -> pair, VethPair::make, VethPair::remove);
    return measured(answer, pair).setMechanism(client.onto(asked)).build();
  }

  private static Mechanism kernel(Call call) {
    Mechanism kernel =
        call.mechanism(KernelParameters.TYPE)
            .orElseThrow(() -> refused("unsupported mechanism: this forwarder makes KERNEL only"));
    if (KernelParameters.of(kernel).orElseThrow().tokenId().isPresent()
        || call.connection().containsLabels("sriovToken")) {
      throw refused(
          "this forwarder has no hardware: a request with sriovToken is for sriov-manager");
    }
    return kernel;
  }

  private static Failure refused(String why) {
    return new Failure(Failure.Kind.UNSUPPORTED, why);
  }

  private static KernelParameters named(Call call, KernelParameters asked) {
    if (asked.inodeUrl().isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, "the KERNEL mechanism names no namespace: inodeURL is missing");
    }
    String name =
        call.session()
            .held(PAIR)
            .map(pair -> pair.client().name())
            .or(asked::name)
            .orElseGet(() -> InterfaceNames.generate(call.connection().getNetworkService()));
    InterfaceNames.check(name);
    return new KernelParameters(asked.inodeUrl(), Optional.of(name), asked.tokenId());
  }

  /** Towards the endpoint: what was agreed with it before, or our own wish. */
  private static Call ahead(Call call) {
    call.target()
        .filter(target -> !target.isLocal())
        .ifPresent(target -> {
          throw refused(
              "the endpoint at "
                  + target
                  + " is not on this node: this forwarder joins kernel interfaces of one node");
        });
    Optional<Mechanism> agreed =
        Dial.ahead(call.session())
            .filter(ahead -> Dial.hopAhead(call.session()).equals(call.target()))
            .filter(Connection::hasMechanism)
            .map(Connection::getMechanism);
    if (agreed.isPresent() && call.session().agreed()) {
      return call.edit(connection -> connection.setMechanism(agreed.get())).preferring(List.of());
    }
    Mechanism wish =
        new KernelParameters(Optional.empty(), Optional.empty(), Optional.empty()).mechanism();
    return call.edit(Connection.Builder::clearMechanism).preferring(List.of(wish));
  }

  private static VethPair pair(Call call, KernelParameters client, Connection answer) {
    KernelParameters endpoint =
        KernelParameters.of(answer.getMechanism())
            .filter(kernel -> kernel.inodeUrl().isPresent() && kernel.name().isPresent())
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.INVALID,
                    "endpoint '"
                        + answer.getNetworkServiceEndpointName()
                        + "' answered without KERNEL interface and namespace"));
    return new VethPair(
        call.session().id(),
        new VethPair.End(
            client.inodeUrl().orElseThrow(),
            client.name().orElseThrow(),
            IpSide.client(answer.getContext())),
        new VethPair.End(
            endpoint.inodeUrl().orElseThrow(),
            endpoint.name().orElseThrow(),
            IpSide.endpoint(answer.getContext())));
  }

  /**
   * Our segment tells which interfaces these are (contracts/nsm.md 2.1): server is the client's.
   */
  private static Connection.Builder measured(Connection answer, VethPair pair) {
    Connection.Builder connection = answer.toBuilder();
    Path.Builder path = connection.getPathBuilder();
    path.getPathSegmentsBuilder(path.getIndex())
        .putMetrics("server_interface", KernelParameters.TYPE + "/" + pair.client().name())
        .putMetrics("client_interface", KernelParameters.TYPE + "/" + pair.endpoint().name());
    return connection;
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(PAIR, VethPair::remove);
  }
}

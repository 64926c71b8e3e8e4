package io.patchbay.kernelforwarder;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
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
import java.util.stream.Stream;

/**
 * Joins a client's namespace to an endpoint's by a veth pair. What the pair must be is known only
 * when the endpoint has answered, so it is made on the way back. A refresh that changes nothing
 * says nothing to the kernel.
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
    if (session.held(PAIR).filter(held -> !held.equals(pair)).isPresent()) {
      session.release(PAIR);
    }
    session.hold(PAIR, () -> pair, VethPair::make, VethPair::remove);
    return answer.toBuilder().setMechanism(client.onto(asked)).build();
  }

  /** The client's side: a mechanism once agreed is kept, else its first KERNEL preference. */
  private static Mechanism kernel(Call call) {
    Connection connection = call.connection();
    Stream<Mechanism> offered =
        connection.hasMechanism()
            ? Stream.of(connection.getMechanism())
            : call.preferences().stream();
    Mechanism kernel =
        offered
            .filter(mechanism -> mechanism.getType().equals(KernelParameters.TYPE))
            .findFirst()
            .orElseThrow(() -> refused("unsupported mechanism: this forwarder makes KERNEL only"));
    if (KernelParameters.of(kernel).orElseThrow().tokenId().isPresent()
        || connection.containsLabels("sriovToken")) {
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
    Optional<Mechanism> agreed =
        Dial.ahead(call.session()).filter(Connection::hasMechanism).map(Connection::getMechanism);
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
            IpSide.endpoint(answer.getContext())),
        answer.getContext().getMTU());
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(PAIR, VethPair::remove);
  }
}

package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.InterfaceNames;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.VfioParameters;
import java.util.Optional;
import java.util.stream.Stream;

/** How a client wants its VF. */
sealed interface Wish {
  /** As an interface in its network namespace. */
  record Interface(Mechanism asked, KernelParameters place) implements Wish {
    @Override
    public Optional<String> tokenId() {
      return place.tokenId();
    }

    /** The namespace it is to be put into. Throws {@link Failure} of kind INVALID without one. */
    String namespace() {
      return place
          .inodeUrl()
          .orElseThrow(() ->
              new Failure(
                  Failure.Kind.INVALID,
                  "the KERNEL mechanism names no namespace: inodeURL is missing"));
    }

    @Override
    public Hold hold(Connection connection) {
      String namespace = namespace();
      String name =
          place.name().orElseGet(() -> InterfaceNames.generate(connection.getNetworkService()));
      InterfaceNames.check(name);
      return Hold.wanted(connection.getId(), namespace, name);
    }
  }

  /** As the device that its container has from the kubelet and drives itself. */
  record Device(Mechanism asked, VfioParameters parameters) implements Wish {
    @Override
    public Optional<String> tokenId() {
      return parameters.tokenId();
    }

    @Override
    public Hold hold(Connection connection) {
      return Hold.wanted(connection.getId(), Hold.CONTAINER, "");
    }
  }

  /** The mechanism as it was asked for. */
  Mechanism asked();

  /** The grant, if the client was given one to show. */
  Optional<String> tokenId();

  /** What the ledger is told that is wanted. Throws {@link Failure} for what cannot be. */
  Hold hold(Connection connection);

  /** What was agreed before, else the first of the client's that can be done here. */
  static Wish of(Call call) {
    Stream<Mechanism> offered =
        call.connection().hasMechanism()
            ? Stream.of(call.connection().getMechanism())
            : call.preferences().stream();
    return offered
        .flatMap(each -> of(each).stream())
        .findFirst()
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.UNSUPPORTED,
                "unsupported mechanism: this forwarder gives VFs as KERNEL or VFIO"));
  }

  private static Optional<Wish> of(Mechanism asked) {
    Optional<Wish> place = KernelParameters.of(asked).map(found -> new Interface(asked, found));
    return place.or(() -> VfioParameters.asked(asked).map(found -> new Device(asked, found)));
  }
}

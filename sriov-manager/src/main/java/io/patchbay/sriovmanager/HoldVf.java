package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.VfioParameters;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.sriovmanager.GrantSearch.Client;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Finds the client's VF, takes it into the connection's service and tells the next hop where its
 * cable ends. At the end the VF is as it was before, verified, and free or reserved again.
 */
final class HoldVf implements Link {
  /** How the pod says which of its resources it wants to use (contracts/nsm.md section 2). */
  static final String RESOURCE = "sriovToken";

  private final Ledger ledger;
  private final Hardware hardware;
  private final Homecoming homecoming;
  private final Predicate<String> namespaceLives;
  private final NodeOffer offer;
  private final Function<Connection, ClientPod> pods;

  /**
   * @param namespaceLives whether a network namespace of this URL still exists
   * @param offer what this node is called, and what its VFs are
   * @param pods says which pod a request is for, or throws
   */
  HoldVf(
      Ledger ledger,
      Hardware hardware,
      Homecoming homecoming,
      Predicate<String> namespaceLives,
      NodeOffer offer,
      Function<Connection, ClientPod> pods) {
    this.ledger = ledger;
    this.hardware = hardware;
    this.homecoming = homecoming;
    this.namespaceLives = namespaceLives;
    this.offer = offer;
    this.pods = pods;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Wish wish = Wish.of(call);
    Client client = client(call, wish);
    call.session().held(Lent.KEY).ifPresent(lent -> checkRefresh(lent, call, wish));
    Lent lent =
        call.session()
            .hold(Lent.KEY, () -> take(client, call, wish), this::configure, homecoming::comeHome);
    Connection answer = next.request(ahead(call, lent));
    return answer.toBuilder().setMechanism(told(lent, wish.asked())).build();
  }

  private Mechanism told(Lent lent, Mechanism asked) {
    if (!lent.isDevice()) {
      return lent.mechanism(asked);
    }
    Optional<String> token = Optional.of(lent.tokenId()).filter(id -> !id.isEmpty());
    return new VfioParameters(token, Optional.of(hardware.device(lent.address()))).onto(asked);
  }

  /**
   * A refresh leaves the VF where it is, on a service that it was granted for. The session of a
   * manager that was killed may still name a VF that has come home: it must not touch it.
   */
  private void checkRefresh(Lent lent, Call call, Wish wish) {
    lent.refuseMove(wish);
    PciAddress vf = lent.address();
    String connection = lent.hold().connection();
    Claim claim =
        ledger
            .find(vf)
            .filter(known -> known.hold().connection().equals(connection))
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.CONFLICT,
                    vf + " no longer serves " + connection + "; close it and ask again"));
    ClaimRules.checkStays(vf, claim);
    ClaimRules.checkService(vf, claim, call.connection().getNetworkService());
  }

  private Client client(Call call, Wish wish) {
    Map<String, String> labels = call.connection().getLabelsMap();
    String resource = labels.getOrDefault(RESOURCE, "");
    String token = wish.tokenId().orElse("");
    if (resource.isEmpty() && token.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          "this forwarder is for hardware: a request needs the label sriovToken or a tokenID");
    }
    if (!resource.isEmpty()) {
      var checked = ResourceName.parse(resource);
      resource = checked.toString();
    }
    ClientPod pod = token.isEmpty() ? pods.apply(call.connection()) : new ClientPod("", "");
    return new Client(pod.namespace(), pod.name(), resource, token, call.connection().getId());
  }

  private Lent take(Client client, Call call, Wish wish) {
    Hold wanted = wish.hold(call.connection());
    if (wish instanceof Wish.Interface there) {
      hardware.checkPod(there.namespace());
    }
    GrantSearch search = new GrantSearch(ledger, offer);
    String service = call.connection().getNetworkService();
    while (true) {
      PciAddress vf = search.find(client, call.deadline());
      checkService(vf, service);
      if (!client.token().isEmpty() && wish instanceof Wish.Device) {
        checkPod(vf, call.connection());
      }
      try {
        return take(vf, wanted, wish);
      } catch (Failure e) {
        if (e.kind() != Failure.Kind.CONFLICT || !search.isOutrun(vf, client)) {
          throw e;
        }
      }
    }
  }

  /** Until the kubelet has said whose it is, only its container can have read the token. */
  private void checkPod(PciAddress vf, Connection connection) {
    ledger
        .find(vf)
        .filter(claim -> claim.use().seen())
        .ifPresent(claim -> ClaimRules.checkPod(vf, claim, pods.apply(connection)));
  }

  private void checkService(PciAddress vf, String service) {
    ledger.find(vf).ifPresent(claim -> ClaimRules.checkService(vf, claim, service));
  }

  private Lent take(PciAddress vf, Hold wanted, Wish wish) {
    Supplier<Home> look =
        switch (wish) {
          case Wish.Interface _ -> () -> hardware.lookAndUntag(vf);
          case Wish.Device _ -> () -> hardware.lookAndPark(vf);
        };
    VfOptions.Preset preset = offer.options(vf).preset(); // first, as it may not be known
    Hold taken = ledger.hold(vf, wanted, namespaceLives, look);
    return new Lent(vf.toString(), taken, wish.tokenId().orElse(""), preset);
  }

  private void configure(Lent lent) {
    PciAddress vf = lent.address();
    ledger.advance(vf, lent.hold().connection(), Hold.Step.CONFIGURING);
    hardware.configure(vf, lent.mac(), offer.options(vf));
    if (lent.preset().mtu() != 0) {
      hardware.mtu(vf, lent.preset().mtu());
    }
    ledger.advance(vf, lent.hold().connection(), Hold.Step.CONFIGURED);
  }

  /** Towards the endpoint: what was agreed with it before, or where this VF's cable ends. */
  private Call ahead(Call call, Lent lent) {
    Optional<Mechanism> agreed =
        Dial.ahead(call.session()).filter(Connection::hasMechanism).map(Connection::getMechanism);
    if (agreed.isPresent() && call.session().agreed()) {
      return call.edit(connection -> connection.setMechanism(agreed.get())).preferring(List.of());
    }
    Hardware.Port port = hardware.port(lent.address());
    VlanParameters wish =
        new VlanParameters(
            Optional.empty(),
            Optional.of(
                new VlanParameters.Function(
                    offer.node(),
                    port.pfMac().toString(),
                    lent.vf(),
                    port.number(),
                    lent.mac().toString(),
                    lent.mtu(),
                    capability(lent.address()))));
    return call.edit(Connection.Builder::clearMechanism).preferring(List.of(wish.mechanism()));
  }

  /** The resource that it was asked for as. */
  private String capability(PciAddress vf) {
    return ledger.find(vf).map(claim -> claim.grant().resource()).orElse("");
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(Lent.KEY, homecoming::comeHome);
  }
}

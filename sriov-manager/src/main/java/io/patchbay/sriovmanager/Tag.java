package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.VlanParameters;

/**
 * Puts the VF on the VLAN that the next hop answered with, before it is anywhere it could be used:
 * the tag is what keeps services apart. An answer with another VLAN moves it there.
 */
final class Tag implements Link {
  private static final Key<Tagged> KEY = Key.durable("tag", Tagged.class);

  private final Ledger ledger;
  private final Hardware hardware;

  Tag(Ledger ledger, Hardware hardware) {
    this.ledger = ledger;
    this.hardware = hardware;
  }

  /**
   * What was set.
   *
   * @param cable where the endpoint says that the VF's cable ends
   * @param protocol which tag it is
   */
  record Tagged(
      String vf, String connection, int vlan, int qos, Hold.Cable cable, VfVlan.Protocol protocol) {
    Tagged {
      protocol = protocol == null ? VfVlan.Protocol.DOT1Q : protocol; // likewise
      cable = cable == null ? Hold.Cable.UNKNOWN : cable; // in a session of old
    }

    PciAddress address() {
      return PciAddress.parse(vf);
    }
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    Session session = call.session();
    Tagged wanted = wanted(Lent.in(session), answer);
    if (session.held(KEY).filter(held -> !stands(held, wanted)).isPresent()) {
      advance(wanted, Hold.Step.TAGGING);
      session.replace(KEY, wanted, this::remove);
      write(wanted);
      boolean attached = session.held(Attach.KEY).isPresent();
      advance(wanted, attached ? Hold.Step.ATTACHED : Hold.Step.TAGGED);
    }
    session.hold(KEY, () -> wanted, this::set, this::remove);
    return answer;
  }

  private Tagged wanted(Lent lent, Connection answer) {
    Mechanism mechanism = answer.getMechanism();
    int vlan =
        VlanParameters.of(mechanism)
            .flatMap(VlanParameters::vlanId)
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.INVALID,
                    "endpoint '"
                        + answer.getNetworkServiceEndpointName()
                        + "' answered without a vlan-id"));
    if (vlan == hardware.parkingVlan()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "endpoint '"
              + answer.getNetworkServiceEndpointName()
              + "' answered with VLAN "
              + vlan
              + ", where VFs are that serve nobody; give the service another,"
              + " or change PATCHBAY_PARKING_VLAN");
    }
    return new Tagged(
        lent.vf(),
        lent.hold().connection(),
        vlan,
        qos(mechanism, lent.preset().qos()),
        cable(mechanism),
        lent.preset().protocol());
  }

  /** As Patchbay's own endpoints tell it. */
  private static Hold.Cable cable(Mechanism mechanism) {
    return new Hold.Cable(
        name(mechanism.getParametersOrDefault("switch", "")),
        name(mechanism.getParametersOrDefault("port", "")));
  }

  /** It is for people to read: nothing that a terminal or a log would stumble over. */
  private static String name(String told) {
    return told.matches("[\\w ./:-]{1,64}") ? told : "";
  }

  /** The priority of the service's frames, which the endpoint may leave to the config. */
  private static int qos(Mechanism mechanism, int otherwise) {
    String text = mechanism.getParametersOrDefault("qos", Integer.toString(otherwise));
    if (!text.matches("[0-7]")) {
      throw new Failure(Failure.Kind.INVALID, "VLAN parameter qos='" + text + "' is out of 0..7");
    }
    return Integer.parseInt(text);
  }

  /** Whether the VF has this tag; not so when setting it was begun and not confirmed. */
  private boolean stands(Tagged held, Tagged wanted) {
    boolean begun =
        ledger
            .find(wanted.address())
            .filter(claim -> claim.hold().step() == Hold.Step.TAGGING)
            .isPresent();
    return held.equals(wanted) && !begun;
  }

  private void set(Tagged tagged) {
    advance(tagged, Hold.Step.TAGGING);
    write(tagged);
    advance(tagged, Hold.Step.TAGGED);
  }

  private void advance(Tagged tagged, Hold.Step step) {
    var unused =
        ledger.amend(
            tagged.address(),
            tagged.connection(),
            hold -> hold.at(step).plugged(tagged.cable(), tagged.vlan()));
  }

  private void write(Tagged tagged) {
    hardware.tag(tagged.address(), new VfVlan(tagged.vlan(), tagged.qos(), tagged.protocol()));
  }

  /**
   * Only at home: in a pod a VF without a tag could reach every VLAN of the port. One that did not
   * come home keeps its tag until {@link Homecoming} has it there and resets it.
   */
  private void remove(Tagged tagged) {
    PciAddress vf = tagged.address();
    if (ledger.serves(vf, tagged.connection()) && hardware.atHome(vf).isPresent()) {
      hardware.untag(vf);
    }
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, this::remove);
  }
}

package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Puts the VF's interface into the client's namespace, and brings it home first of all when the
 * connection ends.
 */
final class Attach implements Link {
  static final Key<Lent> KEY = Key.durable("attached", Lent.class);

  private final Ledger ledger;
  private final Hardware hardware;

  Attach(Ledger ledger, Hardware hardware) {
    this.ledger = ledger;
    this.hardware = hardware;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    Lent lent = Lent.in(call.session());
    if (lent.isDevice()) {
      return answer; // its container has it from the kubelet
    }
    call.session().hold(KEY, () -> lent, this::attach, this::detach);
    return answer;
  }

  private void attach(Lent lent) {
    Optional<Hold.Seat> here = hardware.atHome(lent.address());
    Hold hold =
        amend(lent, known -> known.at(Hold.Step.ATTACHING).seated(here.orElse(known.seat())));
    Hold.Seat there = hardware.attach(lent.address(), hold, here);
    var unused = amend(lent, known -> known.at(Hold.Step.ATTACHED).seated(there));
  }

  private Hold amend(Lent lent, UnaryOperator<Hold> change) {
    return ledger
        .amend(lent.address(), lent.hold().connection(), change)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.CONFLICT,
                lent.vf() + " no longer serves " + lent.hold().connection()));
  }

  /** Leaves the VF alone when a successor has it by now. */
  private void detach(Lent lent) {
    ledger
        .sendHome(lent.address(), lent.hold().connection(), () -> true)
        .ifPresent(hold -> hardware.detach(lent.address(), hold));
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, this::detach);
  }
}

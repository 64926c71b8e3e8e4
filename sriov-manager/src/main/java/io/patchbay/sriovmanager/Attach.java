package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;

/**
 * Puts the VF's interface into the client's namespace, and brings it home first of all when the
 * connection ends.
 */
final class Attach implements Link {
  private static final Key<Lent> KEY = Key.durable("attached", Lent.class);

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
    call.session().hold(KEY, () -> lent, this::attach, this::detach);
    return answer;
  }

  private void attach(Lent lent) {
    advance(lent, Hold.Step.ATTACHING);
    hardware.interfaces().attach(lent.address(), lent.hold(), lent.mac());
    advance(lent, Hold.Step.ATTACHED);
  }

  private void detach(Lent lent) {
    advance(lent, Hold.Step.RETURNING);
    hardware.detach(lent.address(), lent.hold());
  }

  private void advance(Lent lent, Hold.Step step) {
    ledger.advance(lent.address(), lent.hold().connection(), step);
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, this::detach);
  }
}

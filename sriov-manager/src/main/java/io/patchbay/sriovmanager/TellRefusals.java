package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusals;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of each request that is refused behind it, of the pod that asked: its client has been let
 * in. Of others {@link TellDenials} tells.
 */
final class TellRefusals implements Link {
  private static final Logger log = LoggerFactory.getLogger(TellRefusals.class);

  private final Refusals refusals;
  private final Function<Connection, ClientPod> pods;
  private final Ledger ledger;

  /**
   * @param pods says which pod a request is for, or throws
   */
  TellRefusals(Refusals refusals, Function<Connection, ClientPod> pods, Ledger ledger) {
    this.refusals = refusals;
    this.pods = pods;
    this.ledger = ledger;
  }

  @Override
  public Connection request(Call call, Handler next) {
    try {
      return next.request(call);
    } catch (RuntimeException e) {
      Optional<Refusal.Pod> pod = byToken(call).or(() -> asked(call));
      refusals.tell(new Refusal(pod, Refusal.Reason.REQUEST_REFUSED, Failure.text(e)));
      throw e;
    }
  }

  /** The pod that has the VF of the request's token. */
  private Optional<Refusal.Pod> byToken(Call call) {
    try {
      return Wish.of(call)
          .tokenId()
          .flatMap(token ->
              ledger.claims().values().stream()
                  .filter(claim -> claim.grant().token().equals(token) && claim.use().seen())
                  .findFirst())
          .map(claim -> new Refusal.Pod(claim.use().namespace(), claim.use().pod()));
    } catch (Failure e) { // which may be why it was refused
      log.debug("{} has no token: {}", call.connection().getId(), Failure.text(e));
      return Optional.empty();
    }
  }

  private Optional<Refusal.Pod> asked(Call call) {
    try {
      ClientPod pod = pods.apply(call.connection());
      return Optional.of(new Refusal.Pod(pod.namespace(), pod.name()));
    } catch (Failure e) {
      log.debug("whose {} is cannot be said: {}", call.connection().getId(), Failure.text(e));
      return Optional.empty();
    }
  }
}

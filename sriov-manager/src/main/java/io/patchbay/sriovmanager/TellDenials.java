package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusals;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells of each request and close that a link itself does not let in: of the node, for who has not
 * proved who he is could name any pod. Nothing of what is refused further on.
 */
final class TellDenials implements Link {
  private final Link door;
  private final Refusals refusals;

  /**
   * @param door lets in or throws, and takes nothing
   */
  TellDenials(Link door, Refusals refusals) {
    this.door = door;
    this.refusals = refusals;
  }

  @Override
  public Connection request(Call call, Handler next) {
    AtomicBoolean in = new AtomicBoolean();
    try {
      return door.request(
          call,
          inside -> {
            in.set(true);
            return next.request(inside);
          });
    } catch (RuntimeException e) {
      if (!in.get()) {
        tell();
      }
      throw e;
    }
  }

  @Override
  public void close(Connection asked) {
    try {
      door.close(asked);
    } catch (RuntimeException e) {
      tell();
      throw e;
    }
  }

  /** In the same words each time: with words of their own many could crowd out other refusals. */
  private void tell() {
    refusals.tell(
        Refusal.ofNode(
            Refusal.Reason.NOT_LET_IN,
            "the policies did not let a request or a close in; whoever asked was told why"));
  }

  @Override
  public String name() {
    return door.name();
  }
}

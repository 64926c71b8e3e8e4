package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;

/** Lets nobody in whose token has already ended. The text is what upstream's examples look for. */
public final class Authorize implements Link {
  private final Time time;

  public Authorize(Time time) {
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Paths.callerExpires(call.connection())
        .filter(expires -> expires.isBefore(time.now()))
        .ifPresent(expires -> {
          throw new Failure(
              Failure.Kind.DENIED, "no sufficient privileges: the token ended at " + expires);
        });
    return next.request(call);
  }
}

package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;

/** Answers a call: with the connection as agreed from here on, or by throwing a Failure. */
@FunctionalInterface
public interface Handler {
  /** Blocks until agreed or refused; runs on the call's own virtual thread. */
  Connection request(Call call);
}

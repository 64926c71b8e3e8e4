package io.patchbay.sockets;

import io.grpc.Context;
import io.grpc.Metadata;

/** The metadata that came with the call that this thread handles. */
public final class RequestHeaders {
  static final Context.Key<Metadata> KEY = Context.key("request headers");

  private RequestHeaders() {}

  /** To be read only. Throws {@link IllegalStateException} outside of a call's handler. */
  public static Metadata current() {
    return CallContext.required(KEY);
  }
}

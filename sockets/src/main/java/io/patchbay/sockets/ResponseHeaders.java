package io.patchbay.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.Metadata;

/**
 * The metadata that will go out before the first message of the answer to the call that this thread
 * handles. An answer that is only an error carries none.
 */
public final class ResponseHeaders {
  static final Context.Key<ResponseHeaders> KEY = Context.key("response headers");

  @GuardedBy("this")
  private final Metadata waiting = new Metadata();

  @GuardedBy("this")
  private boolean gone;

  ResponseHeaders() {}

  /**
   * Sets one entry, replacing an earlier one. Throws {@link IllegalStateException} outside of a
   * call's handler, and when the headers have already gone out.
   */
  public static void put(Metadata.Key<String> key, String value) {
    CallContext.required(KEY).set(key, value);
  }

  private synchronized void set(Metadata.Key<String> key, String value) {
    if (gone) {
      throw new IllegalStateException("the response headers have gone before '" + key.name() + "'");
    }
    waiting.discardAll(key);
    waiting.put(key, value);
  }

  /** Moves what waits into the headers that now go out. */
  synchronized void leave(Metadata headers) {
    gone = true;
    headers.merge(waiting);
  }
}

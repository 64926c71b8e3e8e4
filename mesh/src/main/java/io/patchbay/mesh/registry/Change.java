package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.patchbay.base.Failure;

/** What a watcher is told. */
public sealed interface Change<T extends Message> {
  /** The entry is there: it was when the watch began, or it is new, changed or only refreshed. */
  record Present<T extends Message>(T entry) implements Change<T> {}

  /** The entry is no longer there, or no longer as the query wants it. Its name is certain. */
  record Gone<T extends Message>(T entry) implements Change<T> {}

  /**
   * The registry cannot be heard for now, or was not for a moment. When it can, all that matches is
   * told again as {@link Present}; what went away meanwhile is not.
   */
  record Lost<T extends Message>(Failure cause) implements Change<T> {}
}

package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import java.util.List;
import java.util.function.Consumer;

/**
 * A registry of network services or of endpoints, wherever it is. Safe for all threads; calls may
 * block for as long as the registry's own deadlines say, and throw {@link Failure}.
 */
public interface Registry<T extends Message> {
  /** What sort of entries these are. */
  Kind<T> kind();

  /**
   * Puts an entry in, in the place of an earlier one of its name, and gives back what is now there:
   * for an endpoint with the time when it will expire.
   */
  T register(T entry);

  /** Takes the entry of this name out; one that is not there is no failure. */
  void unregister(T entry);

  /** All entries that match a query, in no certain order; {@link Kind#matches} says which do. */
  List<T> find(T query);

  /**
   * Tells what matches now, and then every change of it, refreshes included. The listener hears one
   * change at a time, in order; it must neither block nor call a registry.
   */
  Subscription watch(T query, Consumer<Change<T>> listener);
}

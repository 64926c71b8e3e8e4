package io.patchbay.sriovmanager.events;

import io.patchbay.base.Failure;
import java.util.Optional;

/**
 * The cluster's API server, as far as events need it. All of it may take seconds, and throws {@link
 * Failure} when the server cannot be reached (UNAVAILABLE) or refuses.
 */
interface ApiServer extends AutoCloseable {
  /** The uid of a pod of this node; empty when there is no such pod here. */
  Optional<String> uid(Refusal.Pod pod);

  /** Makes an Event. */
  void create(EventReport report);

  /** Writes how often it has happened and when last; false when there is no such Event any more. */
  boolean count(EventReport report);

  @Override
  void close();
}

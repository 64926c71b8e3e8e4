package io.patchbay.hwsim.netconf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The sessions of a server by their ids, which are never used twice. Safe for all threads. */
final class Sessions {
  private final Datastores stores;
  private final int most;

  @GuardedBy("this")
  private final Map<Long, Runnable> closers = new HashMap<>();

  @GuardedBy("this")
  private long last;

  Sessions(Datastores stores, int most) {
    this.stores = stores;
    this.most = most;
  }

  /** The id of a new session that {@code closer} can cut off; nothing when there is no room. */
  synchronized Optional<Long> open(Runnable closer) {
    if (closers.size() >= most) {
      return Optional.empty();
    }
    long id = ++last;
    closers.put(id, closer);
    stores.opened(id);
    return Optional.of(id);
  }

  /** A session has ended; saying so again does nothing. */
  void ended(long id) {
    remove(id);
    stores.ended(id);
  }

  /** Ends a session from outside; false if there is none of that id. */
  boolean kill(long id) {
    Optional<Runnable> closer = remove(id);
    stores.ended(id);
    closer.ifPresent(Runnable::run);
    return closer.isPresent();
  }

  /** How many there are. */
  synchronized int count() {
    return closers.size();
  }

  private synchronized Optional<Runnable> remove(long id) {
    return Optional.ofNullable(closers.remove(id));
  }
}

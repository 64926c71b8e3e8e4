package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * To whom registered names belong: to whoever began the path of the last registration that
 * succeeded (contracts/nsm.md 4.2). Remembered by this process alone, until the entry is taken out
 * or expires. Safe for all threads.
 */
public final class Owners {
  /** As many as a registry has entries of one kind. */
  private static final int NAMES_MAX = 50_000;

  private record Owner(List<String> pathIds, Instant until) {}

  private final Time time;

  @GuardedBy("this")
  private final Map<String, Owner> byName = new HashMap<>();

  public Owners(Time time) {
    this.time = time;
  }

  /** The IDs of the path on which a name was registered, the owner's first; empty if nobody did. */
  public synchronized Optional<List<String>> pathIds(String name) {
    @Nullable Owner owner = byName.get(name);
    if (owner != null && !owner.until.isAfter(time.now())) {
      byName.remove(name);
      return Optional.empty();
    }
    return Optional.ofNullable(owner).map(Owner::pathIds);
  }

  /**
   * Refuses a name that belongs to somebody else. Throws {@link Failure} DENIED, or EXHAUSTED when
   * it is new and no more can be remembered.
   *
   * @param noun what is called so
   */
  public synchronized void check(String noun, String name, String id) {
    Optional<String> owner = pathIds(name).map(List::getFirst);
    if (owner.isPresent() && !owner.get().equals(id)) {
      throw new Failure(
          Failure.Kind.DENIED,
          "no sufficient privileges: %s '%s' belongs to '%s', not to '%s'"
              .formatted(noun, name, owner.get(), id));
    }
    if (owner.isEmpty() && byName.size() >= NAMES_MAX) {
      byName.values().removeIf(each -> !each.until.isAfter(time.now()));
      if (byName.size() >= NAMES_MAX) {
        throw new Failure(
            Failure.Kind.EXHAUSTED, "the owners of " + NAMES_MAX + " " + noun + "s are remembered");
      }
    }
  }

  /**
   * A name has been registered.
   *
   * @param pathIds of the way it came, the owner's first; not empty
   * @param until when the entry expires; empty for one that does not
   */
  public synchronized void record(String name, List<String> pathIds, Optional<Instant> until) {
    byName.put(name, new Owner(List.copyOf(pathIds), until.orElse(Instant.MAX)));
  }

  /** The name is anybody's again. */
  public synchronized void free(String name) {
    byName.remove(name);
  }
}

package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import java.util.Map;
import java.util.Optional;

/**
 * What is bound to a port stands in a list of its own, of the ACLs or of the scheduler policies, in
 * an entry with the port's name, for both directions. An entry that the shim had to make goes again
 * with the last that is bound in it; these two words for what is not there tell which one that is.
 */
public final class PortEntry {
  /** The list has no entry of the port. */
  public static final Raw NONE = new Raw("no entry");

  /** It has one, with nothing bound in that direction. */
  public static final Raw EMPTY = new Raw("nothing bound");

  private PortEntry() {}

  /** What a driver reads where nothing is bound. */
  public static PortReading absent(boolean entry) {
    Raw raw = entry ? EMPTY : NONE;
    return new PortReading(raw, raw);
  }

  /** Whether nothing is to be bound. */
  public static boolean isAbsent(PortConfig config) {
    return config.equals(NONE) || config.equals(EMPTY);
  }

  /**
   * The scheduler policy that is to be bound; empty for none. Throws {@link
   * io.patchbay.base.Failure} of kind INVALID for what names none.
   */
  public static Optional<String> policy(PortConfig config) {
    return isAbsent(config) ? Optional.empty() : Leaf.written(config);
  }

  /**
   * Whether an item is to go with its entry, and its twin, if that is to be written too, does not
   * need it.
   */
  public static boolean goes(String key, Map<String, PortConfig> wanted) {
    PortConfig own = wanted.get(key);
    return NONE.equals(own)
        && PortItem.of(key)
            .twin()
            .map(twin -> wanted.getOrDefault(twin.key(), NONE))
            .filter(NONE::equals)
            .isPresent();
  }
}

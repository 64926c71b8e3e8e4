package io.patchbay.torshims;

import io.patchbay.base.Failure;

/** Names that people give to things on a switch. */
final class SwitchName {
  /** No switch that is known takes longer ones. */
  private static final int LENGTH_MOST = 128;

  private SwitchName() {}

  /** Throws {@link Failure} of kind INVALID, with the field, for what can be no name. */
  static void requireValid(String field, String name) {
    boolean plain = name.chars().noneMatch(Character::isISOControl);
    if (name.isBlank() || name.length() > LENGTH_MOST || !plain || !name.equals(name.strip())) {
      throw new Failure(
          Failure.Kind.INVALID,
          field
              + " '"
              + name.substring(0, Math.min(name.length(), LENGTH_MOST))
                  .replaceAll("\\p{Cntrl}", "?")
              + "' is no name on a switch: 1 to "
              + LENGTH_MOST
              + " characters, no space at its ends");
    }
  }
}

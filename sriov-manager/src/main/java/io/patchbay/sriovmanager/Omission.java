package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A test of the tests: {@code PATCHBAY_BREAK} leaves one real action out, so that it can be seen
 * that somebody notices. Says so loudly; never set it otherwise.
 */
record Omission(Optional<Action> action) {
  private static final Logger log = LoggerFactory.getLogger(Omission.class);

  /** Nothing is left out. */
  static final Omission NONE = new Omission(Optional.empty());

  /** What can be left out. */
  enum Action {
    /** The VF gets no VLAN. */
    TAG,
    /** The VF is not brought home and not reset. */
    HOME,
    /** Nothing is known after a restart. */
    JOURNAL,
  }

  /** Reads the variable; {@code port} is tor-shims' to leave out. */
  static Omission of(String text) {
    if (text.isEmpty() || text.equals("port")) {
      return NONE;
    }
    try {
      Action action = Action.valueOf(text.toUpperCase(Locale.ROOT));
      log.error("PATCHBAY_BREAK={}: this daemon is broken on purpose", text);
      return new Omission(Optional.of(action));
    } catch (IllegalArgumentException e) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_BREAK='" + text + "': write tag, port, home or journal, or nothing",
          e);
    }
  }

  boolean omits(Action asked) {
    return action.filter(asked::equals).isPresent();
  }
}

package io.patchbay.torshims.netconf;

import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortReading;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a change of one switch may have left behind, on disk from before the change: until it is
 * known to be whole or undone, what to undo; and until it is saved too, that the switch may boot
 * with something else than it runs. For a switch that undoes nothing by itself. At most one at a
 * time.
 */
public final class UndoLog {
  /**
   * A change that was begun, by the names of its ports.
   *
   * @param former what they were, exactly
   * @param written what they were to be, as text
   */
  record Undo(Map<String, String> former, Map<String, String> written) {
    /** Nothing is to be undone, but something may have to be saved. */
    static final Undo NOTHING = new Undo(Map.of(), Map.of());

    Undo {
      former = Map.copyOf(former);
      written = Map.copyOf(written);
    }

    static Undo of(Map<String, PortConfig> wanted, Map<String, PortReading> before) {
      Map<String, String> former = new TreeMap<>();
      Map<String, String> written = new TreeMap<>();
      wanted.forEach((port, config) -> {
        former.put(port, Objects.requireNonNull(before.get(port)).raw().text());
        written.put(port, config.toString());
      });
      return new Undo(former, written);
    }

    /** What a port was. */
    Raw former(String port) {
      return new Raw(Objects.requireNonNull(former.get(port)));
    }

    /** Whether a port is just what this change was to make of it. */
    boolean wrote(String port, PortReading now) {
      String text = written.get(port);
      return now.raw().toString().equals(text) || now.meaning().toString().equals(text);
    }
  }

  private static final String PREFIX = "undo/";

  private final Journal journal;
  private final String key;

  /** Of one switch; other keys of the journal are left alone. */
  public UndoLog(Journal journal, String switchName) {
    this.journal = journal;
    this.key = PREFIX + switchName;
  }

  /**
   * Forgets what was begun on other switches than these: were they ever back, it would be too old
   * to be undone.
   *
   * @param switches all that an undo log is kept for
   */
  public static void forgetOthers(Journal journal, Set<String> switches) {
    journal.entries().keySet().stream()
        .filter(key -> key.startsWith(PREFIX) && !switches.contains(key.substring(PREFIX.length())))
        .forEach(journal::remove);
  }

  /** Durable when it returns. */
  void keep(Undo undo) {
    journal.put(key, Json.write(undo));
  }

  /** What is to be undone, if anything is. */
  Optional<Undo> kept() {
    return Optional.ofNullable(journal.entries().get(key))
        .map(text -> Json.read(text, Undo.class))
        .filter(undo -> !undo.former().isEmpty());
  }

  /** Whether the switch may boot with something else than what it runs, as far as we changed it. */
  boolean unsaved() {
    return journal.entries().containsKey(key);
  }

  /** There is nothing to undo any more; whether it is saved is another matter. */
  void settled() {
    keep(Undo.NOTHING);
  }

  /** There is nothing to undo or to save any more. */
  void drop() {
    if (unsaved()) {
      journal.remove(key);
    }
  }
}

package io.patchbay.torshims.netconf;

import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortReading;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a change of one switch may have left behind, on disk from before the change until it is
 * known to be whole or undone: for a switch that undoes nothing by itself. At most one at a time.
 */
public final class UndoLog {
  /**
   * A change that was begun, by the names of its ports.
   *
   * @param former what they were, exactly
   * @param written what they were to be, as text
   */
  record Undo(Map<String, String> former, Map<String, String> written) {
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

  private final Journal journal;
  private final String key;

  /** Of one switch; other keys of the journal are left alone. */
  public UndoLog(Journal journal, String switchName) {
    this.journal = journal;
    this.key = "undo/" + switchName;
  }

  /** Durable when it returns. */
  void keep(Undo undo) {
    journal.put(key, Json.write(undo));
  }

  Optional<Undo> kept() {
    return Optional.ofNullable(journal.entries().get(key)).map(text -> Json.read(text, Undo.class));
  }

  /** There is nothing to undo any more. */
  void drop() {
    journal.remove(key);
  }
}

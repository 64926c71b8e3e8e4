package io.patchbay.torshims;

import io.patchbay.torshims.Change.Verb;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who claims what of one switch, since when, and so what the switch should be. Changed by the
 * switch's writer, before its start by the starter; any thread may look.
 */
final class Claims {
  private final Map<String, Instant> since = new ConcurrentHashMap<>();
  private volatile PortIntent intent;

  /**
   * @param nativeVlans as {@link PortIntent}'s
   */
  Claims(Map<String, Integer> nativeVlans) {
    this.intent = PortIntent.none(nativeVlans);
  }

  /** What the switch should be now. */
  PortIntent intent() {
    return intent;
  }

  /** What it should be once these changes are made. */
  PortIntent after(Collection<Change> changes) {
    PortIntent folded = intent;
    for (Change change : changes) {
      folded = change.on(folded);
    }
    return folded;
  }

  /** A connection has a claim since then, or since it had one before. */
  void add(String connection, PortClaim claim, Instant when) {
    intent = intent.with(connection, claim);
    since.putIfAbsent(connection, when);
  }

  /** These changes are made. */
  void make(Collection<Change> changes, Instant now) {
    intent = after(changes);
    for (Change change : changes) {
      if (change.verb() == Verb.LEAVE) {
        since.remove(change.connection());
      } else {
        since.putIfAbsent(change.connection(), now);
      }
    }
  }

  /** Who claims what of a port by that intent. */
  List<SwitchView.Claimed> of(PortIntent by, String port) {
    return SwitchView.claims(by, port, since);
  }
}

package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.Change.Verb;
import io.patchbay.torshims.History.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one switch's writer has done: counted since the start, and told to the history. Written by
 * the writer, {@link #numbers} is for any thread.
 */
final class SwitchAccount {
  /**
   * @param commits transactions that changed something
   * @param changes what connections wished for and got
   * @param driftedPorts ports that were settled, were found otherwise and put right
   * @param repairedPorts ports that were not as they should have been, and were put right
   * @param failures transactions that failed
   * @param commitMillis how long the transactions took in all that changed something
   */
  record Numbers(
      long commits,
      long changes,
      long driftedPorts,
      long repairedPorts,
      long failures,
      long commitMillis) {}

  private static final int REFUSALS_MOST = 4096;

  /** Some failures tell of all ports. */
  private static final int TEXT_MOST = 500;

  private final String name;
  private final History history;
  private final CommitMeasures measures;
  private final Time time;
  private final LongAdder commits = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private final LongAdder driftedPorts = new LongAdder();
  private final LongAdder repairedPorts = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder commitMillis = new LongAdder();

  /** Why a port could not be put right when that was last told: it is tried every minute. */
  private final Map<String, String> complaints = new HashMap<>();

  /** By port, what was begun and whose end has not been told. */
  private final Map<String, Event> open;

  /** Why a connection's last wish was refused when that was last told. */
  private final Map<String, String> refusals =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > REFUSALS_MOST;
        }
      };

  SwitchAccount(String name, History history, CommitMeasures measures, Time time) {
    this.name = name;
    this.history = history;
    this.measures = measures;
    this.time = time;
    this.open = new HashMap<>(history.begun(name));
  }

  /**
   * What is about to be changed, told first: whoever finds it without an end knows that a crash
   * came upon it.
   *
   * @param after what each port is to be given
   */
  void begin(List<Change> group, Map<String, String> after) {
    List<Event> events = new ArrayList<>();
    after.forEach((port, wanted) -> {
      List<Change> mine = on(port, group);
      Event event = event(port, mine, "", wanted, History.BEGUN);
      Event before = open.put(port, event);
      boolean again = before != null && before.connections().equals(event.connections());
      if (!again && !event.connections().stream().allMatch(refusals::containsKey)) {
        events.add(event); // a client asks again each second for as long as it is refused
      }
    });
    history.add(events);
  }

  private static List<Change> on(String item, List<Change> group) {
    String port = PortItem.port(item);
    return group.stream().filter(change -> change.port().equals(port)).toList();
  }

  /**
   * Ends what an earlier process has begun on ports that are nobody's now, so that nobody will look
   * at them again: a port is given up only once it is what it was before.
   *
   * @param ours the ports that are owned or claimed
   */
  void started(Set<String> ours) {
    List<Event> events = new ArrayList<>();
    for (Event begun : List.copyOf(open.values())) {
      if (!ours.contains(begun.port())) {
        open.remove(begun.port());
        boolean left = begun.cause().equals("leave");
        events.add(ended(begun, "", left ? "done" : "not made, or undone"));
      }
    }
    history.add(events);
  }

  /** Ends what was begun, where no change had to be made for it. */
  private void end(Map<String, String> settled, Set<String> told, List<Event> events) {
    settled.forEach((port, now) -> {
      Event begun = open.remove(port);
      if (begun != null && !told.contains(port)) {
        events.add(ended(begun, "", begun.after().equals(now) ? "done" : "not made, or undone"));
      }
    });
  }

  private Event ended(Event begun, String before, String result) {
    return new Event(
        time.now().toString(),
        name,
        begun.port(),
        begun.cause(),
        begun.connections(),
        before,
        begun.after(),
        result);
  }

  /**
   * @param settled all ports of the group, and what they are now
   * @param nanos how long it took
   */
  void made(
      List<Change> group, Map<String, String> settled, Map<String, Altered> altered, long nanos) {
    changes.add(group.size());
    commit(group.size(), altered, nanos);
    group.forEach(change -> refusals.remove(change.connection()));
    List<Event> events = new ArrayList<>();
    altered.forEach((port, what) -> {
      List<Change> mine = on(port, group);
      events.add(event(port, mine, what, "done"));
    });
    end(settled, altered.keySet(), events);
    history.add(events);
  }

  /**
   * @param settled all ports that are as they should be now, and what that is
   * @param looked those of them that were settled before, and why they were looked at
   * @param nanos how long it took
   */
  void repaired(
      Map<String, String> settled,
      Map<String, Doubts.Look> looked,
      Map<String, Altered> altered,
      long nanos) {
    repairedPorts.add(altered.keySet().stream().map(PortItem::port).distinct().count());
    driftedPorts.add(
        altered.keySet().stream()
            .filter(looked::containsKey)
            .map(PortItem::port)
            .distinct()
            .count());
    commit(0, altered, nanos);
    List<Event> events = new ArrayList<>();
    altered.forEach((port, what) -> {
      Event begun = open.get(port);
      events.add(
          begun != null && begun.after().equals(what.after().toString())
              ? ended(begun, what.before().toString(), "done")
              : repaired(port, Optional.ofNullable(looked.get(port)), what));
    });
    complaints.keySet().removeAll(settled.keySet());
    end(settled, altered.keySet(), events);
    history.add(events);
  }

  private Event repaired(String port, Optional<Doubts.Look> looked, Altered what) {
    return new Event(
        time.now().toString(),
        name,
        port,
        looked.map(look -> History.REPAIR + ", " + look.found()).orElse(History.REPAIR),
        List.of(),
        what.before().toString(),
        what.after().toString(),
        "done");
  }

  private void commit(int carried, Map<String, Altered> altered, long nanos) {
    if (!altered.isEmpty()) {
      measures.committed(name, carried, nanos);
      commits.increment();
      commitMillis.add(nanos / 1_000_000);
    }
  }

  /** Nobody knows what is there now. */
  void refused(List<Change> group, Failure failure) {
    failures.increment();
    List<Event> events = new ArrayList<>();
    String why = text(failure);
    for (Change change : group) { // a client asks again each second for as long as it is refused
      if (!why.equals(refusals.put(change.connection(), why))) {
        events.add(event(change.port(), List.of(change), "", change.toString(), why));
      }
      if (failure.kind() != Failure.Kind.UNAVAILABLE && failure.kind() != Failure.Kind.TIMEOUT) {
        endRefused(change.port(), why, events); // it is certain
      }
    }
    history.add(events);
  }

  /** The refusal was told of the port; what was begun on other items of it ends by the same. */
  private void endRefused(String port, String why, List<Event> events) {
    for (Event begun : List.copyOf(open.values())) {
      if (PortItem.port(begun.port()).equals(port)) {
        open.remove(begun.port());
        if (!begun.port().equals(port)) {
          events.add(ended(begun, "", why));
        }
      }
    }
  }

  /**
   * A port has lost its link, or has it back.
   *
   * @param concerned the connections on it
   */
  void linkChanged(String port, boolean up, List<String> concerned) {
    history.add(
        List.of(
            new Event(
                time.now().toString(),
                name,
                port,
                History.LINK,
                concerned,
                up ? "no link" : "link",
                up ? "link" : "no link",
                up ? "told UP" : "told DOWN")));
  }

  void notRepaired(String port, Failure failure) {
    failures.increment();
    String why = text(failure);
    if (!why.equals(complaints.put(port, why))) {
      history.add(List.of(event(port, List.of(), "", "as it should be", why)));
    }
  }

  private static String text(Failure failure) {
    String text = failure.kind().name().toLowerCase(Locale.ROOT) + ": " + Failure.text(failure);
    return text.length() > TEXT_MOST ? text.substring(0, TEXT_MOST) + "..." : text;
  }

  private Event event(String port, List<Change> group, Altered what, String result) {
    return event(port, group, what.before().toString(), what.after().toString(), result);
  }

  private Event event(String port, List<Change> group, String before, String after, String result) {
    boolean takes = group.stream().anyMatch(change -> change.verb() != Verb.LEAVE);
    String cause = group.isEmpty() ? History.REPAIR : takes ? "take" : "leave";
    List<String> connections = group.stream().map(Change::connection).toList();
    return new Event(time.now().toString(), name, port, cause, connections, before, after, result);
  }

  Numbers numbers() {
    return new Numbers(
        commits.sum(),
        changes.sum(),
        driftedPorts.sum(),
        repairedPorts.sum(),
        failures.sum(),
        commitMillis.sum());
  }
}

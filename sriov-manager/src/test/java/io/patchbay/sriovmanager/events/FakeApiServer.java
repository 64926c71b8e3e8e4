package io.patchbay.sriovmanager.events;

import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps Events as they are told, until it is told to refuse. */
final class FakeApiServer implements ApiServer {
  final Map<String, String> uids = new HashMap<>();
  final Map<String, EventReport> events = Collections.synchronizedMap(new LinkedHashMap<>());
  Optional<Failure.Kind> refuses = Optional.empty();
  int calls;
  boolean closed;

  @Override
  public Optional<String> uid(Refusal.Pod pod) {
    answer();
    return Optional.ofNullable(uids.get(pod.toString()));
  }

  @Override
  public void create(EventReport report) {
    answer();
    if (events.putIfAbsent(report.name(), report) != null) {
      throw new Failure(Failure.Kind.INVALID, report.name() + " already exists");
    }
  }

  @Override
  public boolean count(EventReport report) {
    answer();
    return events.replace(report.name(), report) != null;
  }

  private void answer() {
    calls++;
    refuses.ifPresent(kind -> {
      throw new Failure(kind, "no");
    });
  }

  /** In the order in which they were made. */
  List<EventReport> all() {
    return new ArrayList<>(events.values());
  }

  @Override
  public void close() {
    closed = true;
  }
}

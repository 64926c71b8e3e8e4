package io.patchbay.sriovmanager.events;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes Events of refusals, one after the other on a thread of its own: the same refusal again
 * counts up the Event that it has, and what waits meanwhile waits once. What is too much is left
 * out, for the log has all of it. Nothing here outlives the process.
 */
public final class EventQueue implements Refusals, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventQueue.class);

  /** So many different refusals wait, and so many Events are remembered. */
  private static final int CAPACITY = 256;

  /** Between two Events: no more than five in a second, as client-go's default has it. */
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** While the API server does not do what it is asked. */
  private static final Backoff PACE = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));

  /** An Event is written anew rather than counted up after so long: the server deletes old ones. */
  private static final Duration OLD = Duration.ofMinutes(50);

  /** The message of an Event (events.k8s.io/v1: note, 1 kB at most). */
  private static final int TEXT = 1024;

  private final String node;
  private final Supplier<ApiServer> connecting;
  private final Time time;
  private final Allowance<String> allowance = new Allowance<>();
  private final Map<Refusal, EventReport> told =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Refusal, EventReport> eldest) {
          return size() > CAPACITY;
        }
      };
  private Optional<ApiServer> server = Optional.empty();
  private Optional<Thread> thread = Optional.empty();
  private int failures;
  private long made;

  @GuardedBy("this")
  private final Map<Refusal, Integer> waiting = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param node this node's name
   * @param connecting called when there is the first thing to tell: the client is large
   */
  EventQueue(String node, Supplier<ApiServer> connecting, Time time) {
    this.node = node;
    this.connecting = connecting;
    this.time = time;
  }

  /** Begins to tell. */
  EventQueue start() {
    thread = Optional.of(Thread.ofVirtual().name("events").start(this::run));
    return this;
  }

  @Override
  public synchronized void tell(Refusal refusal) {
    if (waiting.size() < CAPACITY || waiting.containsKey(refusal)) {
      waiting.merge(refusal, 1, Integer::sum);
      notifyAll();
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        time.sleep(step());
      }
    } catch (InterruptedException end) {
      log.debug("no more events");
    }
  }

  private synchronized boolean awaitWork() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    return !closed;
  }

  private synchronized Optional<Map.Entry<Refusal, Integer>> poll() {
    Iterator<Map.Entry<Refusal, Integer>> first = waiting.entrySet().iterator();
    if (!first.hasNext()) {
      return Optional.empty();
    }
    Map.Entry<Refusal, Integer> next = Map.Entry.copyOf(first.next());
    first.remove();
    return Optional.of(next);
  }

  /** Tells what has waited longest, if anything does; says how long to leave the server alone. */
  Duration step() {
    Optional<Map.Entry<Refusal, Integer>> next = poll();
    if (next.isEmpty()) {
      return Duration.ZERO;
    }
    Refusal refusal = next.get().getKey();
    int times = next.get().getValue();
    try {
      report(refusal, times);
      failures = 0;
      return PAUSE;
    } catch (RuntimeException e) {
      failures++;
      if (failures == 1) {
        log.warn("refusals are not told as Kubernetes Events now: {}", Failure.text(e));
      }
      if (e instanceof Failure failure && failure.kind() == Failure.Kind.UNAVAILABLE) {
        putBack(refusal, times);
      }
      return PACE.pause(failures);
    }
  }

  private synchronized void putBack(Refusal refusal, int times) {
    if (waiting.size() < CAPACITY || waiting.containsKey(refusal)) {
      waiting.merge(refusal, times, Integer::sum);
    }
  }

  private void report(Refusal refusal, int times) {
    Instant now = time.now();
    Optional<EventReport> known =
        Optional.ofNullable(told.get(refusal))
            .filter(report -> report.last().plus(OLD).isAfter(now));
    // What is wrong with one thing of the node must not keep it silent about another.
    String object = refusal.pod().map(Refusal.Pod::toString).orElse(refusal.reason().word());
    if (!allowance.allows(object, now)) {
      known.ifPresent(report -> told.put(refusal, report.again(times, report.last())));
      return;
    }
    Optional<EventReport> again = known.map(report -> report.again(times, now));
    told.put(
        refusal,
        again
            .filter(report -> server().count(report))
            .orElseGet(() -> create(first(refusal, times, now))));
    allowance.use(object, now); // not before it is told: a server that is away has had nothing
  }

  private EventReport create(EventReport report) {
    server().create(report);
    return report;
  }

  private EventReport first(Refusal refusal, int times, Instant now) {
    Optional<EventReport.About> pod =
        refusal
            .pod()
            .flatMap(named -> server().uid(named).map(uid -> EventReport.About.pod(named, uid)));
    EventReport.About about = pod.orElseGet(() -> EventReport.About.node(node));
    String whose =
        refusal.pod().filter(named -> pod.isEmpty()).map(named -> "pod " + named + ": ").orElse("");
    String text = whose + refusal.text();
    return new EventReport(
        name(about, now),
        about,
        refusal.reason().word(),
        text.substring(0, Math.min(TEXT, text.length())),
        times,
        now,
        now);
  }

  /** Unlike that of any other Event, as the kubelet's are: what it is about, and when. */
  private String name(EventReport.About about, Instant now) {
    long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano() + made++;
    String suffix = "." + Long.toHexString(nanos);
    String name = about.name();
    return name.substring(0, Math.min(name.length(), 253 - suffix.length())) + suffix;
  }

  private ApiServer server() {
    if (server.isEmpty()) {
      server = Optional.of(connecting.get());
    }
    return server.get();
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    if (thread.isPresent()) {
      thread.get().interrupt();
      thread.get().join();
    }
    server.ifPresent(ApiServer::close);
  }
}

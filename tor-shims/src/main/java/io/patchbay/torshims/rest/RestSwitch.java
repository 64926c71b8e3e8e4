package io.patchbay.torshims.rest;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch behind a controller that keeps {@code docs/switch-controller-v1.yaml}: a change is one
 * transaction with a key of its own, made only upon the version of the ports that was read, and is
 * believed when the ports show it. What became of one whose answer is lost, the controller is asked
 * for by its key. One thread at a time.
 *
 * <p>A request that nobody has answered, of this process or of one before it, may still be on its
 * way. It is made upon a version that was read before, so it is void once the ports have another.
 * Until they have, ports that are as they should be are set again, which gives them one.
 */
public final class RestSwitch implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(RestSwitch.class);

  private final SwitchEntry entry;
  private final RestCalls calls;
  private final Time time;
  private Watcher watcher = () -> {};

  /**
   * The last version upon which something may still come that was asked for and not answered; at
   * first the one that was found, for nobody knows what a predecessor has asked for.
   */
  private Optional<String> open = Optional.empty();

  /** Whether an answer in this change was lost: what it asked for may have been written. */
  private boolean doubtful;

  /** Whether the connection has been of use: when it breaks, a new one may be, too. */
  private boolean connected;

  /**
   * Connects when it is first used.
   *
   * @param access the entry's section
   */
  public RestSwitch(SwitchEntry entry, RestAccess access, Time time) {
    this.entry = entry;
    this.calls = new RestCalls(entry, access, () -> watcher.speaks());
    this.time = time;
  }

  @Override
  public void watch(Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return ports().of(entry.who(), ports);
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    Map<String, Boolean> links = new TreeMap<>(ports().links());
    links.keySet().retainAll(ports);
    return links;
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    Patience waits = new Patience(entry.who(), time, patience);
    Map<String, PortReading> before = new TreeMap<>();
    doubtful = false;
    for (int tries = 1; ; tries++) {
      Optional<Problem> inTheWay = attempt(wanted, before, waits);
      if (inTheWay.isEmpty()) {
        return before;
      }
      Failure refusal = inTheWay.get().failure(entry.who());
      if (!waits.outlasts(tries, refusal)) {
        throw inVain(refusal, inTheWay.get().locked());
      }
    }
  }

  private static Failure inVain(Failure refusal, boolean locked) {
    String text = Failure.text(refusal);
    return new Failure(
        Failure.Kind.UNAVAILABLE, "waited in vain: " + text, locked ? new LockHeld(text) : refusal);
  }

  /**
   * One try. Returns what was in its way, where that may pass.
   *
   * @param before gets what the ports had that it writes
   */
  private Optional<Problem> attempt(
      Map<String, PortConfig> wanted, Map<String, PortReading> before, Patience waits) {
    RestPorts now = ports();
    Map<String, PortReading> had = now.of(entry.who(), wanted.keySet());
    watcher.finds(Map.copyOf(had));
    Map<String, PortConfig> change = PortReading.different(wanted, had);
    if (change.isEmpty() && fenced(now)) {
      if (!doubtful) {
        before.clear(); // somebody else has made it so meanwhile
      }
      return Optional.empty();
    }
    if (change.isEmpty()) {
      change.putAll(wanted);
    }
    log.info("{}: {}", entry.who(), change);
    tell(had, change.keySet(), before);
    Transaction ended = settled(now.version(), change, waits);
    Optional<Problem> passing = ended.problem().filter(Problem::passes);
    if (ended.problem().filter(Problem::shutsOut).isPresent()) {
      throw ended.problem().get().failure(entry.who());
    }
    if (passing.isEmpty()) {
      verify(ended, change, before, waits);
    }
    return passing;
  }

  /** Whether nothing that was asked for earlier can be made any more: no version comes twice. */
  private boolean fenced(RestPorts now) {
    return !open.equals(Optional.of(now.version()));
  }

  /**
   * Tells what is about to be written, for which the version stands.
   *
   * @param before gets it; keeps what an earlier try may have written since
   */
  private void tell(
      Map<String, PortReading> had, Set<String> change, Map<String, PortReading> before) {
    Map<String, PortReading> fresh = new TreeMap<>(had);
    fresh.keySet().retainAll(change);
    if (doubtful) {
      fresh.putAll(before);
    }
    before.clear();
    before.putAll(fresh);
    watcher.overwrites(Map.copyOf(before));
  }

  // ---- one transaction ----

  /** A transaction that is over, whatever happens to its answers. */
  private Transaction settled(String version, Map<String, PortConfig> change, Patience waits) {
    String id = UUID.randomUUID().toString();
    Transaction transaction = begun(id, version, change);
    try {
      for (int tries = 1; transaction.pending(); tries++) {
        awaitEnd(id, tries, waits);
        transaction = asked(() -> calls.transaction(id).orElseThrow(() -> unknown(id)));
      }
    } catch (Failure e) {
      open = Optional.of(version);
      throw e;
    }
    return transaction;
  }

  private Transaction begun(String id, String version, Map<String, PortConfig> change) {
    try {
      return calls.change(id, version, change);
    } catch (Failure e) {
      if (!isSilence(e)) {
        throw e;
      }
      log.info("{}; asking what became of transaction {}", Failure.text(e), id);
      open = Optional.of(version);
      doubtful = true;
      hangUp();
      return asked(() -> calls.transaction(id).orElseGet(() -> calls.change(id, version, change)));
    }
  }

  private void awaitEnd(String id, int tries, Patience waits) {
    Failure pending =
        new Failure(
            Failure.Kind.TIMEOUT, entry.who() + ": transaction " + id + " is still pending");
    if (!waits.outlasts(tries, pending)) {
      throw pending;
    }
  }

  /** A question about a transaction that is under way: no answer to it is a refusal. */
  private Transaction asked(Supplier<Transaction> question) {
    try {
      return question.get();
    } catch (Failure e) {
      hangUp();
      throw isSilence(e) ? e : unclear(e, "");
    }
  }

  private Failure unknown(String id) {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        entry.who() + ": the controller no longer knows transaction " + id + ", which was pending");
  }

  // ---- what is there ----

  /** Looks whether what the controller says is so; puts back what was not to be. */
  private void verify(
      Transaction ended,
      Map<String, PortConfig> change,
      Map<String, PortReading> before,
      Patience waits) {
    Optional<Failure> refusal = ended.problem().map(problem -> problem.failure(entry.who()));
    RestPorts now = portsAfter(change.keySet());
    Map<String, PortReading> have = now.of(entry.who(), change.keySet());
    Map<String, PortConfig> missing = PortReading.different(change, have);
    if (missing.isEmpty() && !fenced(now)) {
      throw refusal.orElseGet(this::unfenced);
    }
    if (missing.isEmpty()) {
      refusal.ifPresent(e -> log.warn("{}; yet the ports are as wanted", Failure.text(e)));
      tellLinkless(change.keySet(), now);
      return;
    }
    Failure cause = refusal.orElseGet(() -> lie(missing, have));
    putBack(change.keySet(), before, now, cause, waits);
    throw cause;
  }

  /** What was asked for earlier may still come, so that the ports may not stay as wanted. */
  private Failure unfenced() {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        entry.who()
            + ": the controller does not keep to its contract: a transaction is committed, and the"
            + " version of the ports is the same");
  }

  private void tellLinkless(Set<String> changed, RestPorts now) {
    Set<String> linkless = new TreeSet<>(changed);
    linkless.removeIf(port -> now.links().getOrDefault(port, true));
    if (!linkless.isEmpty()) {
      log.info("{}: ports {} are as wanted, and have no link", entry.who(), linkless);
    }
  }

  private Failure lie(Map<String, PortConfig> missing, Map<String, PortReading> have) {
    return new Failure(
        Failure.Kind.INTERNAL,
        missing.entrySet().stream()
            .map(port ->
                " port %s: wanted %s, it has %s"
                    .formatted(
                        port.getKey(),
                        port.getValue(),
                        Objects.requireNonNull(have.get(port.getKey())).meaning()))
            .collect(
                Collectors.joining(";", entry.who() + " says it has changed, but has not", "")));
  }

  private void putBack(
      Set<String> ports,
      Map<String, PortReading> before,
      RestPorts now,
      Failure cause,
      Patience waits) {
    Map<String, PortConfig> former = new TreeMap<>();
    ports.forEach(port -> former.put(port, Objects.requireNonNull(before.get(port)).raw()));
    Map<String, PortConfig> changed = PortReading.different(former, now.of(entry.who(), ports));
    if (changed.isEmpty()) {
      return;
    }
    log.warn("{}; putting back {}", Failure.text(cause), changed);
    Optional<Problem> problem = settled(now.version(), changed, waits).problem();
    if (problem.isPresent()) {
      throw unclear(cause, "; nor can it be put back: " + problem.get().text());
    }
    Map<String, PortConfig> still =
        PortReading.different(former, portsAfter(ports).of(entry.who(), ports));
    if (!still.isEmpty()) {
      throw unclear(cause, "; not put back: " + still);
    }
  }

  /** Something may have been changed, and it is not known what. */
  private static Failure unclear(Failure cause, String more) {
    return new Failure(Failure.Kind.UNAVAILABLE, Failure.text(cause) + more, cause);
  }

  /** All ports after a transaction on some: a failure to read them is no refusal of that. */
  private RestPorts portsAfter(Set<String> changed) {
    try {
      RestPorts now = ports();
      var present = now.of(entry.who(), changed);
      return now;
    } catch (Failure e) {
      throw isSilence(e) ? e : unclear(e, "");
    }
  }

  /** All ports, asked for once more on a new connection if one that has been of use breaks. */
  private RestPorts ports() {
    try {
      return portsNow();
    } catch (Failure e) {
      boolean broke = connected && e.getCause() instanceof IOException;
      noteLoss(e);
      if (!broke) {
        throw e;
      }
      log.info("{}; trying again on a new connection", Failure.text(e));
    }
    try {
      return portsNow();
    } catch (Failure e) {
      noteLoss(e);
      throw e;
    }
  }

  private RestPorts portsNow() {
    RestPorts now = calls.ports();
    connected = true;
    open = open.or(() -> Optional.of(now.version()));
    return now;
  }

  private void noteLoss(Failure failure) {
    boolean shutOut = failure.kind() == Failure.Kind.DENIED && !NotPermitted.isBehind(failure);
    if (isSilence(failure) || shutOut) {
      hangUp();
    }
  }

  private void hangUp() {
    connected = false;
    calls.close();
    watcher.lost();
  }

  private static boolean isSilence(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  @Override
  public void close() {
    calls.close();
  }
}

package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * A switch that keeps its ports in memory and can be told how to misbehave. A port that nobody has
 * changed is {@code Raw("factory")}.
 */
final class FakeSwitch implements SwitchDriver {
  private static final int MANY = 1_000_000;

  /** How long it can wait for a confirmation. */
  private static final Duration CONFIRMATION = Duration.ofSeconds(30);

  @GuardedBy("this")
  private final Map<String, PortConfig> running = new TreeMap<>();

  /** Each commit as text, oldest first. */
  @GuardedBy("this")
  private final List<String> commits = new ArrayList<>();

  /** Those that were there and were undone because the driver did not confirm them. */
  @GuardedBy("this")
  private final List<String> cancels = new ArrayList<>();

  @GuardedBy("this")
  private final Set<Integer> refusedVlans = new HashSet<>();

  @GuardedBy("this")
  private final Set<String> unreadable = new HashSet<>();

  private final Set<String> hidden = new HashSet<>();

  @GuardedBy("this")
  private final Set<String> lacked = new HashSet<>();

  @GuardedBy("this")
  private final Set<String> forbiddenPorts = new HashSet<>();

  @GuardedBy("this")
  private Map<String, Boolean> links = Map.of();

  @GuardedBy("this")
  private Optional<Failure> linksRefused = Optional.empty();

  @GuardedBy("this")
  private final List<Set<String>> asked = new ArrayList<>();

  /** Those it has been told of, and their names. */
  @GuardedBy("this")
  private Map<Integer, String> vlans = new TreeMap<>();

  @GuardedBy("this")
  private int keptVlan;

  @GuardedBy("this")
  private int removals;

  @GuardedBy("this")
  private Optional<VlanNames> names = Optional.empty();

  private final Semaphore turns = new Semaphore(MANY);
  private volatile boolean reachable = true;
  private volatile boolean repliesLost;
  private volatile boolean findsSilently;
  private volatile boolean tellsOfCommits;
  private volatile boolean confirmsNothing;
  private volatile boolean locked;
  private volatile boolean forbidden;
  private volatile int applying;
  private volatile Map<String, Set<String>> heard = Map.of();
  private volatile Watcher watcher = () -> {};

  synchronized void set(String port, PortConfig config) {
    running.put(port, config);
  }

  synchronized void refuse(int vlan) {
    refusedVlans.add(vlan);
  }

  synchronized void takes(int vlan) {
    refusedVlans.remove(vlan);
  }

  /** From now on it refuses every question that mentions the port. */
  synchronized void refuseToRead(String port) {
    unreadable.add(port);
  }

  /** From now on its rules of access do not let the shim's user read that port. */
  synchronized void hides(String port) {
    hidden.add(port);
  }

  /** From now on it has no such port. */
  synchronized void lacks(String port) {
    lacked.add(port);
  }

  /** From now on it has it again. */
  synchronized void hasAgain(String port) {
    lacked.remove(port);
  }

  /** From now on its rules of access do not let the shim's user write that port. */
  synchronized void forbids(String port) {
    forbiddenPorts.add(port);
  }

  /** They let it again. */
  synchronized void permits(String port) {
    forbiddenPorts.remove(port);
  }

  /** From now on VLANs that ports are to carry are made with them, under these names. */
  synchronized void makesVlans(VlanNames under) {
    names = Optional.of(under);
  }

  synchronized Map<Integer, String> vlans() {
    return new TreeMap<>(vlans);
  }

  synchronized void setVlans(Map<Integer, String> now) {
    vlans = new TreeMap<>(now);
  }

  /** Those that have to be made so that ports can be so. */
  synchronized Map<Integer, String> lacking(Map<String, PortConfig> wanted) {
    Map<Integer, String> lacking = new TreeMap<>();
    names.ifPresent(under ->
        wanted.values().stream()
            .flatMap(config -> VlanTable.needed(config).stream())
            .filter(vlan -> !vlans.containsKey(vlan))
            .forEach(vlan -> lacking.put(vlan, under.of(vlan))));
    return lacking;
  }

  @Override
  public synchronized void rehearse(Map<String, PortConfig> wanted, Duration patience) {
    checkReachable();
    wanted.values().forEach(this::check);
  }

  @GuardedBy("this")
  private void check(PortConfig config) {
    if (config instanceof Trunk trunk && trunk.vlans().stream().anyMatch(refusedVlans::contains)) {
      throw new Failure(Failure.Kind.INVALID, "the switch does not like " + config);
    }
  }

  @Override
  public synchronized boolean makesVlans() {
    return names.isPresent();
  }

  @Override
  public synchronized Map<Integer, String> madeVlans(Set<Integer> some) {
    checkReachable();
    Map<Integer, String> made = vlans();
    made.entrySet()
        .removeIf(vlan -> !some.contains(vlan.getKey()) || !VlanNames.isOurs(vlan.getValue()));
    return made;
  }

  /** From now on it refuses to let that VLAN go. */
  synchronized void keepsVlan(int vlan) {
    keptVlan = vlan;
  }

  synchronized int removals() {
    return removals;
  }

  @Override
  public synchronized void removeVlans(Set<Integer> some) {
    Set<Integer> made = madeVlans(some).keySet();
    removals += made.isEmpty() ? 0 : 1;
    if (made.contains(keptVlan)) {
      throw new Failure(Failure.Kind.INVALID, "VLAN " + keptVlan + " has an address");
    }
    vlans.keySet().removeAll(madeVlans(some).keySet());
  }

  /** What it hears by LLDP from now on. */
  void hears(Map<String, Set<String>> byPort) {
    heard = byPort;
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return heard;
  }

  /** From now on these ports have a link, or have none; of others it does not tell. */
  synchronized void links(Map<String, Boolean> now) {
    links = now;
  }

  @Override
  public synchronized Map<String, Boolean> links(Set<String> ports) {
    asked.add(ports);
    checkReachable();
    if (linksRefused.isPresent()) {
      throw linksRefused.get();
    }
    Map<String, Boolean> told = new TreeMap<>(links);
    told.keySet().retainAll(ports);
    return told;
  }

  /** From now on it answers so when asked which ports have a link; empty: it tells. */
  synchronized void refusesToTellLinks(Optional<Failure> answer) {
    linksRefused = answer;
  }

  /** Of which ports it was asked whether they have a link, oldest first. */
  synchronized List<Set<String>> askedForLinks() {
    return List.copyOf(asked);
  }

  /** It says by itself that links are other than they were. */
  void tellsOfLinks() {
    watcher.linksChanged();
  }

  /** It says by itself that ports may be otherwise than they were made. */
  void tellsOfPorts() {
    watcher.portsChanged();
  }

  /** From now on it says so also of what it is made to do. */
  void tellsOfCommits() {
    tellsOfCommits = true;
  }

  /** The connection to it ends. */
  void hangUp() {
    watcher.lost();
  }

  void reachable(boolean now) {
    reachable = now;
  }

  /** From now on it does what it is told, and then the answer does not arrive. */
  void losesReplies(boolean now) {
    repliesLost = now;
  }

  /** From now on its driver does not tell what it finds. */
  void findsSilently() {
    findsSilently = true;
  }

  /** From now on its commits have no two halves: what is made is made. */
  void confirmsNothing() {
    confirmsNothing = true;
  }

  /** A stranger has its lock, or gives it back. */
  void locked(boolean now) {
    locked = now;
  }

  /** Its rules of access do not let the shim's user write, or let it again. */
  void forbids(boolean now) {
    forbidden = now;
  }

  /** Holds the next commits until {@link #release}. */
  void hold() {
    turns.drainPermits();
  }

  void release() {
    turns.release(MANY);
  }

  /** How many commits have begun. */
  int applying() {
    return applying;
  }

  synchronized List<String> commits() {
    return List.copyOf(commits);
  }

  /** What was committed, and never confirmed but cancelled. */
  synchronized List<String> cancels() {
    return List.copyOf(cancels);
  }

  /** The ports that are not as they were made. */
  synchronized String running() {
    Map<String, PortConfig> changed = new TreeMap<>(running);
    changed.values().removeIf(new Raw("factory")::equals);
    return changed.toString();
  }

  /** What a port is now. */
  synchronized PortConfig at(String port) {
    return running.getOrDefault(port, new Raw("factory"));
  }

  @Override
  public synchronized Map<String, PortReading> read(Set<String> ports) {
    checkReachable();
    Map<String, PortReading> readings = new TreeMap<>();
    for (String port : ports) {
      if (unreadable.contains(port)) {
        throw new Failure(Failure.Kind.INVALID, "the switch does not know " + port);
      }
      if (hidden.contains(port)) {
        NotPermitted refusal = new NotPermitted("access to " + port + " is denied");
        throw new Failure(Failure.Kind.DENIED, refusal.getMessage(), refusal);
      }
      if (lacked.contains(port)) {
        throw new Failure(Failure.Kind.NOT_FOUND, "the switch has no port " + port);
      }
      PortConfig now = at(port);
      Raw raw = now instanceof Raw text ? text : new Raw("written as " + now);
      readings.put(port, new PortReading(raw, now));
    }
    return readings;
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    if (reachable && !findsSilently) {
      watcher.finds(read(wanted.keySet()));
    }
    applying++;
    turns.acquireUninterruptibly();
    try {
      checkReachable();
      if (locked) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE,
            "switch tor-1 refuses lock: held by session 7",
            new LockHeld("held by session 7"));
      }
      if (forbids(wanted.keySet())) {
        throw new Failure(
            Failure.Kind.DENIED, "switch tor-1 refuses edit-config", new NotPermitted("no"));
      }
      Map<String, PortReading> before = tell(wanted);
      if (commitAndConfirm(wanted) && tellsOfCommits) {
        tellsOfPorts();
      }
      if (repliesLost) {
        throw new Failure(Failure.Kind.TIMEOUT, "no answer to commit");
      }
      return before;
    } finally {
      turns.release();
    }
  }

  private synchronized boolean forbids(Set<String> ports) {
    return forbidden || ports.stream().anyMatch(forbiddenPorts::contains);
  }

  /** Tells the watcher what the ports have that are not as wanted. */
  Map<String, PortReading> tell(Map<String, PortConfig> wanted) {
    Map<String, PortReading> before = read(wanted.keySet());
    before.entrySet().removeIf(port -> port.getValue().is(wanted.get(port.getKey())));
    watcher.overwrites(before);
    return before;
  }

  /** Whether there was anything to commit. */
  private boolean commitAndConfirm(Map<String, PortConfig> wanted) {
    Map<String, PortConfig> different = new TreeMap<>(wanted);
    different.entrySet().removeIf(port -> at(port.getKey()).equals(port.getValue()));
    Map<Integer, String> lacking = lacking(wanted);
    if (different.isEmpty() && lacking.isEmpty()) {
      return false;
    }
    Runnable cancel = commit(different, lacking);
    try {
      if (!confirmsNothing) {
        watcher.confirms(CONFIRMATION);
      }
    } catch (Failure e) {
      cancel.run();
      throw e;
    }
    confirmed(different);
    return true;
  }

  private synchronized void confirmed(Map<String, PortConfig> different) {
    commits.add(different.toString());
  }

  /** Returns what undoes it. */
  private synchronized Runnable commit(
      Map<String, PortConfig> different, Map<Integer, String> lacking) {
    different.values().forEach(this::check);
    Map<String, PortConfig> before = new TreeMap<>();
    different.keySet().forEach(port -> before.put(port, at(port)));
    running.putAll(different);
    vlans.putAll(lacking);
    return () -> cancel(different, before, lacking.keySet());
  }

  private synchronized void cancel(
      Map<String, PortConfig> different, Map<String, PortConfig> before, Set<Integer> made) {
    running.putAll(before);
    vlans.keySet().removeAll(made);
    cancels.add(different.toString());
  }

  private void checkReachable() {
    if (!reachable) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "switch tor-1 (10.0.0.1:830) cannot be reached");
    }
  }

  @Override
  public void watch(Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public void close() {}
}

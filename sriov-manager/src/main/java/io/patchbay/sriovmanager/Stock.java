package io.patchbay.sriovmanager;

import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.DeviceEvents;
import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the hardware as the config wants it, and the catalog of it: told once every PF has been
 * looked at or has had its time.
 */
final class Stock implements AutoCloseable {
  /**
   * How often it looks.
   *
   * @param rescan the time between two looks at a PF
   * @param glance the time between two looks at its carrier alone: the kernel tells of a loss at
   *     once, but up to a second later when other links have just changed (linkwatch_nextevent in
   *     net/core/link_watch.c)
   * @param first how long the first look at all of them is waited for: one that hangs must not keep
   *     the others from being served, nor need one whose VFs are yet to be made, which may take
   *     minutes
   */
  record Pace(Duration rescan, Duration glance, Duration first) {
    static final Pace USUAL =
        new Pace(Duration.ofSeconds(10), Duration.ofMillis(400), Duration.ofSeconds(15));
  }

  private static final Logger log = LoggerFactory.getLogger(Stock.class);

  /** How long a change of the config waits for reservations to end. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Hardware hardware;
  private final Supplier<Damping> damping;
  private final Ledger ledger;
  private final Pace pace;
  private final Map<PciAddress, PfKeeper> keepers = new ConcurrentSkipListMap<>();
  private final Map<PciAddress, PfKeeper> left = new ConcurrentSkipListMap<>();
  private final Strays strays;
  private final CurrentCatalog catalog;

  /** Read while something is decided by the catalog, written to change the config below it. */
  private final ReentrantReadWriteLock standing = new ReentrantReadWriteLock();

  private volatile SriovConfig config;

  /** By VF: why it is not offered while a change of the config waits. */
  private volatile Map<PciAddress, String> withheld = Map.of();

  /**
   * @param damping makes that of a PF's link
   */
  Stock(
      SriovConfig config, Hardware hardware, Ledger ledger, Supplier<Damping> damping, Pace pace) {
    this.config = config;
    this.hardware = hardware;
    this.ledger = ledger;
    this.pace = pace;
    this.damping = damping;
    this.catalog = new CurrentCatalog(ledger, () -> new CurrentCatalog.Known(this.config, found()));
    this.strays = new Strays(hardware, catalog::update);
    config.physicalFunctions().keySet().forEach(pf -> keepers.put(pf, keeper(pf, config)));
  }

  private PfKeeper keeper(PciAddress pf, SriovConfig wanted) {
    return new PfKeeper(pf, wanted, hardware, ledger, damping.get(), this::looked);
  }

  /** Makes the hardware as wanted, as far as it goes in time, and from now on keeps it so. */
  void start() {
    keepers.values().forEach(keeper -> keeper.start(pace));
    Time time = Time.system();
    long end = time.nanos() + pace.first().toNanos();
    try {
      for (PfKeeper keeper : keepers.values()) {
        keeper.awaitFirst(Duration.ofNanos(Math.max(0, end - time.nanos())));
      }
      Thread looking = Thread.ofVirtual().start(() -> strays.look(missing(), Runnable::run));
      looking.join(Duration.ofNanos(Math.max(1_000_000, end - time.nanos())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while looking at the NICs", e);
    }
    catalog.start();
  }

  /** Looks at all PFs now, and waits for each of them. */
  void look() {
    keepers.values().forEach(PfKeeper::look);
    strays.look(missing(), Runnable::run);
    catalog.update();
  }

  private void looked() {
    if (catalog.isTold()) {
      strays.look(missing(), Strays.ASIDE);
    }
    catalog.update();
  }

  /** The claimed VFs that no PF was found to have. */
  private Set<PciAddress> missing() {
    Set<PciAddress> missing = ledger.claimed();
    for (PfKeeper keeper : keepers.values()) {
      keeper
          .last()
          .found()
          .ifPresent(pf -> pf.virtualFunctions().forEach(vf -> missing.remove(vf.address())));
    }
    return missing;
  }

  /** Takes the kernel's word that an interface of this namespace has changed. */
  void heard(LinkEvents.Event event) {
    keepers.values().forEach(keeper -> keeper.heard(event));
  }

  /** Takes the kernel's word that a PCI function has come, gone or changed. */
  void heard(DeviceEvents.Event event) {
    log.debug("{}: looking at all PFs", event);
    keepers.values().forEach(PfKeeper::wake);
  }

  private Inventory found() {
    Map<PciAddress, String> troubles = new TreeMap<>();
    Map<PciAddress, String> faults = new TreeMap<>();
    Map<PciAddress, String> misplaced = new TreeMap<>();
    Set<PciAddress> pending = new TreeSet<>();
    List<Inventory.Physical> found = new ArrayList<>();
    for (PfKeeper keeper : keepers.values()) {
      PfKeeper.Sighting last = keeper.last();
      last.found().map(this::withheld).ifPresent(found::add);
      if (!last.trouble().isEmpty()) {
        troubles.put(keeper.pf(), last.trouble());
      }
      if (!last.link().fault().isEmpty()) {
        faults.put(keeper.pf(), last.link().fault());
      }
      last.link().misplaced().ifPresent(why -> misplaced.put(keeper.pf(), why));
      if (keeper.pending()) {
        pending.add(keeper.pf());
      }
    }
    return new Inventory(found, troubles, faults, misplaced, pending, strays.known());
  }

  private Inventory.Physical withheld(Inventory.Physical pf) {
    Map<PciAddress, String> now = withheld;
    return now.isEmpty()
        ? pf
        : pf.with(
            pf.virtualFunctions().stream()
                .map(vf -> vf.with(now.getOrDefault(vf.address(), vf.problem())))
                .toList());
  }

  /** What there is, as it is told. */
  CurrentCatalog catalog() {
    return catalog;
  }

  /**
   * Takes over another config, once started: as a whole, except for each PF where {@link
   * ConfigChange} refuses. The catalog tells it at once, and that no free VF of a PF that changes
   * can be had until the PF has been made as wanted. Throws {@link Failure} UNAVAILABLE while a
   * reservation takes its time, if there is anything to change.
   *
   * @return what is refused, for people; asked again it may be granted
   */
  List<String> become(SriovConfig wanted) {
    if (wanted.equals(config) && withheld.isEmpty()) {
      strays.look(missing(), Strays.ASIDE);
      return List.of();
    }
    // Without queueing: whoever reserves must not wait behind us for a NIC that hangs.
    if (!Await.comesTrue(PATIENCE, standing.writeLock()::tryLock)) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "a reservation is under way");
    }
    try {
      ConfigChange change = ConfigChange.of(config, wanted, found(), ledger.claims());
      if (!change.next().equals(config) || !change.withheld().equals(withheld)) {
        config = change.next();
        withheld = change.withheld();
        keepAsWanted();
        catalog.update(); // before anybody reserves again
      }
      strays.look(missing(), Strays.ASIDE);
      return change.refusals();
    } finally {
      standing.writeLock().unlock();
    }
  }

  private void keepAsWanted() {
    SriovConfig wanted = config;
    for (PciAddress pf : wanted.physicalFunctions().keySet()) {
      PfKeeper known = keepers.get(pf);
      if (known == null) {
        PfKeeper keeper = keeper(pf, wanted);
        keepers.put(pf, keeper);
        keeper.start(pace, Optional.ofNullable(left.remove(pf)));
        log.info("PF {} is ours from now on", pf);
      } else {
        known.want(wanted);
      }
    }
    for (PfKeeper keeper : keepers.values()) {
      if (!wanted.physicalFunctions().containsKey(keeper.pf())) {
        keepers.remove(keeper.pf());
        left.put(keeper.pf(), keeper);
        keeper.leave();
        log.info("PF {} is no longer ours; its VFs stay as they are", keeper.pf());
      }
    }
  }

  /** Runs what is decided by the catalog: until it is done, the config stays the same. */
  <T> T unchanged(Supplier<T> decision) {
    standing.readLock().lock();
    try {
      return decision.get();
    } finally {
      standing.readLock().unlock();
    }
  }

  /** Every name that some VF goes by now. */
  SortedSet<ResourceName> names() {
    return config.names();
  }

  /**
   * How a VF is to be set while a connection has it, as things are now. Throws {@link Failure}
   * UNAVAILABLE when its PF is not known and may be one that cannot be read.
   */
  VfOptions options(PciAddress vf) {
    return currentWish(vf).map(SriovConfig.Wish::options).orElse(VfOptions.NONE);
  }

  /**
   * Whether a VF that has an interface may lose its driver for a reset on its way home. Not one
   * whose RDMA device nodes a container has: they would be others after that. Throws {@link
   * Failure} UNAVAILABLE when its PF is not known and may be one that cannot be read.
   *
   * @param vacant whether no container has anything of it
   */
  boolean mayReset(PciAddress vf, boolean vacant) {
    return currentWish(vf)
        .filter(
            wish -> !wish.options().wantsReset() || (!vacant && wish.extras().contains(Extra.RDMA)))
        .isEmpty();
  }

  /** Empty when the config does not want it, which a PF that cannot be read must not look like. */
  private Optional<SriovConfig.Wish> currentWish(PciAddress vf) {
    Optional<VirtualFunction> located = located(vf);
    Map<PciAddress, String> troubles = found().troubles();
    if (located.isEmpty() && !troubles.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "how " + vf + " is to be set is not known until its PF can be read: " + troubles);
    }
    return located.flatMap(this::wish);
  }

  /** Whether something is wrong with a VF, by what is told of it. */
  boolean isFaulty(PciAddress vf) {
    return catalog.find(vf).filter(found -> !found.getFault().isEmpty()).isPresent();
  }

  /** Whether the config wants that a VF can be had by this name. */
  boolean wants(PciAddress vf, ResourceName name) {
    return located(vf).flatMap(this::wish).filter(is -> is.names().contains(name)).isPresent();
  }

  /** The VF if it is known which PF has it. */
  private Optional<VirtualFunction> located(PciAddress vf) {
    return catalog.find(vf).filter(found -> !found.getPfAddress().isEmpty());
  }

  /**
   * Why a VF cannot be had with all that the config gives containers beside it, whoever has the VF;
   * empty when it can.
   */
  String lacking(VirtualFunction vf) {
    return Optional.of(vf)
        .filter(found -> !found.getPfAddress().isEmpty())
        .flatMap(this::wish)
        .map(wish -> Extra.problem(wish.extras(), wish.origin(), Inventory.Features.of(vf)))
        .orElse("");
  }

  private Optional<SriovConfig.Wish> wish(VirtualFunction located) {
    PciAddress pf = PciAddress.parse(located.getPfAddress());
    return Optional.ofNullable(config.physicalFunctions().get(pf))
        .flatMap(entry -> entry.wish(located.getNumber()));
  }

  /** Why the VFs of a PF cannot be had, by PF; nothing of one that is only being made. */
  Map<PciAddress, String> problems() {
    Inventory now = found();
    Inventory settled =
        new Inventory(now.physicalFunctions(), now.troubles(), now.faults(), now.misplaced());
    Map<PciAddress, String> problems = new TreeMap<>(now.misplaced());
    problems.putAll(now.faults());
    problems.putAll(Plan.problems(config, settled));
    return problems;
  }

  @Override
  public void close() throws InterruptedException {
    for (PfKeeper keeper : keepers.values()) {
      keeper.close();
    }
    for (PfKeeper keeper : left.values()) {
      keeper.close();
    }
  }
}

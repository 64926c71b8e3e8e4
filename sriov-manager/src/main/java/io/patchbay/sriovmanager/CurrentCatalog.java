package io.patchbay.sriovmanager;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.PciAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The catalog as it was told last, and those who follow it. It is made anew, before whoever changes
 * something goes on, and only as far as that something is in it. Safe for all threads.
 */
final class CurrentCatalog {
  /** What the catalog is made of, beside the ledger. */
  record Known(SriovConfig config, Inventory found) {}

  /**
   * What was told.
   *
   * @param problems what was not as the config file says
   */
  private record Told(Known known, List<String> problems, Catalogs prepared, Catalog catalog) {
    Optional<VirtualFunction> find(PciAddress vf) {
      OptionalInt place = prepared.place(vf);
      return place.isPresent()
          ? Optional.of(catalog.getFunctions(place.getAsInt()))
          : Optional.empty();
    }

    /** Whether it was made of the same, but for the ledger's word on some VFs. */
    boolean isOf(Known now, List<String> problemsNow) {
      return known.equals(now) && problems.equals(problemsNow);
    }
  }

  private final Ledger ledger;
  private final Supplier<Known> known;
  private final List<Consumer<Catalog>> followers = new CopyOnWriteArrayList<>();

  private final AtomicLong changes = new AtomicLong();

  /** What the ledger has told of since the catalog was last made. */
  private final Set<PciAddress> claimed = ConcurrentHashMap.newKeySet();

  /** Whether more than claims has changed since then. */
  private final AtomicBoolean changed = new AtomicBoolean();

  /** What is not as the config file says. */
  private volatile List<String> configProblems = List.of();

  /** So many of the changes are in the catalog. */
  @GuardedBy("this")
  private long told;

  /** Of what there is, and what was last told of it; empty before the first time. */
  @GuardedBy("this")
  private Optional<Told> last = Optional.empty();

  /**
   * @param known what there is now; asked whenever more than a claim has changed
   */
  CurrentCatalog(Ledger ledger, Supplier<Known> known) {
    this.ledger = ledger;
    this.known = known;
  }

  /** Tells it for the first time, and from now on the ledger's changes. */
  void start() {
    synchronized (this) {
      publish();
    }
    ledger.news().onChange(this::claimChanged);
  }

  /** Whether it has been told. */
  synchronized boolean isTold() {
    return last.isPresent();
  }

  /** What was told last; empty before the first time. */
  synchronized Catalog get() {
    return last.map(Told::catalog).orElse(Catalog.getDefaultInstance());
  }

  /** The VF at an address, if it is one of ours. */
  synchronized Optional<VirtualFunction> find(PciAddress vf) {
    return last.flatMap(told -> told.find(vf));
  }

  /** Tells the catalog, once there is one, and after each change, until the result is run. */
  synchronized Runnable follow(Consumer<Catalog> follower) {
    followers.add(follower);
    last.ifPresent(told -> follower.accept(told.catalog));
    return () -> followers.remove(follower);
  }

  /** Says what is not as the config file wants it. */
  void problems(List<String> problems) {
    if (!problems.equals(configProblems)) {
      configProblems = problems;
      update();
    }
  }

  /** Something else than a claim has changed. Returns once that is told, if anything is yet. */
  void update() {
    changed.set(true);
    tell();
  }

  private void claimChanged(PciAddress vf) {
    claimed.add(vf);
    tell();
  }

  /** Returns once the catalog has what was changed before; those who wait here share one. */
  private void tell() {
    long mine = changes.incrementAndGet();
    synchronized (this) {
      if (last.isPresent() && told < mine) {
        publish();
      }
    }
  }

  @GuardedBy("this")
  private void publish() {
    told = changes.get();
    Catalog before = get();
    boolean first = last.isEmpty();
    Told now = now(before);
    last = Optional.of(now);
    if (first || now.catalog != before) {
      followers.forEach(follower -> follower.accept(now.catalog));
    }
  }

  /** What is to be told now: the catalog of before itself, if that still says it all. */
  @GuardedBy("this")
  private Told now(Catalog before) {
    List<PciAddress> vfs = List.copyOf(claimed);
    vfs.forEach(claimed::remove);
    boolean all = changed.getAndSet(false);
    try {
      Optional<Known> same = last.map(Told::known).filter(unused -> !all);
      Known there = same.orElseGet(known);
      List<String> problems = configProblems;
      return last.filter(told -> told.isOf(there, problems))
          .flatMap(told -> with(told, vfs))
          .orElseGet(() -> whole(there, problems, before));
    } catch (RuntimeException e) {
      changed.set(true); // or the next change would be told without these
      throw e;
    }
  }

  private Told whole(Known now, List<String> problems, Catalog before) {
    Map<PciAddress, Claim> claims = ledger.claims();
    Catalogs prepared = Catalogs.of(now.config(), now.found(), claims.keySet());
    Catalogs.Books books = new Catalogs.Books(claims, ledger.troubles().all());
    Catalog.Builder catalog = prepared.catalog(books, before.getVersion()).toBuilder();
    catalog
        .addAllConfigProblems(problems)
        .addAllConfigProblems(now.config().shortages(now.found()))
        .addAllConfigProblems(unseen(now));
    boolean same = before.getVersion() > 0 && catalog.build().equals(before);
    return new Told(
        now,
        problems,
        prepared,
        same ? before : catalog.setVersion(before.getVersion() + 1).build());
  }

  /** A PF that was not found has no VF whose reason could say so. */
  private static List<String> unseen(Known now) {
    return Plan.problems(now.config(), now.found()).entrySet().stream()
        .filter(problem -> now.found().physical(problem.getKey()).isEmpty())
        .map(problem -> "PF " + problem.getKey() + ": " + problem.getValue())
        .toList();
  }

  /** The same, but for these VFs; empty when they are not all that is told otherwise. */
  private Optional<Told> with(Told before, List<PciAddress> vfs) {
    Map<Integer, VirtualFunction> different = new HashMap<>();
    for (PciAddress vf : vfs) {
      Optional<Claim> claim = ledger.find(vf);
      if (!before.prepared.holds(vf, claim.isPresent())) {
        return Optional.empty();
      }
      VirtualFunction now = before.prepared.told(vf, claim, ledger.troubles().of(vf));
      int place = before.prepared.place(vf).orElseThrow();
      if (!now.equals(before.catalog.getFunctions(place))) {
        different.put(place, now);
      }
    }
    if (different.isEmpty()) {
      return Optional.of(before);
    }
    Catalog.Builder catalog = before.catalog.toBuilder();
    different.forEach(catalog::setFunctions);
    catalog.setVersion(before.catalog.getVersion() + 1);
    return Optional.of(new Told(before.known, before.problems, before.prepared, catalog.build()));
  }
}

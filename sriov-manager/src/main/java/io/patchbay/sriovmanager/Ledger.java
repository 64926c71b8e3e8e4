package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who has which VF, on disk: free ones have no entry. A VF has one claim at a time whatever names
 * it goes by, so two names can never grant it twice. Every change outlives the process before it is
 * visible, and the machine too unless a reboot makes it void anyway.
 *
 * <p>Safe for all threads: changes of one VF take turns, those of different VFs share an fsync.
 */
final class Ledger implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ledger.class);

  /** Where the journal says during which boot of the machine it was written. */
  private static final String BOOT = "boot";

  private final Journal journal;
  private final Time time;
  private final Patience patience;
  private final News news;
  private final Troubles troubles;
  private final SecureRandom random = new SecureRandom();
  private final Map<PciAddress, Claim> claims = new ConcurrentHashMap<>();
  private final Turns<PciAddress> turns = new Turns<>();
  private final AtomicBoolean lastWasEmpty = new AtomicBoolean();
  private boolean rebooted;

  private Ledger(Journal journal, Time time, Patience patience) {
    this.journal = journal;
    this.time = time;
    this.patience = patience;
    this.news = new News(time);
    this.troubles = new Troubles(news);
  }

  /**
   * Opens the ledger, or starts an empty one. What an earlier boot of the machine wrote loses all
   * that named things of that boot. Throws {@link Failure} as {@link Journal} does.
   *
   * @param boot tells one boot of the machine from the next
   */
  static Ledger open(Path file, Time time, Patience patience, String boot) {
    return open(Journal.open(file), time, patience, boot);
  }

  /** The same of a journal that is open; it is closed with the ledger. */
  static Ledger open(Journal journal, Time time, Patience patience, String boot) {
    Ledger ledger = new Ledger(journal, time, patience);
    ledger.load(boot);
    return ledger;
  }

  private void load(String boot) {
    Map<String, String> entries = journal.entries();
    String before = entries.getOrDefault(BOOT, boot); // of old it was not written down
    entries.remove(BOOT);
    entries.forEach((vf, json) -> claims.put(PciAddress.parse(vf), Json.read(json, Claim.class)));
    rebooted = !before.equals(boot);
    if (rebooted) {
      log.warn("the machine was started anew: whatever was in a pod comes home");
      claims().forEach((vf, claim) -> put(vf, claim.afterReboot()));
    }
    journal.put(BOOT, boot);
  }

  /** Whether the machine was started anew since the ledger was written. */
  boolean rebooted() {
    return rebooted;
  }

  /** What its times are read from. */
  Time time() {
    return time;
  }

  /** Tells of each change. */
  News news() {
    return news;
  }

  /** What keeps VFs from coming home. */
  Troubles troubles() {
    return troubles;
  }

  /** All claims by address: a copy. */
  Map<PciAddress, Claim> claims() {
    return new TreeMap<>(claims);
  }

  /** The claims of the VFs that have a connection: a copy. */
  Map<PciAddress, Claim> held() {
    Map<PciAddress, Claim> held = new TreeMap<>();
    claims.forEach((vf, claim) -> {
      if (claim.hold().present()) {
        held.put(vf, claim);
      }
    });
    return held;
  }

  /** The VFs that have a claim: a copy. */
  Set<PciAddress> claimed() {
    return new HashSet<>(claims.keySet());
  }

  /** The first VF, in the order of addresses, with such a claim. */
  Optional<PciAddress> first(Predicate<Claim> wanted) {
    return first(wanted, vf -> false);
  }

  /**
   * The same.
   *
   * @param last which of them come after all others
   */
  Optional<PciAddress> first(Predicate<Claim> wanted, Predicate<PciAddress> last) {
    return claims.entrySet().stream()
        .filter(entry -> wanted.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .min(Comparator.comparing(last::test).thenComparing(Comparator.naturalOrder()));
  }

  /** A VF's claim; empty when it is free. */
  Optional<Claim> find(PciAddress vf) {
    return Optional.ofNullable(claims.get(vf));
  }

  /**
   * Reserves VFs under a name: all or none. The same answer again while the reservation stands
   * unused; see {@link ClaimRules#reserveAgain}. Throws {@link Failure} of kind CONFLICT when a VF
   * is not free, and as {@code driver} does.
   *
   * @param driver asked, within the VF's turn, when it is to be granted anew: its driver
   */
  List<Claim> reserve(
      Reservation wanted, List<PciAddress> vfs, Function<PciAddress, String> driver) {
    return turns.ofAll(
        vfs,
        () -> {
          List<Claim> granted = vfs.stream().map(vf -> granted(wanted, vf, driver)).toList();
          putAll(vfs, granted);
          return granted;
        });
  }

  /** The same for a container, of VFs whose drivers are not known. */
  List<Claim> reserve(ResourceName name, List<PciAddress> vfs) {
    return reserve(Reservation.ofContainer(name), vfs, vf -> "");
  }

  private Claim granted(Reservation wanted, PciAddress vf, Function<PciAddress, String> driver) {
    return find(vf)
        .flatMap(claim -> ClaimRules.reserveAgain(vf, claim, wanted))
        .orElseGet(() ->
            newClaim(wanted.name().toString(), driver.apply(vf), wanted.claim())
                .with(wanted.use()));
  }

  private Claim newClaim(String resource, String driver, ResourceClaim to) {
    long now = time.now().toEpochMilli();
    return Claim.reserved(new Claim.Grant(resource, token(), now, "", driver, to.text()));
  }

  private void putAll(List<PciAddress> vfs, List<Claim> granted) {
    Map<PciAddress, Optional<Claim>> before = new HashMap<>();
    try {
      for (int i = 0; i < vfs.size(); i++) {
        before.put(vfs.get(i), find(vfs.get(i)));
        put(vfs.get(i), granted.get(i));
      }
    } catch (Failure e) {
      for (PciAddress vf : before.keySet()) {
        try {
          before.get(vf).ifPresentOrElse(claim -> put(vf, claim), () -> forget(vf));
        } catch (Failure another) {
          e.addSuppressed(another);
        }
      }
      throw e;
    }
  }

  /** Ends grants. Unused VFs are free at once; those that serve a connection drain first. */
  void release(List<PciAddress> vfs, String reason) {
    vfs.forEach(vf -> change(vf, claim -> ClaimRules.ended(claim, reason)));
  }

  /** Ends what is granted to a {@link ResourceClaim}, in the same way; if nothing is, nothing. */
  void release(ResourceClaim to, String reason) {
    if (to.present()) {
      claims().entrySet().stream()
          .filter(granted -> matches(granted.getValue(), to)) // others may be at a NIC that hangs
          .forEach(granted -> release(granted.getKey(), to, reason));
    }
  }

  private void release(PciAddress vf, ResourceClaim to, String reason) {
    change(vf, claim -> matches(claim, to) ? ClaimRules.ended(claim, reason) : Optional.of(claim));
  }

  private static boolean matches(Claim claim, ResourceClaim to) {
    return claim.grant().to().matches(to);
  }

  /**
   * Takes the kubelet's word on which container has which device, the complete list. A grant whose
   * container is not listed twice in a row ends, later if its VF is held; a VF that the kubelet
   * lists and the ledger does not know is taken over as reserved. The first empty list of several
   * means nothing.
   *
   * @param settling whether the list may lack containers, so that absence means nothing
   */
  void report(Map<PciAddress, Listed> listed, boolean settling) {
    boolean empty = listed.isEmpty();
    boolean firstEmpty = !lastWasEmpty.getAndSet(empty) && empty;
    long now = time.now().toEpochMilli();
    for (PciAddress vf : claimed()) {
      Listed there = listed.get(vf);
      if (there != null) {
        changeUnlessBusy(vf, claim -> Optional.of(ClaimRules.listed(claim, there)));
      } else if (!settling && !firstEmpty) {
        changeUnlessBusy(vf, claim -> ClaimRules.missed(claim, now, patience, empty));
      }
    }
    listed.forEach(this::takeOver);
  }

  private void takeOver(PciAddress vf, Listed listed) {
    if (claims.containsKey(vf)) {
      return; // somebody may be at it, at a NIC that hangs
    }
    turns.of(
        vf,
        () -> {
          if (!claims.containsKey(vf)) {
            log.warn("{} is free, yet the kubelet lists {}: taking it over", vf, listed);
            put(vf, newClaim(listed.resource(), "", listed.to()).with(listed.use()));
          }
          return vf;
        });
  }

  /**
   * Puts a VF in the service of a connection, before anything about it is changed; again for the
   * same connection it says what stands. Throws {@link Failure}: NOT_FOUND without a grant, else as
   * {@link ClaimRules#held} and {@code look} do.
   *
   * @param look how the VF is now; asked, within the VF's turn, only when nobody has it
   */
  Hold hold(PciAddress vf, Hold wanted, Predicate<String> namespaceLives, Supplier<Home> look) {
    return turns.of(
        vf,
        () -> {
          Claim claim =
              find(vf)
                  .orElseThrow(
                      () -> new Failure(Failure.Kind.NOT_FOUND, vf + " is granted to nobody"));
          Claim next = ClaimRules.held(vf, claim, wanted, namespaceLives);
          Hold hold = claim.hold().present() ? next.hold() : next.hold().from(look.get());
          put(vf, next.with(hold));
          return hold;
        });
  }

  /** Notes how far the VF of a connection has come. A late word of an older owner is ignored. */
  void advance(PciAddress vf, String connection, Hold.Step step) {
    var unused = amend(vf, connection, hold -> hold.at(step));
  }

  /** Changes what is noted of a connection's VF; empty when it is not, or no longer, its VF. */
  Optional<Hold> amend(PciAddress vf, String connection, UnaryOperator<Hold> change) {
    return turns.of(
        vf,
        () -> {
          Optional<Claim> next =
              find(vf)
                  .filter(claim -> claim.hold().connection().equals(connection))
                  .map(claim -> claim.with(change.apply(claim.hold())));
          next.ifPresent(claim -> put(vf, claim));
          return next.map(Claim::hold);
        });
  }

  /** Does something for which a VF's claim must stay as it is meanwhile; empty when it is free. */
  <T> T whileStill(PciAddress vf, Function<Optional<Claim>, T> task) {
    return turns.of(vf, () -> task.apply(find(vf)));
  }

  /**
   * Sends a connection's VF on its way home, from where nobody calls it back: no request can hold
   * it before it is {@link #home}. Empty when it is not that connection's VF, or should stay.
   *
   * @param leaves whether it should still go, asked within the VF's turn
   */
  Optional<Hold> sendHome(PciAddress vf, String connection, BooleanSupplier leaves) {
    return turns.of(
        vf,
        () ->
            leaves.getAsBoolean()
                ? amend(vf, connection, hold -> hold.at(Hold.Step.RETURNING))
                : Optional.<Hold>empty());
  }

  /** Whether this VF serves this connection. */
  boolean serves(PciAddress vf, String connection) {
    return find(vf).filter(claim -> claim.hold().connection().equals(connection)).isPresent();
  }

  /** Notes that a VF is home and verified: free if it was draining, else reserved as before. */
  void home(PciAddress vf, String connection) {
    change(vf, claim -> ClaimRules.home(claim, connection));
  }

  /**
   * Leaves out a VF that somebody is at: its NIC may hang, and the others must not wait for it. The
   * kubelet's next word is soon enough.
   */
  private void changeUnlessBusy(PciAddress vf, Function<Claim, Optional<Claim>> decide) {
    var unused = turns.ifFree(vf, () -> change(vf, decide));
  }

  private void change(PciAddress vf, Function<Claim, Optional<Claim>> decide) {
    turns.of(
        vf,
        () -> {
          if (claims.containsKey(vf)) {
            find(vf).flatMap(decide).ifPresentOrElse(next -> put(vf, next), () -> forget(vf));
          }
          return vf;
        });
  }

  private void put(PciAddress vf, Claim claim) {
    Claim before = claims.get(vf);
    if (claim.equals(before)) {
      return;
    }
    String line = Json.write(claim);
    if (before != null && claim.afterReboot().equals(before.afterReboot())) {
      journal.putUntilReboot(vf.toString(), line);
    } else {
      journal.put(vf.toString(), line);
    }
    claims.put(vf, claim);
    log.info("{} is {} {}", vf, claim.state(), claim.draining());
    news.tell(vf);
  }

  private void forget(PciAddress vf) {
    journal.remove(vf.toString());
    claims.remove(vf);
    log.info("{} is FREE", vf);
    news.tell(vf);
  }

  private String token() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    journal.close();
  }
}

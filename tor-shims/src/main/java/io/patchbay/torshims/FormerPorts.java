package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the ports of one switch were before this shim touched them, on disk or beside the lease. A
 * port is here from before its first change until it has been put back, so that what is here is
 * what is owned. Beside it stand the heirs: VLANs kept for clients nobody remembers, each until a
 * given time. What cannot be written down has a {@link NotKept} behind its failure. Called by the
 * switch's writer only, but for {@link #disinherit} and what only looks, which any thread may call.
 */
final class FormerPorts {
  /** The exact former text, or the access VLAN to park the port in where nobody knows. */
  private record Saved(String raw, int parkingVlan) {}

  private static final String FORMER = "former/";
  private static final String LOST = "lost/";
  private static final String ORPHANED = "orphaned/";
  private static final String HEIR = "heir/";

  /** Names our unconfirmed commits on every switch; made once, and kept. */
  private static final String PERSIST = "persist";

  private final DurableMap journal;
  private final String switchName;
  private final String prefix;
  private final String heirPrefix;
  private final Map<String, PortConfig> ports = new ConcurrentSkipListMap<>();

  /** Those of them that may be written down no more: nobody has heard whether they were removed. */
  private final Set<String> unsure = new TreeSet<>();

  /** The ports of which nobody knows who is on them; all that are owned where there are none. */
  private volatile Optional<Set<String>> orphans;

  FormerPorts(DurableMap journal, String switchName) {
    this.journal = journal;
    this.switchName = switchName;
    this.prefix = FORMER + switchName + "/";
    this.heirPrefix = HEIR + switchName + "/";
    Map<String, String> known = journal.entries();
    this.orphans = Optional.ofNullable(known.get(ORPHANED + switchName)).map(FormerPorts::names);
    known.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        ports.put(key.substring(prefix.length()), read(value));
      }
    });
  }

  /**
   * What names our unconfirmed commits on all switches. When the disk does not know, this is the
   * first start ever or the first since the disk was lost, and every switch may have ports of ours.
   *
   * @param other what is to be taken then
   */
  static String persist(DurableMap journal, Set<String> switches, String other) {
    String known = journal.entries().get(PERSIST);
    if (known != null) {
      return known;
    }
    lose(journal, switches);
    journal.put(PERSIST, other);
    return other;
  }

  /** Writes down that the disk may have known more of a switch than it does now. */
  static void lose(DurableMap journal, String switchName) {
    lose(journal, Set.of(switchName));
  }

  /** As {@link #lose(DurableMap, String)}, of all of them in one go. */
  static void lose(DurableMap journal, Set<String> switches) {
    Map<String, String> marks = new TreeMap<>();
    switches.forEach(name -> marks.put(LOST + name, ""));
    journal.putAll(marks);
  }

  /**
   * Writes down that nobody knows any more who has what of the ports that are owned: what they
   * carry has to be inherited before they may go back to what they were.
   */
  static void orphan(DurableMap journal, Set<String> switches) {
    Set<String> owned = below(FORMER, journal);
    Map<String, String> marks = new TreeMap<>();
    switches.stream()
        .filter(name -> owned.stream().anyMatch(port -> port.startsWith(name + "/")))
        .forEach(name -> marks.put(ORPHANED + name, ""));
    journal.putAll(marks);
  }

  /** Whether a key is of a switch's former ports; its name follows the first slash. */
  static boolean isIts(String key) {
    return Stream.of(FORMER, HEIR, LOST, ORPHANED).anyMatch(key::startsWith);
  }

  /** Whether a key is the one that {@link #persist} keeps. */
  static boolean isPersist(String key) {
    return key.equals(PERSIST);
  }

  /**
   * Forgets of switches that are in the file no more what would keep VLANs from others for good:
   * that they have not been read, and heirs whose time is over.
   */
  static void forgetOthers(DurableMap journal, Set<String> switches, Instant now) {
    lost(journal).stream()
        .filter(name -> !switches.contains(name))
        .forEach(name -> journal.remove(LOST + name));
    journal
        .entries()
        .forEach((key, until) -> {
          boolean listed = switches.stream().anyMatch(name -> key.startsWith(HEIR + name + "/"));
          if (key.startsWith(HEIR) && !listed && !Instant.parse(until).isAfter(now)) {
            journal.remove(key);
          }
        });
  }

  /** Whether anything of a switch is owned, or kept for somebody. */
  static boolean ownsAny(String switchName, DurableMap journal) {
    return journal.entries().keySet().stream()
        .anyMatch(key ->
            key.startsWith(FORMER + switchName + "/") || key.startsWith(HEIR + switchName + "/"));
  }

  /** The switches that may have ports of ours that the disk knows nothing of. */
  static Set<String> lost(DurableMap journal) {
    return below(LOST, journal);
  }

  /** The VLANs that are kept on any switch for clients nobody remembers. */
  static Set<Integer> inherited(DurableMap journal) {
    return below(HEIR, journal).stream()
        .map(heir -> Integer.valueOf(heir.substring(heir.lastIndexOf('/') + 1)))
        .collect(Collectors.toSet());
  }

  private static Set<String> below(String prefix, DurableMap journal) {
    return journal.entries().keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Whether there may be ports that are ours without being here. */
  boolean areLost() {
    return journal.entries().containsKey(LOST + switchName);
  }

  /** All that is ours is here again. */
  void found() {
    write(() -> journal.remove(LOST + switchName));
  }

  /** Whether nobody knows who has what of the ports that are here, of none of them. */
  boolean areOrphaned() {
    return orphans.filter(Set::isEmpty).isPresent();
  }

  /** Of which ports alone nobody knows it. */
  Set<String> unseen() {
    return orphans.orElse(Set.of());
  }

  /** The heirs of all that is here are known, but for those on these ports. */
  void adopted(Set<String> unseen) {
    if (orphans.equals(Optional.of(unseen)) && !unseen.isEmpty()) {
      return;
    }
    write(() -> {
      if (unseen.isEmpty()) {
        journal.remove(ORPHANED + switchName);
      } else { // builds before this one look at all again
        journal.put(ORPHANED + switchName, Json.write(new TreeSet<>(unseen)));
      }
    });
    orphans = unseen.isEmpty() ? Optional.empty() : Optional.of(Set.copyOf(unseen));
  }

  private static Set<String> names(String text) {
    return text.isEmpty() ? Set.of() : Set.of(Json.read(text, String[].class));
  }

  /** Keeps VLANs on their ports until that time; durable when it returns. */
  void inherit(Collection<PortClaim> heirs, Instant until) {
    Map<String, String> kept = new TreeMap<>();
    heirs.forEach(heir -> kept.put(key(heir), until.toString()));
    write(() -> journal.putAll(kept));
  }

  private static void write(Runnable change) {
    try {
      change.run();
    } catch (Failure e) {
      throw NotKept.because(e);
    }
  }

  /** The time is over. */
  void disinherit(PortClaim heir) {
    write(() -> journal.remove(key(heir)));
  }

  private String key(PortClaim heir) {
    return heirPrefix + heir.port() + "/" + heir.vlan();
  }

  /** The VLANs that are kept, and until when. */
  Map<PortClaim, Instant> heirs() {
    Map<PortClaim, Instant> heirs = new LinkedHashMap<>();
    journal
        .entries()
        .forEach((key, until) -> {
          if (key.startsWith(heirPrefix)) {
            int slash = key.lastIndexOf('/'); // a port's name may have some too
            String port = key.substring(heirPrefix.length(), slash);
            int vlan = Integer.parseInt(key.substring(slash + 1));
            heirs.put(new PortClaim(switchName, port, vlan), Instant.parse(until));
          }
        });
    return heirs;
  }

  private static String saved(PortConfig former) {
    return Json.write(
        switch (former) {
          case Raw raw -> new Saved(raw.text(), 0);
          case Access access -> new Saved("", access.vlan());
          default -> throw new IllegalArgumentException("no port was so: " + former);
        });
  }

  private static PortConfig read(String json) {
    Saved saved = Json.read(json, Saved.class);
    return saved.parkingVlan() > 0 ? new Access(saved.parkingVlan()) : new Raw(saved.raw());
  }

  /** The ports that are owned. */
  Set<String> ports() {
    return new TreeSet<>(Set.copyOf(ports.keySet()));
  }

  /** What to put a port back to; empty when it is not owned. */
  Optional<PortConfig> find(String port) {
    return Optional.ofNullable(ports.get(port));
  }

  /**
   * What an item goes back to that is found so. An entry that is there because its twin is owned
   * was made by the shim, and goes with the last of the two.
   */
  Raw former(String key, Raw found) {
    boolean ours =
        PortItem.of(key).twin().flatMap(twin -> find(twin.key())).stream()
            .anyMatch(PortEntry.NONE::equals);
    return ours && found.equals(PortEntry.EMPTY) ? PortEntry.NONE : found;
  }

  /** Owns ports from now on, by what they were; durable when it returns. */
  void keep(Map<String, Raw> before) {
    if (before.isEmpty()) {
      return; // it would wait for the disk all the same
    }
    Map<String, String> saved = new TreeMap<>();
    before.forEach((port, raw) -> saved.put(prefix + port, saved(raw)));
    write(() -> journal.putAll(saved));
    ports.putAll(before);
  }

  /**
   * Sees to it that those of the ports that are owned are written down, where an attempt to {@link
   * #forget} them has failed; durable when it returns.
   */
  void keepAgain(Collection<String> all) {
    Map<String, String> saved = new TreeMap<>();
    all.stream()
        .filter(unsure::contains)
        .forEach(port -> find(port).ifPresent(former -> saved.put(prefix + port, saved(former))));
    if (!saved.isEmpty()) {
      write(() -> journal.putAll(saved));
      unsure.removeAll(all);
    }
  }

  /** Owns a port whose former configuration nobody knows any more. */
  void park(String port, int parkingVlan) {
    Access parked = new Access(parkingVlan);
    write(() -> journal.put(prefix + port, saved(parked)));
    ports.put(port, parked);
  }

  /** The ports are as they were, and no longer owned; they still are where this throws. */
  void forget(Collection<String> all) {
    if (all.isEmpty()) {
      return;
    }
    unsure.addAll(all);
    write(() -> journal.removeAll(all.stream().map(port -> prefix + port).toList()));
    ports.keySet().removeAll(all);
    unsure.removeAll(all);
  }
}

package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig.Raw;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ports of one switch what an intent says: owns a port by remembering what it was before its
 * first change, gives it back when nobody claims it any more. Called by the switch's writer only.
 *
 * <p>What is called a port here is one item of it: a key of {@link PortItem}, which for its VLANs
 * is the port's name. So an item that no service asks for is neither read nor written.
 */
final class SwitchPorts {
  private static final Logger log = LoggerFactory.getLogger(SwitchPorts.class);

  private final String name;
  private final SwitchDriver driver;
  private final FormerPorts formers;
  private final Ours ours;
  private final LostPorts lost;

  /** The ports that are claimed and not owned: the change at hand owns them by what it finds. */
  private final Set<String> unread = new HashSet<>();

  /**
   * The ports that are owned since this process runs, and that nothing has been written to yet: an
   * operator may still change what they go back to.
   */
  private final Set<String> unwritten = new HashSet<>();

  /** Those of them that the change at hand writes to. */
  private final Set<String> beingWritten = new HashSet<>();

  /**
   * What of the fabric tells a port of our own that the disk knows nothing of.
   *
   * @param vlans all that services may have
   * @param parkingVlan where such a port goes in the end
   * @param cabled the ports of this switch that have a cable
   * @param nativeVlans the VLANs of frames without a tag on cabled ports, where they are let in
   * @param gateways its ports behind which services have their gateways: of which they want nothing
   *     but the VLANs
   * @param news is told what the switch has of services
   * @param wishes what the service that has a VLAN wants of ports besides
   */
  record Ours(
      Set<Integer> vlans,
      int parkingVlan,
      Set<String> cabled,
      Map<String, Integer> nativeVlans,
      Set<String> gateways,
      SegmentNews news,
      IntFunction<PortWish> wishes) {
    Ours {
      vlans = Set.copyOf(vlans);
      cabled = Set.copyOf(cabled);
      nativeVlans = Map.copyOf(nativeVlans);
      gateways = Set.copyOf(gateways);
    }

    /** Of both kinds. */
    Set<String> ports() {
      return Stream.concat(cabled.stream(), gateways.stream()).collect(Collectors.toSet());
    }

    /** Of services that want nothing but their VLANs, with tags. */
    Ours(Set<Integer> vlans, int parkingVlan, Set<String> cabled, SegmentNews news) {
      this(vlans, parkingVlan, cabled, Map.of(), Set.of(), news, vlan -> PortWish.NONE);
    }

    /** What the files say of a switch. */
    static Ours of(String switchName, FabricServices fabric, Cables cables, Segments segments) {
      Set<Integer> vlans =
          fabric.services().stream()
              .flatMap(service -> service.pool().stream())
              .collect(Collectors.toUnmodifiableSet());
      return new Ours(
          vlans,
          fabric.parkingVlan(),
          cables.ports(switchName),
          NativeVlans.of(switchName, cables, segments),
          fabric.gatewayPorts(switchName).stream()
              .map(GatewayPort::port)
              .collect(Collectors.toSet()),
          SegmentNews.to(segments, switchName),
          vlan -> fabric.wish(segments.service(vlan)));
    }
  }

  SwitchPorts(String name, SwitchDriver driver, FormerPorts formers, Ours ours) {
    this.name = name;
    this.driver = driver;
    this.formers = formers;
    this.ours = ours;
    this.lost = new LostPorts(name, driver, formers, ours);
  }

  /**
   * What is to be run when the switch tells something by itself, or hangs up: all quick; and what
   * may wait, before a commit is confirmed.
   */
  record Ears(
      Runnable lost, Runnable linksChanged, Runnable portsChanged, Consumer<Duration> confirms) {}

  /** Has it told what the switch's driver comes to know. */
  void watch(Ears ears) {
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void linksChanged() {
            ears.linksChanged().run();
          }

          @Override
          public void portsChanged() {
            ears.portsChanged().run();
          }

          @Override
          public void lost() {
            ears.lost().run();
          }

          @Override
          public void finds(Map<String, PortReading> now) {
            keepFound(now);
          }

          @Override
          public void overwrites(Map<String, PortReading> before) {
            keepOverwritten(before);
          }

          @Override
          public void confirms(Duration most) {
            ears.confirms().accept(most);
          }
        });
  }

  /** Owns ports by what they are; from a try that begins anew, the first counts. */
  private void keepFound(Map<String, PortReading> now) {
    Map<String, Raw> before = new TreeMap<>();
    now.forEach((port, reading) -> {
      if (unread.contains(port)) {
        before.put(port, reading.raw());
      }
    });
    keep(before);
    unread.removeAll(before.keySet());
  }

  private void keep(Map<String, Raw> before) {
    before.replaceAll(formers::former);
    formers.keep(before);
    unwritten.addAll(before.keySet());
  }

  /**
   * What ports really had: whoever owned them had not the switch's lock yet, and may have waited
   * long for it. Throws {@link Failure} of kind INTERNAL for one that nobody owns.
   */
  private void keepOverwritten(Map<String, PortReading> before) {
    before.keySet().stream()
        .filter(port -> formers.find(port).isEmpty())
        .findFirst()
        .ifPresent(this::refuseUnowned);
    Map<String, Raw> changed = new TreeMap<>();
    before.forEach((port, reading) -> {
      boolean fresh = unwritten.contains(port);
      Raw found = formers.former(port, reading.raw());
      if (fresh && !formers.find(port).equals(Optional.of(found))) {
        log.info("{}: port {} was changed meanwhile, to {}", name, port, reading.meaning());
        changed.put(port, found);
      }
    });
    formers.keep(changed);
    before.keySet().stream().filter(unwritten::contains).forEach(beingWritten::add);
  }

  /** The same claim, with what the service that has its VLAN wants of the port besides. */
  PortClaim wished(PortClaim claim) {
    return ours.gateways().contains(claim.port())
        ? claim
        : claim.wishing(ours.wishes().apply(claim.vlan()));
  }

  /** The ports behind which services have their gateways. */
  Set<String> gateways() {
    return ours.gateways();
  }

  /** The ports that were changed and not put back yet. */
  Set<String> owned() {
    return formers.ports();
  }

  /** The VLANs kept for clients nobody remembers, and until when; known before the first change. */
  Map<PortClaim, Instant> heirs() {
    return formers.heirs();
  }

  /** The clients of that VLAN have had their time to come back. Any thread may call it. */
  void disinherit(PortClaim heir) {
    formers.disinherit(heir);
  }

  /** The VLANs of frames without a tag, by port. */
  Map<String, Integer> nativeVlans() {
    return ours.nativeVlans();
  }

  /** Whether {@link #adopt} has something to do. */
  boolean areLost() {
    return formers.areLost() || formers.areOrphaned();
  }

  /** As {@link FormerPorts#areOrphaned}. */
  boolean areOrphaned() {
    return formers.areOrphaned();
  }

  /** As {@link LostPorts#adopt}. */
  Set<PortClaim> adopt(Instant until) {
    return lost.adopt(until);
  }

  /** As {@link LostPorts#adoptOrphans}. */
  Set<PortClaim> adoptOrphans(Set<String> ports, Instant until) {
    return lost.adoptOrphans(ports, until);
  }

  /**
   * Sees to it that those of the ports are owned that the intent claims and that are not owned yet:
   * {@link #settle}, which has to follow, owns them by what it finds, before it writes. Where the
   * disk was lost they are read at once, and this returns the heirs on them as {@link #adopt} does,
   * for they change what is to be written.
   */
  Set<PortClaim> own(PortIntent intent, Set<String> ports, Instant until) {
    Set<String> fresh =
        ports.stream()
            .filter(port -> intent.wanted(port).isPresent() && formers.find(port).isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    unread.clear();
    formers.keepAgain(ports.stream().filter(port -> intent.wanted(port).isPresent()).toList());
    Set<PortClaim> heirs = new LinkedHashSet<>(lost.adoptOrphans(ports, until));
    if (fresh.isEmpty()) {
      return heirs;
    }
    if (!formers.areLost()) {
      unread.addAll(fresh);
      return heirs;
    }
    Map<String, Raw> before = new TreeMap<>();
    driver
        .read(fresh)
        .forEach((port, reading) -> {
          Set<PortClaim> left = lost.inherit(port, reading, until);
          if (left.isEmpty()) {
            before.put(port, reading.raw());
          }
          heirs.addAll(left);
        });
    keep(before);
    return heirs;
  }

  /**
   * Makes the ports as the intent says, all or none; those without a claim as they were before,
   * which needs nothing where nothing was written: {@link #release} is to follow for these. Returns
   * those that were not so. Throws {@link Failure} of kind INTERNAL for a port that is claimed and
   * that {@link #own} has not been asked for: nobody could ever put it back; and of kind NOT_FOUND
   * for one that {@link #own} has not seen.
   */
  Map<String, Altered> settle(PortIntent intent, Set<String> ports, Duration patience) {
    lost.requireSeen(ports);
    Map<String, PortConfig> wanted = new TreeMap<>();
    for (String port : ports) {
      Optional<PortConfig> former = formers.find(port);
      Optional<PortConfig> claimed = intent.wanted(port);
      if (claimed.isPresent() && former.isEmpty() && !unread.contains(port)) {
        refuseUnowned(port);
      }
      claimed
          .or(() -> former.filter(config -> !unwritten.contains(port)))
          .ifPresent(config -> wanted.put(port, config));
    }
    return wanted.isEmpty() ? new TreeMap<>() : apply(wanted, patience);
  }

  private void refuseUnowned(String port) {
    throw new Failure(
        Failure.Kind.INTERNAL, name + ": port " + port + " would be changed without owning it");
  }

  private Map<String, Altered> apply(Map<String, PortConfig> wanted, Duration patience) {
    Map<String, Altered> altered = new TreeMap<>();
    try {
      driver
          .apply(wanted, patience)
          .forEach((port, before) -> {
            PortConfig after = Objects.requireNonNull(wanted.get(port));
            if (!before.is(after)) {
              altered.put(port, new Altered(before.meaning(), after));
            }
          });
    } finally {
      unwritten.removeAll(beingWritten); // whatever became of it
      beingWritten.clear();
    }
    log.debug("{}: {}", name, wanted);
    return altered;
  }

  /**
   * Owns those no more that nobody claims, as they have been settled. Throws {@link Failure} with a
   * {@link NotKept} behind it: then they are still owned, and as they should be all the same.
   */
  void release(PortIntent intent, Set<String> ports) {
    List<String> unclaimed = ports.stream().filter(port -> intent.wanted(port).isEmpty()).toList();
    formers.forget(unclaimed);
    unwritten.removeAll(unclaimed);
  }

  /**
   * Asks the switch something of little weight, when there is nothing else to ask it: whether it
   * answers is seen on the way. Throws {@link Failure}: what the switch said.
   */
  void probe() {
    ours.ports().stream()
        .min(Comparator.naturalOrder())
        .ifPresent(port -> driver.read(Set.of(port)));
  }

  /** Which of the ports have a link, as far as the switch tells. Throws {@link Failure}. */
  Map<String, Boolean> links(Set<String> ports) {
    return driver.links(ports);
  }

  /** What a port should be, if it is any of our business. Any thread may call it. */
  Optional<PortConfig> wanted(PortIntent intent, String port) {
    return intent.wanted(port).or(() -> formers.find(port));
  }

  /** What a port goes back to, if it is owned. Any thread may call it. */
  Optional<PortConfig> former(String port) {
    return formers.find(port);
  }

  /** What the switch has on the ports that are owned or claimed, beside what it should have. */
  Map<String, Difference> compare(PortIntent intent) {
    Set<String> all = new TreeSet<>(formers.ports());
    all.addAll(intent.wanted().keySet());
    Map<String, Difference> differences = new TreeMap<>();
    if (!all.isEmpty()) {
      driver
          .read(all)
          .forEach((port, reading) ->
              wanted(intent, port)
                  .ifPresent(wanted -> differences.put(port, new Difference(wanted, reading))));
    }
    return differences;
  }

  /** What takes VLANs away that no port needs. */
  UnneededVlans unneededVlans(Time time) {
    return new UnneededVlans(name, driver, ours, time);
  }

  /** What has the switch say what it would take. */
  DryRun dryRun(Admission admission, Duration patience, BooleanSupplier over) {
    return new DryRun(driver, admission, patience, over);
  }

  /** What a port should be, and what it is. */
  record Difference(PortConfig wanted, PortReading running) {
    boolean same() {
      return running.is(wanted);
    }
  }
}

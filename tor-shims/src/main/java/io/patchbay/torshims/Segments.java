package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which VLAN is which service's. A service gets one from its pool when it is first asked for and
 * keeps it for good, also over restarts and when it leaves the fabric file: frames of the past must
 * not reach another service. With the VLAN of a service that is a segment of the fabric's EVPN its
 * VNI is reserved, see {@link Vnis}. Safe for all threads: one VLAN is given after the other, and
 * whoever only looks does not wait for that to be written down.
 */
final class Segments {
  private static final String KEY = "segment/";
  private static final Logger log = LoggerFactory.getLogger(Segments.class);

  private final FabricServices fabric;
  private final DurableMap journal;
  private final Vnis vnis;

  /** Those of which was told that they have clients, and no VNI; of the file's. */
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  /** By VLAN. Never changed, but replaced by whoever has the lock. */
  private volatile Map<Integer, String> services;

  /**
   * Takes up what the journal knows, and reserves the VLANs that the file fixes. A service that
   * does not fit to what was given before gets none: {@link #objection} says why, as does whoever
   * asks for it; it keeps no other away.
   */
  Segments(FabricServices fabric, DurableMap journal) {
    this.fabric = fabric;
    this.journal = journal;
    this.vnis = new Vnis(journal);
    Map<Integer, String> known = new TreeMap<>();
    journal
        .entries()
        .forEach((key, vlan) -> {
          if (key.startsWith(KEY)) {
            known.put(Integer.valueOf(vlan), key.substring(KEY.length()));
          }
        });
    this.services = Collections.unmodifiableMap(known);
    Map<String, String> fixed = new TreeMap<>();
    for (FabricService service : fabric.services()) {
      Optional<String> objection = objection(service);
      if (objection.isPresent()) {
        log.error("service {} is refused: {}", service.name(), objection.get());
      } else if (service.pool().size() == 1) {
        int vlan = service.pool().first();
        if (!service.name().equals(services.get(vlan))) {
          fixed.put(KEY + service.name(), String.valueOf(vlan));
          this.services = with(services, vlan, service);
        }
      }
    }
    if (!fixed.isEmpty()) {
      journal.putAll(fixed);
    }
    if (unreadVnis().isEmpty()) { // else a switch may tell of another one's
      vnis.reserve(inFile().stream().filter(segment -> vnis.objection(segment).isEmpty()).toList());
    }
  }

  /** The segments that services of the file are by the VLANs that they have. */
  private List<EvpnInstance> inFile() {
    Map<Integer, String> now = services;
    List<EvpnInstance> segments = new ArrayList<>();
    for (FabricService service : fabric.services()) {
      now.forEach((vlan, name) -> {
        if (name.equals(service.name())) {
          service.segment(vlan).ifPresent(segments::add);
        }
      });
    }
    return segments;
  }

  private static Map<Integer, String> with(
      Map<Integer, String> services, int vlan, FabricService service) {
    Map<Integer, String> more = new TreeMap<>(services);
    more.put(vlan, service.name());
    return Collections.unmodifiableMap(more);
  }

  /** Whether a key is of what this class keeps. */
  static boolean isIts(String key) {
    return key.startsWith(KEY);
  }

  /** Why a service of a file can have no VLAN, as things are; empty where it can. */
  Optional<String> objection(FabricService service) {
    Map<Integer, String> now = services;
    try {
      if (now.containsValue(service.name())) {
        now.forEach((vlan, name) -> {
          if (name.equals(service.name())) {
            checkAllowed(service, vlan);
            checkVni(service, vlan);
          }
        });
      } else {
        var unused = first(service, free(service, now), now);
      }
      return Optional.empty();
    } catch (Failure e) {
      return Optional.of(Failure.text(e));
    }
  }

  /** The VLANs that it may yet get; if it is none of these because of its VNI, that is said. */
  private SortedSet<Integer> free(FabricService service, Map<Integer, String> now) {
    SortedSet<Integer> free = service.pool();
    free.removeAll(now.keySet());
    SortedSet<Integer> own = new TreeSet<>(free);
    own.removeIf(vlan -> service.segment(vlan).flatMap(vnis::objection).isPresent());
    if (own.isEmpty() && !free.isEmpty()) {
      checkVni(service, free.first());
    }
    return own;
  }

  private void checkVni(FabricService service, int vlan) {
    service
        .segment(vlan)
        .flatMap(vnis::objection)
        .ifPresent(why -> {
          throw new Failure(
              Failure.Kind.CONFLICT,
              "no segment for service %s with VLAN %d: %s".formatted(service.name(), vlan, why));
        });
  }

  /**
   * The service's VLAN. After the disk was lost, a VLAN that is still on a port goes back to the
   * service whose client comes back with it, and to no other while it may. Throws {@link Failure}:
   * EXHAUSTED when the pool has none left, CONFLICT when the service has one that the fabric file
   * no longer allows it, or its VNI is another's, UNAVAILABLE while a switch has not told yet what
   * it has. A client that has had the VLAN keeps it in any case, if without a segment.
   *
   * @param had the VLAN that the client has had so far, if it has had any
   */
  int vlan(FabricService service, Optional<Integer> had) {
    Optional<Integer> known = known(service);
    if (known.isEmpty()) {
      return fresh(service, had);
    }
    try {
      reserve(service, known.get());
      refused.remove(service.name());
    } catch (Failure e) {
      if (!had.equals(known)) {
        throw e;
      }
      if (refused.add(service.name())) {
        log.warn(
            "clients of service {} stay, new ones are refused: {}",
            service.name(),
            Failure.text(e));
      }
    }
    return known.get();
  }

  private void reserve(FabricService service, int vlan) {
    Optional<EvpnInstance> segment = service.segment(vlan);
    if (segment.isEmpty() || vnis.holder(segment.get()) == VlanNames.Holder.ITSELF) {
      return;
    }
    checkVni(service, vlan);
    Set<String> unread = unreadVnis();
    if (!unread.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "no VNI for service %s yet: switches %s have not been read since the shim's disk was found empty, and may have it for another service"
              .formatted(service.name(), unread));
    }
    vnis.reserve(List.of(segment.get()));
  }

  /** The switches that may have segments which the disk knows nothing of. */
  private Set<String> unreadVnis() {
    Set<String> unread = FormerPorts.lost(journal);
    unread.removeIf(name ->
        !EvpnServices.isMarked(name, journal)
            && fabric.evpn(name, services()).segments().isEmpty()); // it is marked later, at start
    return unread;
  }

  /** The VLAN that a service has, if it has any. Throws {@link Failure}: as {@link #vlan}. */
  private Optional<Integer> known(FabricService service) {
    for (Map.Entry<Integer, String> known : services.entrySet()) {
      if (known.getValue().equals(service.name())) {
        checkAllowed(service, known.getKey());
        return Optional.of(known.getKey());
      }
    }
    return Optional.empty();
  }

  private synchronized int fresh(FabricService service, Optional<Integer> had) {
    Optional<Integer> meanwhile = known(service);
    if (meanwhile.isPresent()) {
      return meanwhile.get();
    }
    SortedSet<Integer> free = free(service, services);
    Set<Integer> inherited = FormerPorts.inherited(journal);
    int vlan =
        had.filter(free::contains)
            .filter(inherited::contains)
            .orElseGet(() -> {
              free.removeAll(inherited);
              checkKnown(service);
              return first(service, free, services);
            });
    reserve(service, vlan); // first: one without a VLAN is free in the end
    give(vlan, service);
    return vlan;
  }

  private synchronized void give(int vlan, FabricService service) {
    journal.put(KEY + service.name(), String.valueOf(vlan));
    services = with(services, vlan, service);
  }

  /** The VLAN that a service has, or else the first of its pool that nobody has. Gives it none. */
  int likely(FabricService service) {
    Map<Integer, String> now = services;
    for (Map.Entry<Integer, String> known : now.entrySet()) {
      if (known.getValue().equals(service.name())) {
        return known.getKey();
      }
    }
    SortedSet<Integer> free = service.pool();
    free.removeAll(now.keySet());
    return free.isEmpty() ? service.pool().first() : free.first();
  }

  /** The service that has a VLAN, if any has. */
  Optional<String> service(int vlan) {
    return Optional.ofNullable(services.get(vlan));
  }

  /** All that have a VLAN, also those that have left the file. */
  Set<String> services() {
    return Set.copyOf(services.values());
  }

  /**
   * After the disk was lost, gives services back the VLANs that a switch knows by their names,
   * unless they have another by now.
   *
   * @param names of VLANs that the shim has made there (see {@link VlanNames})
   */
  synchronized void recover(Map<Integer, String> names) {
    for (FabricService service : fabric.services()) {
      names.forEach((vlan, name) -> {
        boolean its = name.equals(VlanNames.tag(service.name()));
        boolean free = !services.containsKey(vlan) && !services.containsValue(service.name());
        if (its && free && service.pool().contains(vlan)) {
          log.warn("service {} had VLAN {} before the disk was lost", service.name(), vlan);
          give(vlan, service);
        }
      });
    }
  }

  /** For whom a segment's VNI is reserved. */
  VlanNames.Holder holder(EvpnInstance segment) {
    return vnis.holder(segment);
  }

  /** Whether a switch is to be asked for its VNIs. */
  boolean asksForVnis(String switchName) {
    return vnis.asks(switchName, inFile());
  }

  /**
   * A switch has told its VNIs: of what somebody may still have is known then, and of what nobody
   * has any more.
   *
   * @param there the names of the network instances that have them
   */
  synchronized void hearVnis(String switchName, Map<Integer, String> there) {
    vnis.hear(switchName, there, inFile());
  }

  /**
   * What has become of a pool's VLANs.
   *
   * @param others those that other services have, or that wait on a port for a client of before
   */
  record Use(int own, int others, int free) {}

  /** What has become of the VLANs of a service's pool. */
  Use use(FabricService service) {
    Map<Integer, String> now = services;
    SortedSet<Integer> free = service.pool();
    int size = free.size();
    int own = 0;
    for (int vlan : service.pool()) {
      if (service.name().equals(now.get(vlan))) {
        own++;
      }
    }
    free.removeAll(now.keySet());
    free.removeAll(FormerPorts.inherited(journal));
    return new Use(own, size - own - free.size(), free.size());
  }

  /** A VLAN fixed by the file is its service's wherever it is; another may be anybody's. */
  private void checkKnown(FabricService service) {
    Set<String> unread = FormerPorts.lost(journal);
    if (service.pool().size() > 1 && !unread.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "no VLAN for service %s yet: switches %s have not been read since the shim's disk was found empty, and may carry any of its %s for another service"
              .formatted(service.name(), unread, service.vlans()));
    }
  }

  private static int first(
      FabricService service, SortedSet<Integer> free, Map<Integer, String> services) {
    if (free.isEmpty()) {
      throw new Failure(
          service.pool().size() == 1 ? Failure.Kind.CONFLICT : Failure.Kind.EXHAUSTED,
          "no VLAN left for service %s: %s of its %s are other services': %s"
              .formatted(service.name(), service.pool().size(), service.vlans(), services));
    }
    return free.first();
  }

  private static void checkAllowed(FabricService service, int vlan) {
    if (!service.pool().contains(vlan)) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "service %s has had VLAN %d so far, which the fabric file no longer allows (%s); allow it again, or give the service another name"
              .formatted(service.name(), vlan, service.vlans()));
    }
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Random files, opens, closes, restarts, lost disks and switches that are away: no VNI is ever two
 * services', and in the end all that is not needed is free.
 */
class VniModelTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 120;
  private static final Set<Integer> POOL = Set.of(100, 101, 102, 103, 104, 105);

  /** A switch that takes what the shim would write, unless something would be there twice. */
  private static final class Tor {
    private final String name;
    private SortedMap<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    private SortedMap<String, EvpnReading> instances = new TreeMap<>();

    /** The VLANs of living connections, as often as they have them. */
    private final List<Integer> claims = new ArrayList<>();

    private boolean away;

    private Tor(String name) {
      this.name = name;
    }

    private VlanTable table(VlanNames names) {
      SortedMap<String, EvpnReading> seen = new TreeMap<>(instances);
      seen.keySet().retainAll(names.instances());
      return new VlanTable(vlans, seen);
    }

    private Map<Integer, String> vnis() {
      return EvpnReading.vnis(instances.values());
    }

    private void make(VlanEdit edit) {
      SortedMap<Integer, VlanTable.Entry> shared = new TreeMap<>(vlans);
      SortedMap<String, EvpnReading> own = new TreeMap<>(instances);
      shared.keySet().removeAll(edit.removed());
      edit.made().forEach((vlan, tag) -> shared.put(vlan, new VlanTable.Entry(tag, true)));
      own.keySet().removeAll(edit.removedSegments());
      edit.segments().forEach((tag, segment) -> own.put(tag, reading(segment)));
      List<Integer> all = new ArrayList<>(shared.keySet());
      List<Integer> numbers = new ArrayList<>();
      own.values()
          .forEach(reading -> {
            all.addAll(reading.vlans().keySet());
            numbers.addAll(reading.vnis());
          });
      if (Set.copyOf(all).size() == all.size() && Set.copyOf(numbers).size() == numbers.size()) {
        vlans = shared;
        instances = own;
      }
    }

    private static EvpnReading reading(EvpnInstance segment) {
      Set<String> target = Set.of(segment.routeTarget());
      return new EvpnReading(
          segment.name(),
          "L2VSI",
          true,
          Map.of(segment.vlan(), new VlanTable.Entry(segment.name(), true)),
          List.of(
              new EvpnReading.Segment(
                  segment.evi(), "VXLAN", "VLAN_BASED", target, target, segment.evi())));
    }
  }

  /** One sequence. */
  private static final class Run {
    private final Random random;
    private final List<Tor> tors = List.of(new Tor("tor-1"), new Tor("tor-2"), new Tor("tor-3"));
    private DurableMap journal = new BrittleMap();
    private FabricServices fabric;
    private Segments segments;

    private Run(long seed) {
      this.random = new Random(seed);
      this.fabric = file();
      this.segments = begin();
    }

    private FabricServices file() {
      while (true) {
        List<FabricService> services = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          if (i == 0 || random.nextInt(3) > 0) {
            Evpn evpn = new Evpn(1000 + random.nextInt(4), 65000);
            services.add(service("s" + i, i == 0 || random.nextInt(5) > 0 ? evpn : null));
          }
        }
        try {
          return new FabricServices("example.com", 4094, services, NodeIdentities.USUAL);
        } catch (Failure e) {
          assertEquals(Failure.Kind.INVALID, e.kind(), e.getMessage()); // two fix or mean the same
        }
      }
    }

    private FabricService service(String name, Evpn evpn) {
      int first = 100 + random.nextInt(6);
      return new FabricService(
          name,
          "ETHERNET",
          List.of(first + "-" + Math.min(105, first + random.nextInt(4))),
          new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of()),
          List.of(),
          0,
          FabricService.Port.NONE,
          List.of(),
          evpn);
    }

    private Segments begin() {
      Segments next = new Segments(fabric, journal);
      tors.forEach(tor -> {
        var unused = fabric.evpn(tor.name, next.services()).where(tor.name, journal);
      });
      return next;
    }

    private VlanNames names(Tor tor) {
      EvpnServices evpn = fabric.evpn(tor.name, segments.services()).where(tor.name, journal);
      return new VlanNames(segments::service, evpn, segments::holder);
    }

    private void step() {
      Tor tor = tors.get(random.nextInt(tors.size()));
      switch (random.nextInt(12)) {
        case 0 -> {
          fabric = file();
          segments = begin();
        }
        case 1 -> segments = begin();
        case 2, 3 -> tor.away = !tor.away;
        case 4, 5 -> {
          if (!tor.claims.isEmpty()) {
            tor.claims.remove(random.nextInt(tor.claims.size()));
          }
        }
        case 6, 7, 8 -> open(tor);
        case 9 -> {
          if (random.nextInt(4) == 0) {
            loseDisk();
          }
        }
        default -> look(tor);
      }
    }

    private void open(Tor tor) {
      FabricService service = fabric.services().get(random.nextInt(fabric.services().size()));
      try {
        tor.claims.add(segments.vlan(service, Optional.empty()));
      } catch (Failure e) {
        Set<Failure.Kind> refusals =
            Set.of(Failure.Kind.CONFLICT, Failure.Kind.EXHAUSTED, Failure.Kind.UNAVAILABLE);
        assertTrue(refusals.contains(e.kind()), e.getMessage());
        return;
      }
      make(tor);
    }

    private void make(Tor tor) {
      if (!tor.away && !FormerPorts.lost(journal).contains(tor.name) && !tor.claims.isEmpty()) {
        VlanNames names = names(tor);
        Trunk trunk = new Trunk(new TreeSet<>(tor.claims), OptionalInt.empty());
        tor.make(tor.table(names).lacking(List.of(trunk), names));
      }
    }

    /** As the writer's, in its order. */
    private void look(Tor tor) {
      if (tor.away) {
        return;
      }
      VlanNames names = names(tor);
      SegmentNews news = SegmentNews.to(segments, tor.name);
      if (FormerPorts.lost(journal).contains(tor.name)) {
        news.names(tor.table(names).ours(POOL, names));
        tell(tor, news);
        new FormerPorts(journal, tor.name).found();
      }
      make(tor);
      Set<Integer> unneeded = new TreeSet<>(POOL);
      tor.claims.forEach(unneeded::remove);
      tor.make(tor.table(names).removal(unneeded, names));
      tell(tor, news);
    }

    private static void tell(Tor tor, SegmentNews news) {
      if (news.asksForVnis()) {
        news.vnis(tor.vnis());
      }
    }

    private void loseDisk() {
      journal = new BrittleMap();
      FormerPorts.lose(journal, tors.stream().map(tor -> tor.name).collect(Collectors.toSet()));
      segments = begin();
    }

    /** All that has ever been on a switch at the same time. */
    private void check(String where) {
      Map<Integer, String> owners = new TreeMap<>();
      for (Tor tor : tors) {
        tor.vnis()
            .forEach((vni, instance) -> {
              String owner = owners.computeIfAbsent(vni, fresh -> instance);
              assertEquals(owner, instance, where + ": VNI " + vni);
            });
      }
    }

    private Set<String> reserved() {
      Set<String> keys = new TreeSet<>(journal.entries().keySet());
      keys.removeIf(key -> !Vnis.isIts(key));
      return keys;
    }

    /** Everybody leaves, all switches are there, and the file has nothing of what was. */
    private void end(String where) {
      fabric =
          new FabricServices(
              "example.com", 4094, List.of(service("last", null)), NodeIdentities.USUAL);
      segments = begin();
      tors.forEach(tor -> {
        tor.away = false;
        tor.claims.clear();
        tor.instances.clear(); // by hand, as what is in no pool has to be
      });
      tors.forEach(this::look);
      tors.forEach(this::look);
      assertEquals(Set.of(), reserved(), where);
    }
  }

  @Test
  void noVniIsEverTwoServices() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Run run = new Run(seed);
      for (int step = 0; step < STEPS; step++) {
        run.step();
        run.check("seed " + seed + ", step " + step);
      }
      run.end("seed " + seed);
    }
  }
}

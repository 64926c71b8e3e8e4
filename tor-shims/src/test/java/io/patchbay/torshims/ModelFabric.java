package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Sessions;
import io.patchbay.torshims.SwitchPorts.Ours;
import io.patchbay.torshims.TorShimChain.Plant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A shim's real parts, from its chain down to its drivers, over eight {@link TroubledSwitch}es and
 * two {@link FakeDisk}s, as they are after any number of kills.
 */
final class ModelFabric {
  static final int SWITCHES = 8;
  static final int CABLES = 4;

  /**
   * The commits of the switches after these have no two halves: of one pair, and one of another.
   */
  private static final int HALVES_UP_TO = 5;

  static final String GATEWAY_PORT = "Ethernet7";
  static final int PARKING = 4094;
  static final Duration TOKENS = Duration.ofMinutes(10);
  private static final Duration AUDIT = Duration.ofMinutes(1);

  static final FabricServices FABRIC =
      Json.parseYaml(
          "fabric.yaml",
          """
          domain: example.com
          parkingVlan: 4094
          services:
            - {name: fixed, vlans: ["100"], addresses: {prefix: 10.1.0.0/22, gateway: 10.1.0.1},
               port: {mtu: 9000, acl: {in: {name: fence}}}, gatewayPorts: [{switch: tor-1, port: Ethernet7}]}
            - {name: here, vlans: ["110"], addresses: {prefix: 10.2.0.0/22, gateway: 10.2.0.1},
               switches: [tor-1, tor-2, tor-3, tor-4]}
            - {name: red, vlans: [200-203], addresses: {prefix: 10.3.0.0/22, gateway: 10.3.0.1},
               port: {mtu: 4000, description: true, acl: {in: {name: fence}}, qos: {out: gold}},
               gatewayPorts: [{switch: tor-1, port: Ethernet7}, {switch: tor-2, port: Ethernet7}]}
            - {name: blue, vlans: [200-203], addresses: {prefix: 10.4.0.0/22, gateway: 10.4.0.1},
               port: {description: true}}
            - {name: green, vlans: [200-202], addresses: {prefix: 10.5.0.0/22, gateway: 10.5.0.1},
               gatewayPorts: [{switch: tor-5, port: Ethernet7}]}
          """,
          FabricServices.class);

  /** By switch, a VLAN that it does not take: its twin may not keep what it refuses. */
  static final Map<String, Integer> REFUSED = Map.of("tor-2", 110, "tor-5", 100);

  static final Cables PLUGGED = new Cables(cables());

  final Stage stage;
  final Map<String, TroubledSwitch> switches = new TreeMap<>();
  Life life = new Life();
  Sessions sessions = Sessions.inMemory(Time.system());
  Addresses addresses = new Addresses(FABRIC);
  private final FakeDisk fabricDisk;
  private final FakeDisk sessionDisk;
  private Chain chain;
  private Journal kept;

  /** Whether the next process has another folder for its sessions than the one before. */
  private boolean orphans;

  private final SwitchWriter.Terms terms;

  ModelFabric(Random random) {
    stage = new Stage(random);
    terms = new SwitchWriter.Terms(TOKENS, AUDIT, stage::await);
    fabricDisk = new FakeDisk(random);
    sessionDisk = new FakeDisk(random);
    for (int i = 1; i <= SWITCHES; i++) {
      switches.put("tor-" + i, new TroubledSwitch("tor-" + i, i <= HALVES_UP_TO, random));
    }
  }

  /** The last ports of two switches that follow each other are an MLAG pair. */
  private static List<Cable> cables() {
    List<Cable> cables = new ArrayList<>();
    for (int i = 0; i < SWITCHES * CABLES; i++) {
      int tor = 1 + i / CABLES;
      int port = 1 + i % CABLES;
      boolean pair = port == CABLES;
      if (!pair || tor % 2 == 1) {
        Cable.Pair other = new Cable.Pair("tor-" + (tor + 1), "Ethernet" + port, List.of(), null);
        cables.add(
            new Cable(
                "node-" + i,
                mac(i),
                "tor-" + tor,
                "Ethernet" + port,
                List.of(),
                pair ? other : null,
                null));
      }
    }
    return cables;
  }

  static String mac(int physicalFunction) {
    return "02:00:00:00:%02x:00".formatted(physicalFunction);
  }

  /** The process starts, as {@link TorShim} does. */
  void start() {
    Time time = stage.time(life);
    kept = Journal.open(fabricDisk.open(life));
    Journal connections = Journal.open(sessionDisk.open(life));
    var unused = FormerPorts.persist(kept, switches.keySet(), "shim");
    if (orphans) {
      FormerPorts.orphan(kept, switches.keySet());
      orphans = false;
    }
    Segments segments = new Segments(FABRIC, kept);
    Map<String, SwitchWriter> writers = new TreeMap<>();
    switches.forEach((name, tor) -> {
      FormerPorts formers = new FormerPorts(kept, name);
      Ours ours = Ours.of(name, FABRIC, PLUGGED, segments);
      VlanNames names = new VlanNames(segments::service);
      HeardDriver heard = new HeardDriver(tor.seenBy(life, names, time));
      SwitchPorts ports = new SwitchPorts(name, heard, formers, ours);
      SwitchAccount account = new SwitchAccount(name, History.none(), new CommitMeasures(), time);
      SwitchWriter.Sight deaf = Rig.deaf(name, kept);
      SwitchWriter.Sight sight =
          new SwitchWriter.Sight(deaf.lookout(), deaf.links(), heard::isSilent);
      writers.put(name, new SwitchWriter(name, ports, sight, terms, account, time));
    });
    sessions = Sessions.durable(time, connections);
    addresses = new Addresses(FABRIC);
    Plant plant =
        new Plant(
            FABRIC,
            PLUGGED,
            segments,
            addresses,
            writers,
            new CheckNode(FABRIC.identities(), Optional.empty()));
    chain = Chain.of(TorShimChain.admitted("shim", plant, sessions, new Announce(), time));
    writers.values().forEach(SwitchWriter::start);
  }

  /**
   * The process is killed, if it has not been, and another one starts.
   *
   * @param boundaries after so many the next one is killed as it starts, too
   */
  void restart(int boundaries) {
    life.end();
    stage.bury(life);
    life = new Life();
    life.endAfter(boundaries);
    try {
      start();
    } catch (Life.Killed e) {
      restart(Integer.MAX_VALUE);
    }
    life.endAfter(Integer.MAX_VALUE);
  }

  /** The disks are found empty. */
  void loseDisks() {
    fabricDisk.lose();
    sessionDisk.lose();
  }

  /** Another replica takes over: what is owned it finds beside the lease, and nothing else. */
  void loseSessions() {
    sessionDisk.lose();
    orphans = true;
  }

  Connection request(Call call) {
    return chain.request(call);
  }

  /** The ports of a switch that the shim owns, by its disk. */
  Set<String> owned(String torName) {
    return new FormerPorts(kept, torName).ports();
  }

  /**
   * Whether the shim has lost what it knew of that switch, or of whom it is, and not read it since.
   */
  boolean isUnread(String torName) {
    FormerPorts formers = new FormerPorts(kept, torName);
    return orphans || formers.areLost() || formers.areOrphaned();
  }

  /** Whether the shim waits for anything that clients may still have. */
  boolean expects() {
    return switches.keySet().stream()
        .anyMatch(name -> {
          return isUnread(name) || !new FormerPorts(kept, name).heirs().isEmpty();
        });
  }
}

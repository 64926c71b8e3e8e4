package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Session;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.TroubledSwitch.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One sequence of steps over a {@link ModelFabric}: clients, switches, operators and kills; and
 * what must be true. A step is a number from which all its choices follow.
 */
final class ModelRun {
  /** What can happen, and how often of a hundred times. */
  enum Step {
    REQUEST(30),
    REFRESH(6),
    CLOSE(14),
    DIE(3),
    PASS(20),
    PASS_LONG(5),
    TROUBLE(6),
    HEAL(6),
    OPERATOR(5),
    SAVE(1),
    REBOOT(1),
    KILL(3);

    private final int often;

    Step(int often) {
      this.often = often;
    }

    static Step of(Random random) {
      int left = random.nextInt(100);
      for (Step step : values()) {
        left -= step.often;
        if (left < 0) {
          return step;
        }
      }
      throw new IllegalStateException("the steps are fewer than a hundred");
    }
  }

  private static final List<String> SERVICES =
      ModelFabric.FABRIC.services().stream().map(FabricService::name).toList();
  private static final int CLIENTS_EACH = 3;
  private static final List<String> OTHERS = List.of("Ethernet8", "Ethernet9");
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** So long before its end a connection may already be being ended. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  /** No request may be refused like this: either the product errs or the model. */
  private static final Set<Failure.Kind> NEVER = Set.of(Failure.Kind.UNSUPPORTED);

  private final Random random = new Random(0);
  private final ModelFabric fabric = new ModelFabric(random);
  private final List<ModelClient> clients = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  /** By switch and port: what is there when nobody has a connection. */
  private final Map<String, Map<String, PortConfig>> before = new TreeMap<>();

  /** By switch, what it has saved: what it had then, but for the ports that were ours. */
  private final Map<String, Map<String, PortConfig>> saved = new TreeMap<>();

  /** Whether the disks were ever lost: the shim may not know what those it found there want. */
  private boolean everForgot;

  private long agreed;

  ModelRun() {
    for (Cable cable : ModelFabric.PLUGGED.cables()) {
      for (int i = 0; i < CLIENTS_EACH; i++) {
        clients.add(new ModelClient(cable.node() + "-" + i, cable));
      }
    }
    fabric.switches.forEach((name, tor) -> {
      Map<String, PortConfig> first = new TreeMap<>();
      for (int i = 1; i <= ModelFabric.CABLES; i++) {
        for (Aspect aspect : Aspect.values()) {
          first.put(new PortItem("Ethernet" + i, aspect).key(), pick(operators(aspect)));
        }
      }
      first.put(ModelFabric.GATEWAY_PORT, pick(operators(false)));
      OTHERS.forEach(port -> first.put(port, pick(operators(true))));
      first.forEach(tor.fake::set);
      before.put(name, first);
      saved.put(name, new TreeMap<>(first));
    });
    ModelFabric.REFUSED.forEach((name, vlan) -> fabric.switches.get(name).fake.refuse(vlan));
    fabric.start();
  }

  /** What operators write; to ports without a cable also what looks like ours. */
  private static List<PortConfig> operators(boolean alsoOurs) {
    List<PortConfig> all =
        new ArrayList<>(
            List.of(
                new Raw("factory"),
                new Raw("by hand"),
                new Access(10),
                trunk(new TreeSet<>(List.of(10, 100))),
                new Trunk(new TreeSet<>(List.of(200)), OptionalInt.of(1))));
    if (alsoOurs) {
      all.add(trunk(new TreeSet<>(List.of(100, 200))));
    }
    return all;
  }

  private static List<PortConfig> operators(Aspect aspect) {
    return aspect == Aspect.VLANS
        ? operators(false)
        : List.of(new Raw("factory"), new Raw("by hand"), new Leaf("1500"));
  }

  private static Trunk trunk(SortedSet<Integer> vlans) {
    return new Trunk(vlans, OptionalInt.empty());
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  long agreed() {
    return agreed;
  }

  /** How often a switch had to take back what its twin would not have. */
  long cancels() {
    return fabric.switches.values().stream().mapToInt(TroubledSwitch::cancels).sum();
  }

  /** The steps so far, in words. */
  List<String> told() {
    return told;
  }

  private void tell(String what) {
    told.set(told.size() - 1, told.getLast() + " " + what);
  }

  // ---- steps ----

  /** Takes a step and looks whether all is as it must be. */
  void step(long number) {
    random.setSeed(number);
    Step step = Step.of(random);
    told.add(step.name());
    try {
      take(step);
      fabric.stage.settle();
    } catch (Life.Killed e) {
      tell("killed at once");
    }
    if (fabric.life.over()) {
      int drawn = allAreThere() ? random.nextInt(10) : 9;
      if (drawn == 1 || drawn == 2) {
        tell("another replica takes over");
        fabric.loseSessions();
      }
      restart(drawn == 0);
    }
    checkOthers();
  }

  private void take(Step step) {
    switch (step) {
      case REQUEST -> request(pick(clients));
      case REFRESH -> refresh(pick(clients));
      case CLOSE -> close(pick(clients));
      case DIE -> pick(clients).alive = false;
      case PASS -> pass(Duration.ofMillis(1 + random.nextInt(3000)));
      case PASS_LONG -> pass(Duration.ofSeconds(10 + random.nextInt(120)));
      case TROUBLE -> trouble(pick(List.of(Trouble.values())));
      case HEAL -> fabric.switches.values().forEach(tor -> tor.trouble(Trouble.NONE, now()));
      case OPERATOR -> operator();
      case SAVE -> save(pickSwitch());
      case REBOOT -> reboot(pickSwitch());
      case KILL -> fabric.life.endAfter(random.nextInt(60));
    }
  }

  private String pickSwitch() {
    return pick(List.copyOf(fabric.switches.keySet()));
  }

  private void pass(Duration duration) {
    Duration left = duration;
    Duration most = Duration.ofSeconds(20);
    while (!left.isNegative() && !left.isZero() && !fabric.life.over()) {
      Duration part = left.compareTo(most) < 0 ? left : most;
      fabric.stage.advance(part, fabric.life);
      fabric.switches.values().forEach(tor -> tor.pass(fabric.stage.now()));
      left = left.minus(part);
      keepAlive();
    }
  }

  /** Clients ask again when a third of their time is over. */
  private void keepAlive() {
    for (ModelClient client : clients) {
      boolean due = client.asked.plus(ModelFabric.TOKENS.dividedBy(3)).isBefore(now());
      if (client.alive && due && client.connected(now())) {
        refresh(client);
      }
    }
    fabric.stage.settle();
  }

  private java.time.Instant now() {
    return fabric.stage.now();
  }

  private Optional<Session> session(ModelClient client) {
    return fabric.sessions.find("here-" + client.id);
  }

  /** Whether nobody else is at the connection: it is not in use, nor near its end. */
  private boolean quiet(ModelClient client) {
    return !client.busy
        && session(client)
            .map(open -> open.agreed() && now().plus(MARGIN).isBefore(client.expires))
            .orElse(true);
  }

  private void request(ModelClient client) {
    if (quiet(client) && !client.connected(now())) {
      client.service = pick(SERVICES);
      client.agreed = Optional.empty();
      client.alive = true;
      ask(client);
    }
  }

  private void refresh(ModelClient client) {
    if (quiet(client) && client.connected(now())) {
      ask(client);
    }
  }

  private void ask(ModelClient client) {
    tell(client.toString());
    client.busy = true;
    client.asked = now();
    Connection connection = wish(client);
    Call call =
        Call.of(
            connection,
            List.of(Rig.vlan(client.cable.node(), client.cable.pfMac())),
            new Cause.Asked(),
            now().plus(PATIENCE));
    boolean fresh = session(client).isEmpty();
    java.time.Instant expires = now().plus(ModelFabric.TOKENS);
    fabric.stage.start(
        fabric.life,
        () -> {
          try {
            Connection answer = fabric.request(call);
            client.agreed = Optional.of(answer);
            client.expires = expires;
            agreed++;
            checkAnswer(client, fresh);
          } catch (Failure refused) {
            assertTrue(!NEVER.contains(refused.kind()), refused.getMessage());
          } finally {
            client.busy = false;
          }
        });
  }

  private Connection wish(ModelClient client) {
    Connection.Builder wish =
        Connections.arrived(client.id, fabric.stage.time(new Life())).toBuilder()
            .setNetworkService(client.service);
    client.agreed.ifPresent(
        old -> wish.setMechanism(old.getMechanism()).setContext(old.getContext()));
    return wish.build();
  }

  private void close(ModelClient client) {
    if (quiet(client)) {
      tell(client.toString());
      client.agreed = Optional.empty();
      client.busy = true;
      fabric.stage.start(
          fabric.life,
          () -> {
            try {
              fabric.sessions.close("here-" + client.id);
            } finally {
              client.busy = false;
            }
          });
    }
  }

  private void trouble(Trouble trouble) {
    String name = pickSwitch();
    tell(name + " " + trouble);
    fabric.switches.get(name).trouble(trouble, now());
  }

  /**
   * An operator writes a port: one of ours, or one that is not, and then stays so. What a shim that
   * has lost its disk has yet to read is left alone, as by {@link #reboot}, and what the shim owns
   * and has perhaps not written yet: nobody can say whose it is just now.
   */
  private void operator() {
    String name = pickSwitch();
    boolean other = random.nextInt(3) == 0;
    if (!other && fabric.isUnread(name)) {
      return;
    }
    PortItem item =
        random.nextInt(ModelFabric.CABLES + 1) == 0
            ? new PortItem(ModelFabric.GATEWAY_PORT, Aspect.VLANS)
            : new PortItem(
                "Ethernet" + (1 + random.nextInt(ModelFabric.CABLES)),
                pick(List.of(Aspect.values())));
    String port = other ? pick(OTHERS) : item.key();
    PortConfig config = pick(other ? operators(true) : operators(item.aspect()));
    if (!other && isYetToBeWritten(name, port)) {
      return;
    }
    if (!other && !fabric.owned(name).contains(port)) {
      if (isStirring(name)) {
        return; // nobody can say whose it is just now
      }
      before.get(name).put(port, config);
    } else if (other) {
      before.get(name).put(port, config);
    }
    tell(name + " " + port + " " + config);
    fabric.switches.get(name).fake.set(port, config);
    fabric.switches.get(name).mayTell();
  }

  private boolean isYetToBeWritten(String name, String port) {
    return fabric.owned(name).contains(port)
        && fabric.switches.get(name).fake.at(port).equals(before.get(name).get(port));
  }

  private boolean isStirring(String name) {
    return clients.stream().anyMatch(client -> client.concerns(name) && client.busy);
  }

  private void save(String name) {
    tell(name);
    Map<String, PortConfig> now = new TreeMap<>();
    before
        .get(name)
        .keySet()
        .forEach(port -> now.put(port, fabric.switches.get(name).fake.at(port)));
    saved.put(name, now);
  }

  /**
   * It comes back with what it has saved, which its operators then take for what they want. What
   * was ours then and is not now it has not saved: none of this can tell whose that is. Nor does it
   * forget what the shim has forgotten too: then only clients know that a VLAN is taken.
   */
  private void reboot(String name) {
    if (isStirring(name) || fabric.isUnread(name)) {
      return;
    }
    tell(name);
    Set<String> owned = fabric.owned(name);
    Map<String, PortConfig> back = new TreeMap<>();
    saved
        .get(name)
        .forEach((port, config) -> {
          if (owned.contains(port)) {
            if (!isYetToBeWritten(name, port)) {
              back.put(port, config);
            }
          } else if (OTHERS.contains(port) || !isOurs(config)) {
            back.put(port, config);
            before.get(name).put(port, config);
          }
        });
    fabric.switches.get(name).reboot(back);
  }

  private static boolean isOurs(PortConfig config) {
    return config instanceof AclSet
        || config instanceof Leaf leaf && !leaf.value().equals("1500")
        || config instanceof Trunk trunk
            && trunk.nativeVlan().isEmpty()
            && !trunk.vlans().contains(10);
  }

  private void restart(boolean forgets) {
    tell(forgets ? "restarts with empty disks" : "restarts");
    if (forgets) {
      everForgot = true;
      Map<String, Set<String>> owned = new HashMap<>();
      fabric.switches.keySet().forEach(name -> owned.put(name, fabric.owned(name)));
      fabric.life.end();
      fabric.stage.bury(fabric.life);
      fabric.loseDisks();
      owned.forEach((name, ports) -> ports.forEach(port -> forget(name, port)));
    }
    fabric.restart(random.nextBoolean() ? random.nextInt(20) : Integer.MAX_VALUE);
    clients.forEach(client -> client.busy = false);
  }

  /**
   * A port that was ours: who finds it takes it for ours by its VLANs, or for another's; and what
   * it is besides for another's in any case.
   */
  private void forget(String name, String port) {
    TroubledSwitch tor = fabric.switches.get(name);
    tor.pass(java.time.Instant.MAX);
    PortConfig now = tor.fake.at(port);
    boolean found = now instanceof Trunk && isOurs(now);
    before.get(name).put(port, found ? new Access(ModelFabric.PARKING) : now);
  }

  // ---- what must be true ----

  /** A fresh answer is true when it is given; a service has its VLAN for itself. */
  private void checkAnswer(ModelClient client, boolean fresh) {
    List<PortClaim> claims = Plug.claims(client.agreed.orElseThrow());
    List<Cable> ends = client.cable.ends();
    assertEquals(
        ends.stream()
            .map(end -> new PortClaim(end.switchName(), end.port(), client.vlan()))
            .toList(),
        claims);
    assertTrue(
        !fresh || ends.stream().anyMatch(end -> isWhole(client, end)),
        () -> client + " was told " + claims + ", but it is not");
    assertTrue(
        !fresh || ends.stream().allMatch(end -> isWhole(client, end) || mayLag(client, end)),
        () -> client + " was told " + claims + ", but has one of them");
    checkAgree(client, fresh);
    assertTrue(
        !fresh
            || client.gateways().isEmpty()
            || isAccompanied(client)
            || client.gateways().stream()
                .anyMatch(gateway -> isThere(client, gateway) || mayLag(client, gateway)),
        () -> client + " has no gateway");
    for (ModelClient other : clients) {
      if (other.connected(now()) && !other.service.equals(client.service) && isThere(other)) {
        assertTrue(
            other.vlan() != client.vlan(), () -> other + " shares with " + client + " " + claims);
      }
    }
  }

  /** Who comes fresh wants the same bound as all who are there; but for what a lost disk hides. */
  private void checkAgree(ModelClient client, boolean fresh) {
    for (ModelClient other : clients) {
      if (fresh && !everForgot && other.connected(now()) && sharesPort(client, other)) {
        assertEquals(bound(other), bound(client), () -> client + " shares a port with " + other);
      }
    }
  }

  private static boolean sharesPort(ModelClient one, ModelClient other) {
    return one.cable.ends().stream().anyMatch(other.cable.ends()::contains);
  }

  private static List<Optional<PortConfig>> bound(ModelClient client) {
    FabricService.Port port = ModelFabric.FABRIC.find(client.service).port();
    return Aspect.BOUND.stream().map(port::bound).toList();
  }

  /** A switch that does not answer is caught up with later. */
  private boolean mayLag(ModelClient client, Cable end) {
    return fabric.switches.get(end.switchName()).wasTroubled(client.asked);
  }

  /** Whether others are on its service, for whom its gateways have been asked for before. */
  private boolean isAccompanied(ModelClient client) {
    return clients.stream()
        .anyMatch(other ->
            other != client
                && other.service.equals(client.service)
                && (other.busy || session(other).isPresent()));
  }

  private boolean mayLag(ModelClient client, GatewayPort gateway) {
    return fabric.switches.get(gateway.switchName()).wasTroubled(client.asked);
  }

  private boolean isThere(ModelClient client, GatewayPort gateway) {
    return fabric.switches.get(gateway.switchName()).fake.at(gateway.port()) instanceof Trunk trunk
        && trunk.vlans().contains(client.vlan());
  }

  /** Whether it has what it asked for wherever its cable leads. */
  private boolean isThere(ModelClient client) {
    return client.cable.ends().stream().allMatch(end -> isThere(client, end));
  }

  private boolean isThere(ModelClient client, Cable end) {
    return running(end) instanceof Trunk trunk && trunk.vlans().contains(client.vlan());
  }

  /** The same, with what its service wants of the port besides its VLAN. */
  private boolean isWhole(ModelClient client, Cable end) {
    FabricService.Port port = ModelFabric.FABRIC.find(client.service).port();
    boolean passes =
        port.mtu() == null
            || running(end, Aspect.MTU) instanceof Leaf(String mtu)
                && Integer.parseInt(mtu) >= port.mtu();
    return isThere(client, end)
        && passes
        && Aspect.BOUND.stream()
            .allMatch(aspect -> port.bound(aspect).stream().allMatch(running(end, aspect)::equals))
        && (!port.description()
            || running(end, Aspect.DESCRIPTION).toString().contains(client.service));
  }

  private PortConfig running(Cable cable, Aspect aspect) {
    String key = new PortItem(cable.port(), aspect).key();
    return fabric.switches.get(cable.switchName()).fake.at(key);
  }

  private PortConfig running(Cable cable) {
    return fabric.switches.get(cable.switchName()).fake.at(cable.port());
  }

  /** Whether the switches alone could tell what the living have: no operator has been at it. */
  private boolean allAreThere() {
    return clients.stream()
        .filter(client -> client.connected(now()))
        .allMatch(client ->
            isThere(client) && client.cable.ends().stream().allMatch(end -> isOurs(running(end))));
  }

  /** What was never ours is as its operators left it. */
  private void checkOthers() {
    fabric.switches.forEach((name, tor) ->
        OTHERS.forEach(port -> assertEquals(before.get(name).get(port), tor.fake.at(port), name)));
  }

  /** All troubles end, and time passes: only what living clients have is there; then nothing. */
  void end() {
    told.add("END");
    random.setSeed(0);
    fabric.life.endAfter(Integer.MAX_VALUE);
    for (TroubledSwitch tor : fabric.switches.values()) {
      tor.trouble(Trouble.NONE, now());
    }
    ModelFabric.REFUSED.forEach((name, vlan) -> fabric.switches.get(name).fake.takes(vlan));
    rest();
    checkAtRest();
    told.add("ALL CLOSE");
    for (ModelClient client : clients) {
      client.alive = false;
      close(client);
    }
    rest();
    checkAtRest();
    assertTrue(fabric.sessions.all().isEmpty(), () -> "sessions: " + fabric.sessions.all());
    assertEquals(Map.of(), fabric.addresses.given());
    assertTrue(!fabric.expects(), "something is still expected");
  }

  private void rest() {
    pass(ModelFabric.TOKENS.multipliedBy(3));
    assertTrue(!fabric.life.over(), "killed by itself");
  }

  private void checkAtRest() {
    Map<String, Map<String, PortConfig>> wanted = new TreeMap<>();
    Set<String> ours = new HashSet<>();
    before.forEach((name, ports) -> wanted.put(name, new TreeMap<>(ports)));
    for (ModelClient client : clients) {
      assertTrue(!client.busy, client + " still waits");
      if (client.connected(now())) {
        for (Cable end : client.cable.ends()) {
          SortedSet<Integer> vlans = new TreeSet<>(Set.of(client.vlan()));
          if (!ours.add(end.switchName() + end.port())) {
            vlans.addAll(((Trunk) wanted.get(end.switchName()).get(end.port())).vlans());
          }
          wanted.get(end.switchName()).put(end.port(), trunk(vlans));
          putWishes(end, wanted.get(end.switchName()));
        }
        for (GatewayPort gateway : client.gateways()) {
          SortedSet<Integer> vlans = new TreeSet<>(Set.of(client.vlan()));
          if (!ours.add(gateway.switchName() + gateway.port())) {
            vlans.addAll(((Trunk) wanted.get(gateway.switchName()).get(gateway.port())).vlans());
          }
          wanted.get(gateway.switchName()).put(gateway.port(), trunk(vlans));
        }
      }
    }
    wanted.forEach((name, ports) -> {
      Map<String, PortConfig> running = new TreeMap<>();
      ports.forEach((port, config) -> {
        running.put(port, TroubledSwitch.raw(fabric.switches.get(name).fake.at(port)));
        ports.put(port, TroubledSwitch.raw(config));
      });
      assertEquals(ports, running, name);
      assertEquals(vlans(name), fabric.switches.get(name).fake.vlans().keySet(), name);
    });
  }

  /** What the services of all living clients on a port want of it. */
  private void putWishes(Cable cable, Map<String, PortConfig> wanted) {
    SortedSet<String> services = new TreeSet<>();
    int mtu = 0;
    boolean described = false;
    for (ModelClient client : clients) {
      if (client.cable.ends().contains(cable) && client.connected(now())) {
        FabricService.Port port = ModelFabric.FABRIC.find(client.service).port();
        services.add(client.service);
        mtu = Math.max(mtu, port.mtu() == null ? 0 : port.mtu());
        described |= port.description();
      }
    }
    for (Aspect aspect : Aspect.BOUND) {
      services.stream()
          .flatMap(service -> ModelFabric.FABRIC.find(service).port().bound(aspect).stream())
          .findFirst()
          .ifPresent(config -> wanted.put(new PortItem(cable.port(), aspect).key(), config));
    }
    if (mtu > 0) {
      wanted.put(new PortItem(cable.port(), Aspect.MTU).key(), new Leaf("" + mtu));
    }
    if (described) {
      wanted.put(
          new PortItem(cable.port(), Aspect.DESCRIPTION).key(),
          new Leaf("patchbay: " + String.join(", ", services)));
    }
  }

  /** Those that living clients have at a switch. */
  private Set<Integer> vlans(String name) {
    return clients.stream()
        .filter(client -> client.connected(now()) && client.concerns(name))
        .map(ModelClient::vlan)
        .collect(Collectors.toSet());
  }
}

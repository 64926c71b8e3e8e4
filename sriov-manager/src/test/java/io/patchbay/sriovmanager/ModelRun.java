package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One sequence of steps over a {@link ModelNode}: the kubelet, its pods and all that befalls them;
 * and what must be true after each step. A step is a number from which all its choices follow.
 */
final class ModelRun implements AutoCloseable {
  /** What can happen, and how often of a thousand times. */
  enum Step {
    ALLOCATE(140),
    RACE(40),
    REQUEST(170),
    REFRESH(100),
    CLOSE(60),
    POD_KILL(100),
    TICK(248),
    LOSE_VF(12),
    FIND_VF(24),
    RESET_PF(2),
    LOSE_PF(1),
    FIND_PF(2),
    LINK_DOWN(3),
    LINK_UP(6),
    LATE_DELETE(40),
    RELEASE(12),
    KUBELET_RESTART(5),
    PLUGIN_KILL(10),
    MANAGER_KILL(10),
    NEXT_HOP(15);

    private final int often;

    Step(int often) {
      this.often = often;
    }

    static Step of(Random random) {
      int left = random.nextInt(1000);
      for (Step step : values()) {
        left -= step.often;
        if (left < 0) {
          return step;
        }
      }
      throw new IllegalStateException("the steps are fewer than a thousand");
    }
  }

  private static final List<ResourceName> NAMES =
      ModelNode.CONFIG.physicalFunctions().values().iterator().next().names().stream().toList();

  /** No step may be refused like this: either the product errs or the model. */
  private static final Set<Failure.Kind> NEVER =
      Set.of(Failure.Kind.INTERNAL, Failure.Kind.INVALID, Failure.Kind.UNSUPPORTED);

  /** Says where the lines of killed processes are torn. */
  private final Random tear = new Random(0);

  private final ModelNode node;
  private final List<FakeMachine.Vf> vfs;
  private final Catalog first;

  /** After so long without a flap every link is relied on. */
  private static final Duration LONGEST = ModelNode.DAMPING.multipliedBy(30);

  /** By id; they begin with the VF, so that a choice means the same if other steps are left out. */
  private final TreeMap<String, ModelPod> pods = new TreeMap<>();

  /** Connections that a pod has asked for, by id; also those that were closed or never made. */
  private final TreeMap<String, ModelPod> asked = new TreeMap<>();

  /** The catalog that was read last, and what it tells by address. */
  private Catalog read = Catalog.getDefaultInstance();

  private final Map<String, VirtualFunction> catalog = new HashMap<>();

  /** What served a connection last, by VF, and whose it was before. */
  private final Map<PciAddress, Lent> latest = new HashMap<>();

  private final TreeMap<String, Lent> former = new TreeMap<>();
  private final List<String> told = new ArrayList<>();
  private final Random random = new Random(0);
  private int count;
  private int settling;
  private Instant steady = Instant.MIN;
  private long agreed;

  ModelRun() {
    node = new ModelNode(tear, 64);
    vfs = List.copyOf(node.machine.vfs());
    first = unversioned(node.seen);
  }

  @Override
  public void close() {
    node.close();
  }

  private static Catalog unversioned(Catalog catalog) {
    return catalog.toBuilder().clearVersion().build();
  }

  /** How many requests came to an agreement. */
  long agreed() {
    return agreed;
  }

  /** The steps so far, in words. */
  List<String> told() {
    return told;
  }

  // ---- steps ----

  /**
   * Takes a step and looks whether all is as it must be. What cannot happen as things are is no
   * step, and neither is what only decides how a later one ends: then another is chosen.
   */
  void step(long number) {
    random.setSeed(number);
    tear.setSeed(number);
    told.add("");
    try {
      boolean taken = false;
      while (!taken) {
        Step step = Step.of(random);
        tell(step.name());
        taken = take(step);
      }
    } catch (Life.Killed e) {
      tell("killed");
    } catch (Failure refused) {
      boolean killed = node.life.over();
      tell(refused.getMessage());
      assertTrue(killed || !NEVER.contains(refused.kind()), refused.getMessage());
    }
    if (node.life.over()) {
      tell("restarts");
      node.restart(random.nextBoolean() ? random.nextInt(12) : Integer.MAX_VALUE);
    }
    check();
    if (++count % 100 == 0) {
      checkReplay();
    }
  }

  private void tell(String what) {
    told.set(told.size() - 1, (told.getLast() + " " + what).stripLeading());
  }

  /** Says whether it happened. */
  private boolean take(Step step) {
    return switch (step) {
      case ALLOCATE -> allocate(pick(NAMES), true);
      case RACE -> allocate(pick(NAMES), false);
      case REQUEST -> happens(anyPod(), this::request);
      case REFRESH -> happens(anyConnection(), id -> ask(id, asked.get(id)));
      case CLOSE -> anyConnection().filter(this::close).isPresent();
      case POD_KILL -> happens(anyPod(), this::killPod);
      case TICK -> tick(Duration.ofMillis(250L * (1 + random.nextInt(16))));
      case LOSE_VF -> lose(pick(vfs));
      case FIND_VF -> find(pick(vfs));
      case RESET_PF -> reset(pick(FakeMachine.PFS));
      case LOSE_PF -> slot(pick(FakeMachine.PFS), false);
      case FIND_PF -> slot(pick(FakeMachine.PFS), true);
      case LINK_DOWN -> cable(pick(FakeMachine.PFS), false);
      case LINK_UP -> cable(pick(FakeMachine.PFS), true);
      case LATE_DELETE -> any(former).filter(late -> lateDelete(late.getValue())).isPresent();
      case RELEASE -> release(pick(vfs));
      case KUBELET_RESTART -> kubeletRestart();
      case PLUGIN_KILL -> pluginKill();
      case MANAGER_KILL -> {
        node.life.endAfter(random.nextInt(40));
        yield false;
      }
      case NEXT_HOP -> {
        node.vlan = random.nextInt(4) == 0 ? -1 : 100 + random.nextInt(3);
        yield false;
      }
    };
  }

  private static <T> boolean happens(Optional<T> to, Consumer<T> what) {
    to.ifPresent(what);
    return to.isPresent();
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** The one of a VF, or of the next one that has any. */
  private <T> Optional<Map.Entry<String, T>> any(TreeMap<String, T> all) {
    Map.Entry<String, T> next = all.ceilingEntry(pick(vfs).text);
    return Optional.ofNullable(next == null ? all.firstEntry() : next);
  }

  private Optional<ModelPod> anyPod() {
    return any(pods).map(Map.Entry::getValue);
  }

  private Optional<String> anyConnection() {
    return any(asked).map(Map.Entry::getKey);
  }

  private String id(FakeMachine.Vf vf, String what) {
    return vf.text + what + Integer.toHexString(random.nextInt() >>> 16);
  }

  /**
   * The kubelet gives a device to a new pod: one that it has not given away under this name.
   *
   * @param healthy only one that it is told is healthy, else any: its list may be old
   */
  private boolean allocate(ResourceName name, boolean healthy) {
    FakeMachine.Vf vf = pick(vfs);
    boolean given =
        pods.values().stream().anyMatch(pod -> pod.vf() == vf && pod.name().equals(name));
    if (given || (healthy && !advertised(vf, name))) {
      return false;
    }
    String id = id(vf, "-p");
    tell(id + " " + name);
    String token = node.reserve(name, vf);
    pods.values().stream()
        .filter(ModelPod::shows) // of one that never shows the reservation ages out
        .forEach(pod -> assertTrue(pod.vf() != vf, () -> vf.text + " is granted twice: " + pod));
    pods.put(id, new ModelPod(id, name, vf, token, random.nextInt(12) > 0));
    node.machine.podStarts(pods.get(id).namespace());
    return true;
  }

  /** What the kubelet is told of a device (contracts/kubelet.md section 1). */
  private boolean advertised(FakeMachine.Vf vf, ResourceName name) {
    return known(vf)
        .filter(told ->
            switch (told.getState()) {
              case FREE -> true;
              case RESERVED, HELD ->
                  told.getOwner().getResourceName().equals(name.toString())
                      && told.getFault().isEmpty();
              default -> false;
            })
        .isPresent();
  }

  private Optional<VirtualFunction> known(FakeMachine.Vf vf) {
    if (node.seen != read) {
      read = node.seen;
      catalog.clear();
      read.getFunctionsList().forEach(function -> catalog.put(function.getPciAddress(), function));
    }
    return Optional.ofNullable(catalog.get(vf.text));
  }

  private void request(ModelPod pod) {
    String id = id(pod.vf(), "-c");
    asked.put(id, pod);
    ask(id, pod);
  }

  private void ask(String id, ModelPod pod) {
    tell(id + " of " + pod.id());
    var unused = node.request(pod, id, pod.vf().number % 2 == 0 ? pod.token() : "");
    agreed++;
  }

  /** Also of one that was closed or was never made, which changes nothing. */
  private boolean close(String id) {
    tell(id);
    if (random.nextBoolean()) {
      asked.remove(id);
    }
    boolean open = node.sessions.find("here-" + id).isPresent();
    node.sessions.close("here-" + id);
    return open;
  }

  /** With its namespace; its connections may still be asked for again, and closed late. */
  private void killPod(ModelPod pod) {
    tell(pod.id());
    pods.remove(pod.id());
    node.machine.podEnds(pod.namespace());
    asked.values().removeIf(owner -> owner == pod && random.nextInt(4) > 0);
  }

  /** Time goes on, the kubelet is asked, and the manager looks. */
  private boolean tick(Duration duration) {
    node.time.advance(duration);
    boolean settled = settling <= 0;
    settling--;
    try {
      report(settled);
    } finally {
      node.sendHome();
      if (node.time.now().minus(duration).isBefore(steady)) {
        node.stock.look(); // as its threads do
      }
    }
    return true;
  }

  /** What device-plugin reads in the kubelet's list; one that is not settled may lack pods. */
  private void report(boolean settled) {
    List<Use> uses = new ArrayList<>();
    for (ModelPod pod : pods.values()) {
      if (pod.shows() && (settled || random.nextBoolean())) {
        uses.add(pod.use());
      }
    }
    node.report(uses, !settled);
  }

  /** For some time it does not know all its pods. */
  private boolean kubeletRestart() {
    settling = 1 + random.nextInt(20);
    report(false);
    return true;
  }

  /** Another one starts: it is told all, and asks a kubelet of which it knows nothing. */
  private boolean pluginKill() {
    node.follow();
    report(false);
    return true;
  }

  private boolean lose(FakeMachine.Vf vf) {
    if (!vf.plugged()) {
      return false;
    }
    tell(vf.text);
    node.machine.lose(vf.address);
    node.stock.look();
    return true;
  }

  private boolean find(FakeMachine.Vf vf) {
    if (vf.plugged() || !node.machine.in(vf.pf)) {
      return false;
    }
    tell(vf.text);
    node.machine.find(vf.address);
    node.stock.look();
    return true;
  }

  private boolean reset(PciAddress pf) {
    if (!node.machine.in(pf)) {
      return false;
    }
    tell(pf.toString());
    node.machine.reset(pf);
    node.stock.look();
    return true;
  }

  private boolean slot(PciAddress pf, boolean in) {
    if (node.machine.in(pf) == in) {
      return false;
    }
    tell(pf.toString());
    node.machine.slot(pf, in);
    node.stock.look();
    steady = node.time.now().plus(LONGEST);
    return true;
  }

  private boolean cable(PciAddress pf, boolean in) {
    if (node.machine.cabled(pf) == in || !node.machine.in(pf)) {
      return false;
    }
    tell(pf.toString());
    node.machine.cable(pf, in);
    node.stock.look();
    steady = node.time.now().plus(LONGEST);
    return true;
  }

  /** Whoever had a VF before says that he is done with it. */
  private boolean lateDelete(Lent late) {
    String connection = late.hold().connection();
    if (node.ledger.serves(late.address(), connection)) {
      return false;
    }
    tell(connection);
    node.homecoming.comeHome(late);
    node.ledger.advance(late.address(), connection, Hold.Step.RETURNING);
    node.ledger.home(late.address(), connection);
    return true;
  }

  /** An operator frees what no pod has. */
  private boolean release(FakeMachine.Vf vf) {
    if (node.ledger.find(vf.address).isEmpty()
        || pods.values().stream().anyMatch(pod -> pod.vf() == vf)) {
      return false;
    }
    tell(vf.text);
    node.release(vf);
    return true;
  }

  // ---- what must be true ----

  private void check() {
    for (FakeMachine.Vf vf : vfs) {
      Optional<Claim> claim = node.ledger.find(vf.address);
      checkMachine(vf, claim.map(Claim::hold).orElse(Hold.NONE));
      checkAdvertised(vf, claim, known(vf));
      claim.ifPresent(known -> remember(vf.address, known));
    }
    for (ModelPod pod : pods.values()) {
      if (pod.shows()) {
        checkPod(pod, node.ledger.find(pod.vf().address), known(pod.vf()));
      }
    }
  }

  /**
   * A VF that serves nobody is as it was; one that is in a pod is known to be there, and tagged.
   */
  private void checkMachine(FakeMachine.Vf vf, Hold hold) {
    assertTrue(hold.present() || vf.untouched(), () -> "serves nobody, yet is changed: " + vf);
    if (!vf.namespace().isEmpty()) {
      assertEquals(hold.namespace(), vf.namespace(), () -> "in another's pod: " + vf);
      assertTrue(vf.settings().vlan() != 0, () -> "in a pod without a VLAN: " + vf);
    }
  }

  /**
   * Whatever is healthy is there and has carrier; whatever is claimed is told, and withdrawn under
   * all other names.
   */
  private void checkAdvertised(
      FakeMachine.Vf vf, Optional<Claim> claim, Optional<VirtualFunction> told) {
    State state = told.map(VirtualFunction::getState).orElse(State.BROKEN);
    boolean well = vf.usable() && node.machine.lit(vf);
    boolean faulty = told.filter(function -> !function.getFault().isEmpty()).isPresent();
    assertTrue(state != State.FREE || well, () -> "free, yet not there: " + vf);
    assertTrue(claim.isEmpty() || well || faulty, () -> "told to be well: " + vf + told);
    assertTrue(claim.isEmpty() || told.isPresent(), () -> "a claim is not told: " + vf);
    boolean rest = node.time.now().isBefore(steady);
    assertTrue(!faulty || !well || rest, () -> "told to be at fault: " + told);
    if (claim.isPresent() && told.isPresent()) {
      assertEquals(claim.get().state(), state, () -> vf + " is told otherwise");
      assertEquals(
          claim.get().grant().resource(),
          told.get().getOwner().getResourceName(),
          () -> vf + " is told to be another's");
    }
    boolean free = claim.isEmpty() && well && !faulty;
    assertTrue(!free || state == State.FREE, () -> "free, yet told " + told + ": " + vf);
  }

  /** A pod keeps what it was given, and it stays healthy, until the pod ends. */
  private static void checkPod(ModelPod pod, Optional<Claim> has, Optional<VirtualFunction> told) {
    assertTrue(has.isPresent(), () -> "a pod has lost its VF: " + pod);
    Claim claim = has.get();
    assertEquals(pod.use().getResourceName(), claim.grant().resource(), () -> "another's: " + pod);
    assertEquals("", claim.draining(), () -> "of a living pod: " + pod);
    boolean others = claim.use().seen() && !claim.use().pod().equals(pod.id());
    assertTrue(!others, () -> pod + " shares with " + claim);
    assertTrue(
        !claim.hold().present() || claim.hold().namespace().equals(pod.namespace()),
        () -> pod + " has what serves " + claim.hold());
    assertTrue(
        told.filter(vf -> vf.getState() != claim.state()).isEmpty(), () -> "not healthy: " + pod);
  }

  private void remember(PciAddress vf, Claim claim) {
    Hold hold = claim.hold();
    Lent last = latest.get(vf);
    if (hold.present() && (last == null || !last.hold().connection().equals(hold.connection()))) {
      Lent now = new Lent(vf.toString(), hold, "");
      latest.put(vf, now);
      former.put(now.vf(), last == null ? now : last);
    }
  }

  private void checkReplay() {
    try (Ledger replayed = node.replayed()) {
      assertEquals(node.ledger.claims(), replayed.claims(), "the ledger, replayed");
    }
  }

  /** All pods end, what was lost is found, and time passes: then all is as it was at first. */
  void end() {
    told.add("END");
    random.setSeed(0);
    node.life.endAfter(Integer.MAX_VALUE);
    node.vlan = 100;
    settling = 0;
    List.copyOf(pods.values()).forEach(this::killPod);
    FakeMachine.PFS.forEach(pf -> node.machine.slot(pf, true));
    FakeMachine.PFS.forEach(pf -> cable(pf, true));
    steady = node.time.now().plus(LONGEST);
    vfs.forEach(vf -> node.machine.find(vf.address));
    node.stock.look();
    for (int i = 0; i < 30; i++) {
      tick(Duration.ofSeconds(40));
    }
    check();
    checkReplay();
    assertEquals(Map.of(), node.ledger.claims());
    assertEquals(List.of(), node.sessions.all().stream().map(session -> session.id()).toList());
    vfs.forEach(vf -> assertTrue(vf.untouched() && vf.usable(), vf::toString));
    assertEquals(first, unversioned(node.seen));
  }
}

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * One sequence of steps over a {@link ModelNode}: the kubelet, its pods and all that befalls them;
 * and what must be true after each step. A step is a number from which all its choices follow.
 */
final class ModelRun {
  /** What can happen, and how often of a thousand times. */
  enum Step {
    ALLOCATE(150),
    RACE(40),
    REQUEST(170),
    REFRESH(100),
    CLOSE(60),
    POD_KILL(100),
    TICK(250),
    LOSE_VF(12),
    FIND_VF(24),
    RESET_PF(2),
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

  /** The most refusals of one kind that a step may meet are all but these. */
  private static final Failure.Kind NEVER = Failure.Kind.INTERNAL;

  private final ModelNode node;
  private final List<FakeMachine.Vf> vfs;
  private final Catalog first;
  private final Map<String, ModelPod> pods = new TreeMap<>();

  /** Connections that a pod has asked for, by id; also those that were closed or never made. */
  private final Map<String, ModelPod> asked = new TreeMap<>();

  private final List<Lent> former = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private Random random = new Random(0);
  private int count;
  private int settling;

  ModelRun(long seed) {
    node = new ModelNode(new Random(seed));
    vfs = List.copyOf(node.machine.vfs());
    first = unversioned(node.seen);
  }

  private static Catalog unversioned(Catalog catalog) {
    return catalog.toBuilder().clearVersion().build();
  }

  /** The steps so far, in words. */
  List<String> told() {
    return told;
  }

  // ---- steps ----

  /** Takes a step and looks whether all is as it must be. */
  void step(long number) {
    random = new Random(number);
    Step step = Step.of(random);
    told.add(step.name());
    try {
      take(step);
    } catch (Life.Killed e) {
      tell("killed");
    } catch (Failure refused) {
      boolean killed = node.life.over();
      tell(refused.getMessage());
      assertTrue(killed || refused.kind() != NEVER, refused.getMessage());
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
    told.set(told.size() - 1, told.getLast() + " " + what);
  }

  private void take(Step step) {
    switch (step) {
      case ALLOCATE -> allocate(pick(NAMES), true);
      case RACE -> allocate(pick(NAMES), false);
      case REQUEST -> anyPod().ifPresent(this::request);
      case REFRESH -> anyConnection().ifPresent(id -> ask(id, asked.get(id)));
      case CLOSE -> anyConnection().ifPresent(this::close);
      case POD_KILL -> anyPod().ifPresent(this::killPod);
      case TICK -> tick(Duration.ofMillis(250L * (1 + random.nextInt(16))));
      case LOSE_VF -> lose(pick(vfs));
      case FIND_VF -> find(pick(vfs));
      case RESET_PF -> reset(pick(FakeMachine.PFS));
      case LATE_DELETE -> lateDelete();
      case RELEASE -> release(pick(vfs));
      case KUBELET_RESTART -> settling = 1 + random.nextInt(20);
      case PLUGIN_KILL -> node.follow();
      case MANAGER_KILL -> node.life.endAfter(random.nextInt(40));
      case NEXT_HOP -> node.vlan = random.nextInt(4) == 0 ? -1 : 100 + random.nextInt(3);
    }
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private Optional<ModelPod> anyPod() {
    return pods.isEmpty() ? Optional.empty() : Optional.of(pick(List.copyOf(pods.values())));
  }

  private Optional<String> anyConnection() {
    return asked.isEmpty() ? Optional.empty() : Optional.of(pick(List.copyOf(asked.keySet())));
  }

  /**
   * The kubelet gives a device to a new pod: one that it has not given away under this name.
   *
   * @param healthy only one that it is told is healthy, else any: its list may be old
   */
  private void allocate(ResourceName name, boolean healthy) {
    FakeMachine.Vf vf = pick(vfs);
    boolean given =
        pods.values().stream().anyMatch(pod -> pod.vf() == vf && pod.name().equals(name));
    if (given || (healthy && !advertised(vf, name))) {
      return;
    }
    String id = "p" + told.size();
    tell(id + " " + name + " " + vf.address);
    String token = node.reserve(name, vf);
    pods.values()
        .forEach(pod -> assertTrue(pod.vf() != vf, vf.address + " is granted twice: " + pod));
    pods.put(id, new ModelPod(id, name, vf, token, random.nextInt(12) > 0));
    node.machine.podStarts(pods.get(id).namespace());
  }

  /** What the kubelet is told of a device (contracts/kubelet.md section 1). */
  private boolean advertised(FakeMachine.Vf vf, ResourceName name) {
    return known(vf)
        .filter(told ->
            switch (told.getState()) {
              case FREE -> true;
              case RESERVED, HELD -> told.getOwner().getResourceName().equals(name.toString());
              default -> false;
            })
        .isPresent();
  }

  private Optional<VirtualFunction> known(FakeMachine.Vf vf) {
    String address = vf.address.toString();
    return node.seen.getFunctionsList().stream()
        .filter(function -> function.getPciAddress().equals(address))
        .findFirst();
  }

  private void request(ModelPod pod) {
    String id = "c" + told.size();
    asked.put(id, pod);
    ask(id, pod);
  }

  private void ask(String id, ModelPod pod) {
    tell(id + " of " + pod.id() + " " + pod.vf().address);
    var unused = node.request(pod, id, pod.vf().number % 2 == 0 ? pod.token() : "");
  }

  private void close(String id) {
    tell(id);
    if (random.nextBoolean()) {
      asked.remove(id);
    }
    node.sessions.close("here-" + id);
  }

  /** With its namespace; its connections may still be asked for again, and closed late. */
  private void killPod(ModelPod pod) {
    tell(pod.id() + " " + pod.vf().address);
    pods.remove(pod.id());
    node.machine.podEnds(pod.namespace());
    asked.values().removeIf(owner -> owner == pod && random.nextInt(4) > 0);
  }

  /** Time goes on, the kubelet is asked, and the manager looks. */
  private void tick(Duration duration) {
    node.time.advance(duration);
    boolean settled = settling <= 0;
    List<Use> uses =
        pods.values().stream()
            .filter(pod -> pod.shows() && (settled || random.nextBoolean()))
            .map(ModelPod::use)
            .toList();
    settling--;
    try {
      node.report(uses, !settled);
    } finally {
      node.sendHome();
    }
  }

  private void lose(FakeMachine.Vf vf) {
    tell(vf.address.toString());
    node.machine.lose(vf.address);
    node.stock.look();
  }

  private void find(FakeMachine.Vf vf) {
    tell(vf.address.toString());
    node.machine.find(vf.address);
    node.stock.look();
  }

  private void reset(PciAddress pf) {
    tell(pf.toString());
    node.machine.reset(pf);
    node.stock.look();
  }

  /** Whoever had a VF before says that he is done with it. */
  private void lateDelete() {
    if (!former.isEmpty()) {
      Lent late = former.get(random.nextInt(former.size()));
      boolean stands = node.ledger.serves(late.address(), late.hold().connection());
      if (!stands) {
        tell(late.vf() + " " + late.hold().connection());
        node.homecoming.comeHome(late);
        node.ledger.advance(late.address(), late.hold().connection(), Hold.Step.RETURNING);
        node.ledger.home(late.address(), late.hold().connection());
      }
    }
  }

  /** An operator frees what no pod has. */
  private void release(FakeMachine.Vf vf) {
    if (pods.values().stream().noneMatch(pod -> pod.vf() == vf)) {
      tell(vf.address.toString());
      node.release(vf);
    }
  }

  // ---- what must be true ----

  private void check() {
    Map<PciAddress, Claim> claims = node.ledger.claims();
    Map<PciAddress, VirtualFunction> catalog = new TreeMap<>();
    node.seen
        .getFunctionsList()
        .forEach(function -> catalog.put(PciAddress.parse(function.getPciAddress()), function));
    for (FakeMachine.Vf vf : vfs) {
      Optional<Claim> claim = Optional.ofNullable(claims.get(vf.address));
      checkMachine(vf, claim.map(Claim::hold).orElse(Hold.NONE));
      checkAdvertised(vf, claim, Optional.ofNullable(catalog.get(vf.address)));
    }
    pods.values().stream()
        .filter(ModelPod::shows)
        .forEach(pod -> checkPod(pod, claims, catalog.get(pod.vf().address)));
    claims.forEach(this::remember);
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

  /** Whatever is healthy is there; whatever is claimed is withdrawn under all other names. */
  private static void checkAdvertised(
      FakeMachine.Vf vf, Optional<Claim> claim, Optional<VirtualFunction> told) {
    State state = told.map(VirtualFunction::getState).orElse(State.BROKEN);
    assertTrue(state != State.FREE || vf.usable(), () -> "free, yet not there: " + vf);
    if (claim.isPresent() && told.isPresent()) {
      assertEquals(claim.get().state(), state, () -> vf + " is told otherwise");
      assertEquals(
          claim.get().grant().resource(),
          told.get().getOwner().getResourceName(),
          () -> vf + " is told to be another's");
    }
    boolean free = claim.isEmpty() && vf.usable();
    assertTrue(!free || state == State.FREE, () -> "free, yet told " + told + ": " + vf);
  }

  /** A pod keeps what it was given, and it stays healthy, until the pod ends. */
  private static void checkPod(ModelPod pod, Map<PciAddress, Claim> claims, VirtualFunction told) {
    Claim claim = claims.get(pod.vf().address);
    assertTrue(claim != null, () -> "a pod has lost its VF: " + pod);
    assertEquals(pod.name().toString(), claim.grant().resource(), () -> "another's: " + pod);
    assertEquals("", claim.draining(), () -> "of a living pod: " + pod);
    boolean others = claim.use().seen() && !claim.use().pod().equals(pod.id());
    assertTrue(!others, () -> pod + " shares with " + claim);
    assertTrue(
        !claim.hold().present() || claim.hold().namespace().equals(pod.namespace()),
        () -> pod + " has what serves " + claim.hold());
    assertTrue(told == null || told.getState() == claim.state(), () -> "not healthy: " + pod);
  }

  private void remember(PciAddress vf, Claim claim) {
    if (claim.hold().present() && random.nextInt(8) == 0) {
      former.add(new Lent(vf.toString(), claim.hold(), ""));
      if (former.size() > 100) {
        former.removeFirst();
      }
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
    random = new Random(0);
    node.life.endAfter(Integer.MAX_VALUE);
    node.vlan = 100;
    settling = 0;
    List.copyOf(pods.values()).forEach(this::killPod);
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

package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.State;
import io.patchbay.base.Await;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NetdevPlace;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * sriov-manager as a process over a simulated NIC, killed by SIGKILL at each act that can be seen
 * from outside, one after the other; and what its successor makes of what it finds. What KilledTest
 * of sriov-manager does in one process, with the real files, sockets and namespaces.
 */
@Tag("kills")
class KilledProcessTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final String RESOURCE = "example.com/100g";
  private static final String CONFIG =
      """
      physicalFunctions:
        "0000:3b:00.0":
          pfKernelDriver: ice
          vfKernelDriver: iavf
          capabilities: [100g]
          serviceDomains: [example.com]
      """;
  private static final String CONNECTION = "c1";
  private static final int VFS = 3;

  /** Where it begins: {@code -Dkills.first} repeats a failure soon. */
  private static final int FIRST = Integer.getInteger("kills.first", 0);

  /** The most acts that may be seen. */
  private static final int MOST = 300;

  /** Of the pod whose VF lives and dies, and of one that has its own all the time. */
  private static final int VF = 1;

  private static final int OTHER = 2;

  @TempDir(factory = OnDisk.class)
  Path folder;

  private final Stack opened = new Stack();
  private final ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
  private Acts acts;
  private NetworkNamespace home;
  private MachineNics nics;
  private ManagedNode node;
  private Path log;
  private NetworkNamespace pod;
  private int pods;

  /** A file system on which fsync takes its time. */
  static final class OnDisk implements org.junit.jupiter.api.io.TempDirFactory {
    @Override
    public Path createTempDirectory(
        org.junit.jupiter.api.extension.AnnotatedElementContext element,
        org.junit.jupiter.api.extension.ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target/kills")), "node");
    }
  }

  @BeforeEach
  void powerOn() throws IOException {
    Path sysfs = folder.resolve("pci").toAbsolutePath();
    Path netlink = folder.resolve("netlink").toAbsolutePath();
    home = opened.push(NetworkNamespace.create());
    acts = opened.push(new Acts(() -> node.strike(this::looksSound)));
    Cable cable = opened.push(new Cable("kills"));
    NicHardware nic =
        new NicHardware(
            PF,
            "pf0",
            MacAddress.parse("02:00:00:00:01:00"),
            VFS,
            NicModel.E810,
            NicHardware.Slot.PLAIN);
    nics =
        opened.push(
            MachineNics.open(
                new MachineNics.Machine(home, sysfs, netlink, acts),
                List.of(new MachineNics.Plugged(nic, cable.nicEnd()))));
    home.links().up(home.links().require("pf0").index());
    log = folder.resolve("manager.log").toAbsolutePath();
    node = opened.push(new ManagedNode(folder.toAbsolutePath(), log));
    node.configure(CONFIG);
    node.simulated(home, sysfs, netlink);
    acts.watch("home", home);
    acts.watch(node.state());
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  // ---- what a killed process leaves ----

  /** Between a process and its successor: whatever it was at, its journals can be read. */
  private void looksSound() {
    try {
      entries("ledger");
      entries("sessions");
    } catch (RuntimeException | IOException e) {
      wrong.add(e);
    }
  }

  private Map<String, String> entries(String journal) throws IOException {
    Path copy = Files.createTempDirectory(folder, "copy").resolve(journal);
    Path file = node.state().resolve(journal);
    if (Files.exists(file)) {
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    try (Journal replayed = Journal.open(copy)) {
      return replayed.entries();
    }
  }

  // ---- what others do, again and again until it is done ----

  private <T> T insist(String what, Supplier<T> act) {
    List<Throwable> refusals = new ArrayList<>();
    for (int tries = 0; tries < 20; tries++) {
      try {
        return act.get();
      } catch (StatusRuntimeException e) {
        refusals.add(e);
        var unused = Await.comesTrue(Duration.ofMillis(100L * tries), () -> false);
        if (e.getStatus().getCode() != io.grpc.Status.Code.UNAVAILABLE) {
          closeIfPossible();
        }
      }
    }
    throw new AssertionError(what + " does not come: " + refusals, refusals.getLast());
  }

  private void insist(String what, Runnable act) {
    insist(
        what,
        () -> {
          act.run();
          return true;
        });
  }

  /** As clients do before they ask again. */
  private void closeIfPossible() {
    try {
      node.close(CONNECTION);
    } catch (StatusRuntimeException e) {
      System.out.println("cannot close: " + e.getStatus());
    }
  }

  private void await(String what, BooleanSupplier condition) {
    boolean so =
        Await.comesTrue(
            ManagedNode.PATIENCE,
            () -> {
              try {
                return condition.getAsBoolean();
              } catch (StatusRuntimeException killed) {
                return false;
              }
            });
    assertTrue(so, () -> "not " + what + ": " + vf(VF) + " " + node.catalog());
  }

  private VfSnapshot vf(int number) {
    return nics.snapshot().getFirst().vfs().get(number);
  }

  private boolean is(int number, State state) {
    return node.listed(address(number)).filter(vf -> vf.getState() == state).isPresent();
  }

  private PciAddress address(int number) {
    return vf(number).address();
  }

  private boolean untouched(int number) {
    VfSnapshot vf = vf(number);
    Optional<NetdevPlace> place = vf.binding().netdev();
    return vf.defaultMac()
        && vf.settings().vlan() == 0
        && vf.settings().spoofCheck()
        && place.filter(NetdevPlace::home).isPresent()
        && place.get().name().equals("pf0v" + number);
  }

  private void isInThePod(int vlan) {
    await("in the pod", () -> is(VF, State.HELD) && owner(VF).equals("p" + pods));
    assertEquals(vlan, vf(VF).settings().vlan());
    NetdevPlace place = vf(VF).binding().netdev().orElseThrow();
    assertEquals(new NetdevPlace("nsm-1", false, pod.inode()), place);
  }

  private String owner(int number) {
    return node.listed(address(number)).orElseThrow().getOwner().getPodName();
  }

  private void isHome() {
    await("home", () -> untouched(VF) && is(VF, State.RESERVED));
  }

  // ---- one life of a VF ----

  private void begin() {
    await("all VFs are offered", () -> node.catalog().getFunctionsCount() == VFS);
    await("all are free", () -> is(0, State.FREE) && is(VF, State.FREE) && is(OTHER, State.FREE));
    var unused =
        insist("a VF for the other pod", () -> node.allocate(RESOURCE, address(OTHER), "other"));
  }

  /** Reserved, in a pod, on another VLAN, home, in the pod again, and free when the pod ends. */
  private void live() throws IOException {
    String name = "p" + ++pods;
    try (NetworkNamespace mine = NetworkNamespace.create()) {
      pod = mine;
      Process inhabitant = inhabit(mine);
      String token = insist("a VF", () -> node.allocate(RESOURCE, address(VF), name));
      node.vlan = 100;
      var first = insist("a request", () -> node.request(CONNECTION, pod, token));
      assertEquals(CONNECTION, first.getPath().getPathSegments(0).getId());
      isInThePod(100);
      node.vlan = 101;
      var other = insist("another VLAN", () -> node.request(CONNECTION, pod, token));
      assertEquals(first.getNetworkService(), other.getNetworkService());
      isInThePod(101);
      insist("a close", () -> node.close(CONNECTION));
      isHome();
      var unused = insist("a second request", () -> node.request(CONNECTION, pod, token));
      isInThePod(101);
      inhabitant.destroyForcibly().onExit().join();
    }
    insist("the end of the pod", () -> node.podEnds(name));
    await("home again", () -> untouched(VF)); // before the kubelet's patience ends
    await("free", this::reportedAndFree);
    nothingIsLeft();
  }

  /**
   * A process in a namespace. Not started from within: Java's thread that waits for its end would
   * stay there for a minute.
   */
  private static Process inhabit(NetworkNamespace namespace) throws IOException {
    Process process = new ProcessBuilder("nsenter", "--net=" + namespace.path(), "cat").start();
    Await.until(
        "inhabited",
        ManagedNode.PATIENCE,
        () -> Namespaces.isInhabited(namespace.device(), namespace.inode()));
    return process;
  }

  private boolean reportedAndFree() {
    node.report();
    return is(VF, State.FREE);
  }

  private void nothingIsLeft() throws IOException {
    await("no session is left", () -> noSession());
    assertEquals(Set.of("boot", address(OTHER).toString()), entries("ledger").keySet());
    await("the other's", () -> is(OTHER, State.RESERVED) && owner(OTHER).equals("other"));
    assertTrue(untouched(0) && untouched(VF) && untouched(OTHER));
    assertEquals(List.of(), List.copyOf(wrong));
  }

  private boolean noSession() {
    try {
      return entries("sessions").isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /** Once it is over, a kill that came with its very last act has its successor. */
  private boolean killedIn(Life life, int act, Predicate<String> counted) throws IOException {
    acts.endAt(act, counted);
    try {
      life.live();
    } catch (RuntimeException | AssertionError e) {
      String said = Files.readString(log);
      String tail = said.substring(Math.max(0, said.length() - 8000));
      String what = "killed at act " + act + ", " + acts.end() + ": " + e.getMessage();
      throw new AssertionError(what + "\n" + tail, e);
    }
    acts.endNowhere();
    return acts.end().isPresent();
  }

  /** What is repeated, and what is done before without being watched. */
  private interface Life {
    void live() throws IOException;

    default void prepare() throws IOException {}
  }

  /** Kills at each act in turn until one is beyond the last. */
  private int killEverywhere(String what, Life life, Predicate<String> counted) throws IOException {
    List<String> ends = new ArrayList<>();
    for (int act = FIRST; act < MOST; act++) {
      life.prepare();
      if (!killedIn(life, act, counted)) {
        System.out.println("sriov-manager was killed " + ends.size() + " times in " + what + ":");
        new TreeSet<>(ends).forEach(end -> System.out.println("  " + end));
        return ends.size();
      }
      ends.add(acts.end().orElseThrow());
    }
    throw new AssertionError("more than " + MOST + " acts");
  }

  @Test
  void atEachActOfALifeASuccessorGoesOn() throws IOException {
    node.start();
    begin();
    int kills = killEverywhere("a VF's life", this::live, act -> true);
    assertTrue(kills + FIRST > 40, kills + " acts are too few");
  }

  /** The process that makes the VFs and binds them. */
  @Test
  void atEachActOfTheFirstStartASuccessorGoesOn() throws IOException {
    int kills = killEverywhere("a first start", new FirstStart(), act -> true);
    assertTrue(kills + FIRST > 15, kills + " acts are too few");
  }

  private final class FirstStart implements Life {
    @Override
    public void prepare() throws IOException {
      if (Files.exists(node.state())) {
        node.kill();
        removeState();
        Path pf = folder.resolve("pci/devices/" + PF);
        Files.writeString(pf.resolve("sriov_numvfs"), "0", StandardOpenOption.WRITE);
      }
      node.start();
    }

    @Override
    public void live() throws IOException {
      begin();
      nothingIsLeft();
    }
  }

  private void removeState() throws IOException {
    try (var files = Files.newDirectoryStream(node.state())) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /** Both journals are near the size at which they replace themselves. */
  @Test
  void atEachActOfCompactionASuccessorGoesOn() throws IOException {
    node.start();
    begin();
    int kills = 0;
    for (int room : new int[] {0, 3000}) {
      kills +=
          killEverywhere(
              "a life with a compaction after " + room + " bytes",
              new Compaction(room),
              act -> act.contains(".next") || act.endsWith("is new"));
    }
    assertTrue(kills + FIRST > 3, kills + " acts are too few");
  }

  private final class Compaction implements Life {
    private final int room;

    Compaction(int room) {
      this.room = room;
    }

    @Override
    public void prepare() throws IOException {
      node.kill();
      for (String journal : List.of("ledger", "sessions")) {
        Path file = node.state().resolve(journal);
        long wanted = (4L << 20) - room - Files.size(file);
        Files.write(file, lines(Math.toIntExact(wanted)), StandardOpenOption.APPEND);
      }
      node.start();
    }

    @Override
    public void live() throws IOException {
      KilledProcessTest.this.live();
    }
  }

  /** Lines that say nothing in the end. */
  private static byte[] lines(int size) {
    Written written = new Written();
    try (Journal journal = Journal.open(written)) {
      int overhead = 2 * 200;
      for (int left = size - overhead; left > 0; left -= 500_000) {
        journal.put("0000:ff:00.0", left + "x".repeat(Math.min(left, 500_000)));
      }
      journal.remove("0000:ff:00.0");
    }
    return written.bytes.toByteArray();
  }

  /** What a journal appends. */
  private static final class Written implements Journal.Storage {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public byte[] read() {
      return new byte[0];
    }

    @Override
    public void truncate(long length) {}

    @Override
    public void append(byte[] line) {
      bytes.writeBytes(line);
    }

    @Override
    public void force() {}

    @Override
    public void replace(byte[] whole, boolean durable) {}

    @Override
    public long size() {
      return 0;
    }

    @Override
    public void close() {}
  }
}

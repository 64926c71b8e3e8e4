package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two PFs with two VFs each in a tree of plain files, and a config file that changes. */
class LiveConfigTest {
  private static final PciAddress ONE = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress TWO = PciAddress.parse("0000:5e:00.0");
  private static final Stock.Pace QUICK =
      new Stock.Pace(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(5));

  /** So rarely that in a test only the kernel's news of the folder counts. */
  private static final Duration NEVER = Duration.ofHours(1);

  private static final String LISTED =
      """
        "%s": {pfKernelDriver: ice, vfKernelDriver: %s, capabilities: [%s],
          serviceDomains: [example.com]}
      """;

  private static final String USUAL = listed(ONE, "iavf", "100g") + listed(TWO, "iavf", "100g");

  @TempDir Path bus;
  private Stack opened = new Stack();
  private Path file;
  private Ledger ledger;
  private Stock stock;
  private LiveConfig live;

  @BeforeEach
  void plugIn() throws IOException {
    plugIn(ONE);
    plugIn(TWO);
    Files.createDirectories(bus.resolve("etc"));
    file = bus.resolve("etc/pci.config");
    write(USUAL);
  }

  private void plugIn(PciAddress pf) throws IOException {
    function(pf, "ice");
    Files.writeString(at(pf, "class"), "0x020000\n");
    Files.writeString(at(pf, "sriov_totalvfs"), "2\n");
    Files.writeString(at(pf, "sriov_numvfs"), "2\n");
    for (int i = 0; i < 2; i++) {
      PciAddress vf = pf.plus(1 + i);
      function(vf, "iavf");
      Files.createSymbolicLink(at(pf, "virtfn" + i), bus.resolve("devices/" + vf));
      Files.createSymbolicLink(at(vf, "physfn"), bus.resolve("devices/" + pf));
    }
  }

  private void function(PciAddress address, String driver) throws IOException {
    Files.createDirectories(at(address, "net"));
    Files.createDirectories(bus.resolve("drivers/" + driver));
    Files.createSymbolicLink(at(address, "driver"), bus.resolve("drivers/" + driver));
  }

  private Path at(PciAddress address, String name) {
    return bus.resolve("devices/" + address).resolve(name);
  }

  private static String listed(PciAddress pf, String driver, String capability) {
    return LISTED.formatted(pf, driver, capability);
  }

  /** As a careful editor does: whole, and then in the place of the old one. */
  private void write(String entries) throws IOException {
    Path next = bus.resolve("next");
    Files.writeString(next, "physicalFunctions:\n" + entries);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void start(Duration interval) {
    PciSysfs sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
    NetworkNamespace home = opened.push(NetworkNamespace.own());
    Nics hardware =
        new Nics(
            sysfs,
            new VfControl(
                () -> {
                  throw new IllegalStateException("no PF here has an interface");
                },
                Omission.NONE),
            new VfInterfaces(sysfs, home),
            new Vfio(bus.resolve("vfio"), false, 4094),
            new NodeDevices(bus),
            Omission.NONE,
            new Wiring(CableMap.NONE, "node-1", home, new FakeTime()));
    ledger =
        opened.push(Ledger.open(bus.resolve("ledger"), new FakeTime(), Patience.USUAL, "boot-1"));
    live = LiveConfig.open(file, new Candidates(sysfs), new KeptConfig(bus.resolve("kept")));
    Damping damping = new Damping(new FakeTime(), Duration.ofSeconds(2));
    stock = opened.push(new Stock(live.wanted(), hardware, ledger, () -> damping, QUICK));
    stock.start();
    opened.push(live).start(stock, ledger, interval);
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private static void eventually(String what, BooleanSupplier condition) {
    Await.until(what, Duration.ofSeconds(10), condition);
  }

  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    Catalog catalog = stock.catalog().get();
    catalog.getFunctionsList().forEach(vf -> names.addAll(vf.getResourceNamesList()));
    return names;
  }

  private VirtualFunction vf(PciAddress pf) {
    return stock.catalog().find(pf.plus(1)).orElse(VirtualFunction.getDefaultInstance());
  }

  private void reserve(PciAddress pf) {
    var unused = ledger.reserve(ResourceName.parse("example.com/100g"), List.of(pf.plus(1)));
    ledger.report(
        Map.of(
            pf.plus(1),
            new ClaimRules.Listed("example.com/100g", new Claim.Use("default", "cnf-1", "app", 0))),
        false);
  }

  @Test
  void aNameThatChangesIsToldAtOnce() throws IOException {
    start(NEVER);
    assertEquals(Set.of("example.com/100g"), names());
    write(listed(ONE, "iavf", "100g") + listed(TWO, "iavf", "10g"));
    eventually("both names", () -> names().equals(Set.of("example.com/100g", "example.com/10g")));
    assertEquals(State.FREE, vf(TWO).getState());
    assertEquals(List.of(), live.problems());
    assertTrue(stock.names().contains(ResourceName.parse("example.com/10g")));
  }

  @Test
  void aPfLeavesAndComesBack() throws IOException {
    start(NEVER);
    write(listed(ONE, "iavf", "100g"));
    eventually("gone", () -> stock.catalog().get().getFunctionsCount() == 2);
    assertTrue(stock.catalog().find(TWO.plus(1)).isEmpty());
    write(USUAL);
    eventually("back", () -> vf(TWO).getState() == State.FREE);
  }

  @Test
  void aFileWithAMistakeIsRefusedAndTheOldOneStands() throws IOException {
    start(NEVER);
    write(listed(ONE, "iavf", "100 g"));
    eventually("refused", () -> !live.problems().isEmpty());
    String problem = live.problems().getFirst();
    assertTrue(problem.contains("pci.config:2:"), problem);
    assertTrue(problem.contains("what the file said before stands"), problem);
    assertEquals(4, stock.catalog().get().getFunctionsCount());
    Files.delete(file);
    eventually("missing", () -> live.problems().getFirst().contains("no such file"));
    assertEquals(4, stock.catalog().get().getFunctionsCount());
    write(listed(ONE, "iavf", "100g"));
    eventually("taken", () -> stock.catalog().get().getFunctionsCount() == 2);
    eventually("all well", () -> live.problems().isEmpty());
  }

  @Test
  void aStartWithABrokenFileGoesOnByTheLastThatWasGood() throws IOException {
    write(listed(ONE, "iavf", "100g"));
    start(NEVER);
    eventually("kept", () -> Files.exists(bus.resolve("kept")));
    write(listed(TWO, "iavf", "10g"));
    eventually("taken", () -> names().equals(Set.of("example.com/10g")));
    eventually(
        "kept",
        () ->
            new KeptConfig(bus.resolve("kept")).read().equals(Optional.of(ConfigFile.read(file))));
    opened.close();
    opened = new Stack();
    write(listed(TWO, "iavf", "10 g"));
    start(NEVER);
    assertEquals(Set.of("example.com/10g"), names());
    eventually("told", () -> stock.catalog().get().getConfigProblemsCount() == 1);
    String told = stock.catalog().get().getConfigProblems(0);
    assertTrue(told.contains("pci.config:2:"), told);
    assertTrue(told.contains("what the file said before stands"), told);
    write(USUAL);
    eventually("good again", () -> names().equals(Set.of("example.com/100g")));
    eventually("not told", () -> stock.catalog().get().getConfigProblemsCount() == 0);
  }

  /** A ConfigMap is a link to a link: only the folder's {@code ..data} ever changes. */
  @Test
  void aMountedConfigMapChangesByItsLink() throws IOException {
    Path etc = file.getParent();
    Files.delete(file);
    Files.createDirectories(etc.resolve("..1"));
    Files.createDirectories(etc.resolve("..2"));
    Files.writeString(etc.resolve("..1/pci.config"), "physicalFunctions:\n" + USUAL);
    Files.writeString(
        etc.resolve("..2/pci.config"), "physicalFunctions:\n" + listed(ONE, "iavf", "100g"));
    Files.createSymbolicLink(etc.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(file, Path.of("..data/pci.config"));
    start(NEVER);
    assertEquals(4, stock.catalog().get().getFunctionsCount());
    Files.createSymbolicLink(etc.resolve("..data_tmp"), Path.of("..2"));
    Files.move(etc.resolve("..data_tmp"), etc.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    eventually("noticed", () -> stock.catalog().get().getFunctionsCount() == 2);
  }

  /**
   * Where nothing tells of changes, a look now and then does: here the file is another folder's.
   */
  @Test
  void aChangeThatNobodyTellsOfIsFound() throws IOException {
    Path real = bus.resolve("elsewhere");
    Files.move(file, real);
    Files.createSymbolicLink(file, real);
    start(Duration.ofMillis(50));
    Files.writeString(real, "physicalFunctions:\n" + listed(ONE, "iavf", "100g"));
    eventually("noticed", () -> stock.catalog().get().getFunctionsCount() == 2);
  }

  @Test
  void aVfInUseKeepsItsPfAsItWasUntilItIsFree() throws IOException {
    start(NEVER);
    reserve(ONE);
    write(listed(ONE, "iavf", "ptp") + listed(TWO, "iavf", "10g"));
    eventually("the other PF changes", () -> names().contains("example.com/10g"));
    assertEquals(List.of("example.com/100g"), vf(ONE).getResourceNamesList());
    eventually("refused", () -> !live.problems().isEmpty());
    String problem = live.problems().getFirst();
    assertTrue(problem.contains("pod default/cnf-1"), problem);
    eventually(
        "told", () -> stock.catalog().get().getConfigProblemsList().equals(List.of(problem)));
    VirtualFunction free = stock.catalog().find(ONE.plus(2)).orElseThrow();
    assertEquals(State.BROKEN, free.getState(), "it would put the change off");
    assertTrue(free.getReason().startsWith("is offered to nobody: the config"), free.toString());
    assertEquals(State.RESERVED, vf(ONE).getState());
    ledger.release(List.of(ONE.plus(1)), "test");
    eventually("done now", () -> vf(ONE).getResourceNamesList().equals(List.of("example.com/ptp")));
    eventually("all well", () -> live.problems().isEmpty());
  }

  /** Told as not usable before anything is done to it, so that nobody is granted it meanwhile. */
  @Test
  void anotherDriverMakesAFreeVfUnusableAtOnce() throws IOException {
    start(NEVER);
    write(listed(ONE, "vfio-pci", "100g") + listed(TWO, "iavf", "100g"));
    eventually("unusable", () -> vf(ONE).getState() == State.BROKEN);
    eventually("why", () -> vf(ONE).getReason().equals("has driver iavf instead of vfio-pci"));
    assertEquals(State.FREE, vf(TWO).getState());
  }

  /** Between the look at the catalog and the line in the ledger nothing changes below a grant. */
  @Test
  void aReservationUnderWayIsNotOvertaken() {
    start(NEVER);
    SriovConfig wanted =
        SriovConfigTest.parse("physicalFunctions:\n" + listed(ONE, "vfio-pci", "100g"));
    FutureTask<Failure> change =
        new FutureTask<>(() -> assertThrows(Failure.class, () -> stock.become(wanted)));
    Failure busy =
        stock.unchanged(() -> {
          Thread.ofVirtual().start(change);
          reserve(ONE);
          return result(change);
        });
    assertEquals(Failure.Kind.UNAVAILABLE, busy.kind());
    assertTrue(
        stock.become(wanted).stream().anyMatch(refusal -> refusal.contains("default/cnf-1")));
    assertEquals("iavf", vf(ONE).getDriver());
    assertEquals(State.RESERVED, vf(ONE).getState());
  }

  /**
   * Nothing is to be changed, so nothing has to wait: it would be told as a mistake of the file.
   */
  @Test
  void aConfigThatIsInEffectWaitsForNoReservation() {
    start(NEVER);
    SriovConfig same = SriovConfigTest.parse("physicalFunctions:\n" + USUAL);
    assertEquals(List.of(), stock.unchanged(() -> stock.become(same)));
  }

  private static Failure result(FutureTask<Failure> task) {
    try {
      return task.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A NIC that was plugged in is chosen, one that was pulled out leaves. */
  @Test
  void aSelectorFindsNicsThatComeAndGo() throws IOException {
    Files.move(bus.resolve("devices/" + TWO), bus.resolve("unplugged"));
    Files.writeString(
        file,
        """
        selectors:
          - {drivers: [ice], vfKernelDriver: iavf, capabilities: [fast],
            serviceDomains: [example.com]}
        """);
    start(Duration.ofMillis(50));
    assertEquals(2, stock.catalog().get().getFunctionsCount());
    Files.move(bus.resolve("unplugged"), bus.resolve("devices/" + TWO));
    eventually("found", () -> vf(TWO).getState() == State.FREE);
    assertEquals(Set.of("example.com/fast"), names());
    Files.move(bus.resolve("devices/" + ONE), bus.resolve("unplugged"));
    eventually("gone", () -> stock.catalog().get().getFunctionsCount() == 2);
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.linux.DeviceEvents;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two PFs with a VF each in a tree of plain files, one of which fails in various ways. */
class StockTest {
  private static final PciAddress GOOD = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress BAD = PciAddress.parse("0000:5e:00.0");
  private static final Duration DAY = Duration.ofDays(1);
  private static final Stock.Pace QUICK =
      new Stock.Pace(Duration.ofMillis(20), Duration.ofMillis(20), Duration.ofSeconds(5));

  @TempDir Path bus;
  private final Stack opened = new Stack();
  private final List<Catalog> told = new CopyOnWriteArrayList<>();
  private SriovConfig config;
  private Nics hardware;
  private Ledger ledger;
  private Stock stock;

  @BeforeEach
  void plugIn() throws IOException {
    for (PciAddress pf : List.of(GOOD, BAD)) {
      PciAddress vf = pf.plus(1);
      function(pf, "ice");
      function(vf, "iavf");
      Files.writeString(file(pf, "sriov_totalvfs"), "1\n");
      Files.writeString(file(pf, "sriov_numvfs"), "1\n");
      Files.createSymbolicLink(file(pf, "virtfn0"), bus.resolve("devices/" + vf));
      Files.createSymbolicLink(file(vf, "physfn"), bus.resolve("devices/" + pf));
    }
    Files.writeString(
        bus.resolve("pci.config"),
        """
        physicalFunctions:
          "0000:3b:00.0": &same
            pfKernelDriver: ice
            vfKernelDriver: iavf
            capabilities: [100g]
            serviceDomains: [example.com]
          "0000:5e:00.0": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [10g],
            serviceDomains: [example.com]}
        """
            .replace(" &same", ""));
  }

  private void function(PciAddress address, String driver) throws IOException {
    Files.createDirectories(file(address, "net"));
    Files.createDirectories(bus.resolve("drivers/" + driver));
    Files.createSymbolicLink(file(address, "driver"), bus.resolve("drivers/" + driver));
  }

  private Path file(PciAddress address, String name) {
    return bus.resolve("devices/" + address).resolve(name);
  }

  private void start() {
    start(QUICK);
  }

  private void start(Stock.Pace pace) {
    PciSysfs sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
    NetworkNamespace home = opened.push(NetworkNamespace.own());
    hardware =
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
    config = ConfigFile.read(bus.resolve("pci.config")).select(List.of());
    Damping damping = new Damping(new FakeTime(), Duration.ofSeconds(2));
    stock = opened.push(new Stock(config, hardware, ledger, () -> damping, pace));
    var unused = stock.catalog().follow(told::add);
    stock.start();
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private VirtualFunction vf(PciAddress pf) {
    return stock.catalog().find(pf.plus(1)).orElse(VirtualFunction.getDefaultInstance());
  }

  private void eventually(String what, PciAddress pf, State wanted) {
    Await.until(what, Duration.ofSeconds(10), () -> vf(pf).getState() == wanted);
  }

  @Test
  void nothingIsToldBeforeTheFirstLook() {
    start();
    assertEquals(2, told.getFirst().getFunctionsCount());
    assertEquals(State.FREE, vf(GOOD).getState());
    assertEquals(State.FREE, vf(BAD).getState());
  }

  /** What is told after each change of a claim is what a look at all of it would have told. */
  @Test
  void whatFollowsTheClaimsIsTheSameAsTheWhole() {
    start(new Stock.Pace(DAY, DAY, Duration.ofSeconds(5)));
    ResourceName name = ResourceName.parse("example.com/100g");
    PciAddress nobodys = GOOD.plus(7);
    List<PciAddress> vfs = List.of(GOOD.plus(1), BAD.plus(1), nobodys);
    assertEquals(1, ledger.reserve(name, List.of(nobodys)).size());
    stock.look(); // finds out that there is nothing at that address
    for (int step = 0; step < 200; step++) {
      PciAddress vf = vfs.get(step % vfs.size());
      switch (step * 7 % 5) {
        case 0, 1 -> assertEquals(1, ledger.reserve(name, List.of(vf)).size());
        case 2 -> ledger.troubles().put(vf, "trouble " + step);
        case 3 -> ledger.troubles().clear(vf);
        default -> {
          if (!vf.equals(nobodys)) { // claimed anew it would have to be looked for anew
            ledger.release(List.of(vf), "no more");
          }
        }
      }
      assertLookTellsNothingNew("step " + step);
    }
    ledger.release(List.of(nobodys), "no more");
    assertLookTellsNothingNew("the end of a claim on nothing");
  }

  private void assertLookTellsNothingNew(String after) {
    Catalog followed = stock.catalog().get();
    stock.look();
    assertEquals(followed, stock.catalog().get(), after);
  }

  @Test
  void aPhysicalFunctionThatCannotBeReadIsBrokenAlone() throws IOException {
    start();
    Files.delete(file(BAD, "sriov_totalvfs"));
    Files.createDirectory(file(BAD, "sriov_totalvfs"));
    eventually("broken", BAD, State.BROKEN);
    assertTrue(vf(BAD).getReason().contains("sriov_totalvfs"), vf(BAD).getReason());
    assertEquals(State.FREE, vf(GOOD).getState());
    Files.delete(file(BAD, "sriov_totalvfs"));
    Files.writeString(file(BAD, "sriov_totalvfs"), "1\n");
    eventually("free again", BAD, State.FREE);
  }

  /**
   * Not a number where a number must be: what nobody thought of must not end the looking either.
   */
  @Test
  void nonsenseDoesNotEndTheLooking() throws IOException {
    start();
    Files.writeString(file(BAD, "vendor"), "none\n");
    eventually("broken", BAD, State.BROKEN);
    Files.delete(file(BAD, "vendor"));
    eventually("free again", BAD, State.FREE);
  }

  private void unplug(PciAddress pf) throws IOException {
    Files.move(bus.resolve("devices/" + pf), bus.resolve(pf.toString()));
  }

  private void plug(PciAddress pf) throws IOException {
    Files.move(bus.resolve(pf.toString()), bus.resolve("devices/" + pf));
  }

  @Test
  void aPhysicalFunctionThatAppearsLaterIsTakenUp() throws IOException {
    unplug(BAD);
    start();
    assertEquals(1, told.getLast().getFunctionsCount());
    String absent = "PF " + BAD + ": there is no PCI device " + BAD;
    assertEquals(List.of(absent), told.getLast().getConfigProblemsList());
    plug(BAD);
    eventually("taken up", BAD, State.FREE);
    assertEquals(List.of(), told.getLast().getConfigProblemsList());
  }

  @Test
  void theKernelsWordIsEnough() throws IOException {
    unplug(BAD);
    start(new Stock.Pace(DAY, DAY, Duration.ofSeconds(5)));
    plug(BAD);
    stock.heard(new DeviceEvents.Event.Told("add", "/devices/x", "pci", Optional.of(BAD)));
    eventually("taken up", BAD, State.FREE);
    unplug(BAD);
    stock.heard(new DeviceEvents.Event.Lost());
    eventually("gone", BAD, State.STATE_UNSPECIFIED);
    assertEquals(1, told.getLast().getFunctionsCount());
  }

  /** What is tried makes events, which must not have it tried again and again. */
  @Test
  void whatTheKernelRefusesIsNotTriedAgainForItsOwnEvents() throws IOException {
    Files.delete(file(BAD.plus(1), "driver")); // and there is no drivers_probe
    start(new Stock.Pace(DAY, DAY, Duration.ofSeconds(5)));
    assertEquals(State.BROKEN, vf(BAD).getState());
    unplug(GOOD);
    unplug(BAD);
    stock.heard(new DeviceEvents.Event.Lost());
    eventually("the other one is looked at", GOOD, State.STATE_UNSPECIFIED);
    assertEquals(State.BROKEN, vf(BAD).getState());
  }

  @Test
  void oneThatVanishesTakesItsFunctionsWithItButNoClaim() throws IOException {
    start();
    ResourceName name = ResourceName.parse("example.com/10g");
    var unused = ledger.reserve(name, List.of(BAD.plus(1)));
    eventually("reserved", BAD, State.RESERVED);
    unplug(BAD);
    Await.until("asked", Duration.ofSeconds(10), () -> vf(BAD).getPfAddress().isEmpty());
    assertEquals("", vf(BAD).getFault()); // as it is still there
    unplug(BAD.plus(1));
    Await.until("told", Duration.ofSeconds(10), () -> !vf(BAD).getFault().isEmpty());
    assertEquals(State.RESERVED, vf(BAD).getState());
    assertTrue(ledger.find(BAD.plus(1)).isPresent());
    plug(BAD.plus(1));
    plug(BAD);
    Await.until("back", Duration.ofSeconds(10), () -> vf(BAD).getFault().isEmpty());
    assertEquals(State.RESERVED, vf(BAD).getState());
  }

  /** Its session may be taken up again before its PF can be read, or be older than the config. */
  @Test
  void theSettingsOfAVfWhosePfIsNotFoundAreNoMistakeOfTheClient() throws IOException {
    start();
    var unused = ledger.reserve(ResourceName.parse("example.com/10g"), List.of(BAD.plus(1)));
    unplug(BAD);
    unplug(BAD.plus(1));
    Await.until("gone", Duration.ofSeconds(10), () -> !vf(BAD).getFault().isEmpty());
    assertEquals(VfOptions.NONE, stock.options(BAD.plus(1)));
    Files.writeString(file(GOOD, "vendor"), "none\n");
    eventually("broken", GOOD, State.BROKEN);
    Failure unread = assertThrows(Failure.class, () -> stock.options(BAD.plus(1)));
    assertEquals(Failure.Kind.UNAVAILABLE, unread.kind());
    assertEquals(VfOptions.NONE, stock.options(GOOD.plus(1)));
    unread = assertThrows(Failure.class, () -> stock.mayReset(BAD.plus(1), false));
    assertEquals(Failure.Kind.UNAVAILABLE, unread.kind());
  }

  /** As when the manager was down while somebody edited the file: the pod works on. */
  @Test
  void aLentVfOfAPfThatLeftTheConfigIsWell() throws IOException {
    start();
    PciAddress vf = BAD.plus(1);
    ResourceName name = ResourceName.parse("example.com/10g");
    var unused = ledger.reserve(name, List.of(vf));
    SriovConfig without = new SriovConfig(Map.of(GOOD, config.physicalFunctions().get(GOOD)));
    Damping damping = new Damping(new FakeTime(), Duration.ofSeconds(2));
    stock = opened.push(new Stock(without, hardware, ledger, () -> damping, QUICK));
    stock.start();
    assertEquals(State.RESERVED, vf(BAD).getState());
    assertEquals("", vf(BAD).getFault());
    assertEquals("iavf", vf(BAD).getDriver());
    assertEquals(BAD.toString(), vf(BAD).getPfAddress());
    assertEquals(List.of("example.com/10g"), vf(BAD).getResourceNamesList());
    assertEquals(VfOptions.NONE, stock.options(vf));
    assertTrue(stock.mayReset(vf, false));
    assertFalse(stock.wants(vf, name));
    Files.writeString(file(GOOD, "vendor"), "none\n");
    eventually("another PF hangs", GOOD, State.BROKEN);
    assertEquals("", vf(BAD).getFault());
    unplug(vf);
    Await.until("lost", Duration.ofSeconds(10), () -> !vf(BAD).getFault().isEmpty());
  }

  /** A pipe that nobody writes to hangs as a sick NIC does. */
  @Test
  void oneThatHangsHoldsUpNobody() throws Exception {
    Path pipe = file(BAD, "sriov_totalvfs");
    Files.delete(pipe);
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    try {
      start();
      assertEquals(State.FREE, vf(GOOD).getState());
      assertEquals(1, told.getLast().getFunctionsCount());
    } finally {
      Files.move(pipe, bus.resolve("pipe"));
      Files.writeString(pipe, "1\n");
      new RandomAccessFile(bus.resolve("pipe").toFile(), "rw").close();
    }
    eventually("it answers at last", BAD, State.FREE);
  }
}

package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tree of plain files, shaped like sysfs; nothing reacts to what is written. */
class PciSysfsTest {
  private static final PciAddress PF = PciAddress.parse("3b:00.0");

  @TempDir Path bus;
  private PciSysfs sysfs;

  @BeforeEach
  void tree() throws IOException {
    Files.createDirectories(bus.resolve("drivers/ice"));
    Files.createDirectories(bus.resolve("drivers/iavf"));
    Files.createDirectories(bus.resolve("iommu/7"));
    Files.writeString(bus.resolve("drivers_probe"), "");
    function(PF, "0x1592");
    file(PF, "sriov_totalvfs", "64");
    file(PF, "sriov_numvfs", "12");
    file(PF, "sriov_drivers_autoprobe", "1");
    link(PF, "driver", bus.resolve("drivers/ice"));
    Files.createDirectories(at(PF).resolve("net/ens1f0"));
    for (int i = 0; i < 12; i++) {
      PciAddress vf = PF.plus(16 + i);
      function(vf, "0x1889");
      link(vf, "physfn", at(PF));
      link(vf, "iommu_group", bus.resolve("iommu/7"));
      link(PF, "virtfn" + i, at(vf));
    }
    sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
  }

  private Path at(PciAddress address) {
    return bus.resolve("devices").resolve(address.toString());
  }

  private void function(PciAddress address, String device) throws IOException {
    Files.createDirectories(at(address));
    file(address, "vendor", "0x8086");
    file(address, "device", device);
    file(address, "class", "0x020000");
    file(address, "numa_node", address.equals(PF) ? "1" : "-1");
    file(address, "driver_override", "(null)");
  }

  private void file(PciAddress address, String name, String text) throws IOException {
    Files.writeString(at(address).resolve(name), text + "\n");
  }

  private void link(PciAddress address, String name, Path to) throws IOException {
    Files.createSymbolicLink(at(address).resolve(name), to);
  }

  private String text(PciAddress address, String name) throws IOException {
    return Files.readString(at(address).resolve(name)).strip();
  }

  @Test
  void virtualFunctionsAreNumberedByTheNameOfTheirLink() {
    PciFunction.Role.Physical physical = sysfs.require(PF).physical().orElseThrow();
    assertEquals(64, physical.totalVfs());
    assertEquals(12, physical.numVfs());
    assertEquals(
        IntStream.range(0, 12).boxed().toList(),
        new ArrayList<>(physical.virtualFunctions().keySet()));
    assertEquals(PciAddress.parse("0000:3b:03.2"), physical.virtualFunctions().get(10));
    assertEquals(PciAddress.parse("0000:3b:02.2"), physical.virtualFunctions().get(2));
  }

  @Test
  void physicalFunctionsAreFoundAmongTheOthers() throws IOException {
    PciAddress plain = PciAddress.parse("0000:02:00.0");
    function(plain, "0x1592");
    assertEquals(List.of(PF), sysfs.physicalFunctions());
    assertEquals(List.of(), new PciSysfs(bus.resolve("none"), bus).physicalFunctions());
  }

  @Test
  void otherFilesAreReadByTheirNames() throws IOException {
    file(PF, "net/ens1f0/speed", "100000");
    assertEquals(Optional.of("100000"), sysfs.attribute(PF, "net/ens1f0/speed"));
    assertEquals(Optional.empty(), sysfs.attribute(PF, "net/ens1f0/type"));
    assertEquals(Optional.empty(), sysfs.attribute(PciAddress.parse("0000:02:00.0"), "vendor"));
    assertThrows(Failure.class, () -> sysfs.attribute(PF, "net"));
  }

  @Test
  void aVirtualFunctionIsLocatedAlsoAfterItWasRenumbered() throws IOException {
    PciAddress vf = PF.plus(16 + 10);
    assertEquals(Optional.of(new PciSysfs.Seat(PF, 10, List.of("ens1f0"))), sysfs.locate(vf));
    Files.delete(at(PF).resolve("virtfn10"));
    assertEquals(Optional.empty(), sysfs.locate(vf));
    link(PF, "virtfn10", at(PF.plus(40)));
    link(PF, "virtfn12", at(vf));
    assertEquals(12, sysfs.locate(vf).orElseThrow().number());
    assertEquals(Optional.empty(), sysfs.locate(PF));
    assertEquals(Optional.empty(), sysfs.locate(PciAddress.parse("ff:1f.7")));
  }

  @Test
  void theInterfacesAreReadAlone() {
    assertEquals(List.of("ens1f0"), sysfs.interfaces(PF));
    assertEquals(List.of(), sysfs.interfaces(PF.plus(16)));
  }

  @Test
  void allIsReadOfAFunction() {
    assertEquals(
        new PciFunction(
            PF,
            new PciFunction.Model(0x8086, 0x1592, 0x020000),
            new PciFunction.Binding(Optional.of("ice"), Optional.empty()),
            new PciFunction.Placement(OptionalInt.of(1), OptionalInt.empty()),
            sysfs.require(PF).role(),
            List.of("ens1f0"),
            PciFunction.Rdma.NONE),
        sysfs.require(PF));
    PciFunction vf = sysfs.require(PF.plus(16));
    assertEquals(Optional.of(PF), vf.physicalFunction());
    assertEquals(OptionalInt.empty(), vf.placement().numaNode());
    assertEquals(OptionalInt.of(7), vf.placement().iommuGroup());
    assertEquals(Optional.empty(), vf.binding().driver());
    assertEquals(List.of(), vf.interfaces());
    assertTrue(vf.isNetwork());
  }

  /** sriov-network-operator#668: which names a function's are only its own folder tells. */
  @Test
  void itsRdmaDevicesAreThoseBelowIt() throws IOException {
    PciAddress vf = PF.plus(16);
    for (String name :
        List.of(
            "infiniband/mlx5_7",
            "infiniband_verbs/uverbs3",
            "infiniband_mad/umad3",
            "infiniband_mad/issm3",
            "infiniband_mad/subsystem")) {
      Files.createDirectories(at(vf).resolve(name));
    }
    Files.createDirectories(at(PF).resolve("infiniband_verbs/uverbs0"));
    assertEquals(
        new PciFunction.Rdma(List.of("mlx5_7"), List.of("issm3", "umad3", "uverbs3")),
        sysfs.require(vf).rdma());
    assertEquals(PciFunction.Rdma.NONE, sysfs.require(PF).rdma());
  }

  @Test
  void theFunctionsOfAnIommuGroupAreNamed() throws IOException {
    PciAddress vf = PF.plus(16);
    assertEquals(List.of(), sysfs.groupMates(PF), "it is in none");
    assertEquals(List.of(), sysfs.groupMates(vf));
    Path members = Files.createDirectory(bus.resolve("iommu/7/devices"));
    Files.createSymbolicLink(members.resolve(vf.toString()), at(vf));
    Files.createSymbolicLink(members.resolve(PF.toString()), at(PF));
    Files.createDirectory(members.resolve("platform:other"));
    assertEquals(List.of(PF, vf), sysfs.groupMates(vf));
  }

  @Test
  void aScanIsByAddress() {
    List<PciAddress> found = sysfs.scan().stream().map(PciFunction::address).toList();
    assertEquals(13, found.size());
    assertEquals(found.stream().sorted().toList(), found);
  }

  @Test
  void whatIsNotThereIsAbsent() {
    PciAddress none = PciAddress.parse("0000:00:00.0");
    assertEquals(Optional.empty(), sysfs.find(none));
    Failure failure = assertThrows(Failure.class, () -> sysfs.require(none));
    assertTrue(failure.getMessage().contains("0000:00:00.0"));
    assertEquals(List.of(), new PciSysfs(bus.resolve("none"), bus).scan());
  }

  @Test
  void writesAreOneWriteOfTheFile() throws IOException {
    assertEquals(64, sysfs.numVfs(PF, 64, Duration.ofSeconds(5)));
    sysfs.autoprobe(PF, false);
    assertEquals("0", text(PF, "sriov_drivers_autoprobe"));
  }

  @Test
  void aRefusedWriteHasItsErrno() {
    Failure failure = assertThrows(Failure.class, () -> sysfs.reset(PF));
    assertEquals(Optional.of(Errno.ENOENT), Errno.behind(failure));
    assertTrue(failure.getMessage().contains("0000:3b:00.0/reset"), failure.getMessage());
  }

  /** A kernel that says yes and binds nothing. */
  @Test
  void aDriverThatDidNotBindIsNoticed() throws IOException {
    PciAddress vf = PF.plus(17);
    Failure failure = assertThrows(Failure.class, () -> sysfs.bind(vf, "iavf"));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertEquals(vf.toString(), Files.readString(bus.resolve("drivers_probe")));
    assertTrue(text(vf, "driver_override").startsWith("iavf"));
  }

  @Test
  void aDriverThatIsBoundIsLeft() {
    sysfs.bind(PF, "ice");
  }

  @Test
  void aDriverThatDoesNotExistIsNotFound() {
    Failure failure = assertThrows(Failure.class, () -> sysfs.bind(PF.plus(17), "none"));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
  }

  /** One that its driver was taken from, as by a process that was killed then, goes back to it. */
  @Test
  void aRenewedFunctionIsTakenFromItsDriverResetAndGivenBack() throws IOException {
    PciAddress vf = PF.plus(17);
    Failure none = assertThrows(Failure.class, () -> sysfs.renew(vf));
    assertTrue(none.getMessage().contains("no driver to go back to"), none.getMessage());
    file(vf, "reset", "");
    Files.writeString(bus.resolve("drivers/iavf/unbind"), "");
    link(vf, "driver", bus.resolve("drivers/iavf"));
    sysfs.renew(vf);
    assertTrue(text(vf, "driver_override").startsWith("iavf"));
    assertEquals(vf.toString(), Files.readString(bus.resolve("drivers/iavf/unbind")));
    assertEquals("1", text(vf, "reset"));
    assertEquals(vf.toString(), Files.readString(bus.resolve("drivers_probe")));
    Files.delete(at(vf).resolve("driver"));
    file(vf, "driver_override", "iavf");
    file(vf, "reset", "");
    Failure unbound = assertThrows(Failure.class, () -> sysfs.renew(vf));
    assertTrue(unbound.getMessage().contains("'iavf' did not take"), unbound.getMessage());
    assertEquals("1", text(vf, "reset"));
  }

  /** A pipe that nobody reads hangs as a sick NIC does: it takes every place it can get. */
  @Test
  void oneThatHangsHoldsUpNoOther() throws Exception {
    PciAddress sick = PciAddress.parse("5e:00.0");
    function(sick, "0x1592");
    Path pipe = at(sick).resolve("sriov_numvfs");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Thread[] callers = new Thread[100];
    try {
      for (int i = 0; i < callers.length; i++) {
        callers[i] = Thread.ofVirtual().start(() -> hang(sick));
      }
      assertEquals(64, sysfs.numVfs(PF, 64, Duration.ofSeconds(5)));
      assertEquals(PF, sysfs.require(PF).address());
    } finally {
      for (Thread caller : callers) {
        caller.interrupt();
      }
      new RandomAccessFile(pipe.toFile(), "rw").close();
    }
  }

  private void hang(PciAddress sick) {
    assertThrows(Failure.class, () -> sysfs.numVfs(sick, 1, Duration.ofMinutes(1)));
  }
}

package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.hwsim.frame.Cable;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tree through a real mount: every error out of {@code write(2)} or {@code open(2)}. */
class SysfsMountTest {
  private final Cable cable = new Cable("one");
  private final MachineNics nics =
      MachineNics.withoutEdges(
          List.of(new MachineNics.Plugged(NIC, cable.nicEnd())), new FakeNetdevs());
  @TempDir private Path folder;
  private SysfsMount mount;
  private Path pf;

  @BeforeEach
  void mount() {
    SysfsMount.obstacle().ifPresent(why -> Assumptions.abort("simulated sysfs " + why));
    mount = SysfsMount.open(folder.resolve("pci"), nics.sysfs(), Witness.NONE);
    pf = mount.mountPoint().resolve("devices").resolve(NIC.address().toString());
  }

  @AfterEach
  void close() {
    if (mount != null) {
      mount.close();
      mount.close();
    }
    nics.close();
    cable.close();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.WRITE);
  }

  private static String refusal(Path file, String text) {
    return assertThrows(IOException.class, () -> write(file, text)).getMessage();
  }

  @Test
  void writesActAndRefuseAtOnce() throws IOException {
    Path count = pf.resolve("sriov_numvfs");
    assertEquals("0\n", Files.readString(count));
    assertTrue(refusal(count, "17").contains("Numerical result out of range"));
    assertTrue(refusal(count, "x").contains("Invalid argument"));
    write(count, "16");
    assertEquals("16\n", Files.readString(count));
    assertTrue(refusal(count, "5").contains("Device or resource busy"));
    assertEquals("16\n", Files.readString(count));
    assertEquals(Path.of("../0000:3b:02.2"), Files.readSymbolicLink(pf.resolve("virtfn10")));
    assertEquals("0x1889\n", Files.readString(pf.resolve("virtfn10/device")));
    assertEquals(pf.toRealPath(), pf.resolve("virtfn10/physfn").toRealPath());
    assertEquals("ice", pf.resolve("driver").toRealPath().getFileName().toString());
    write(count, "0");
    assertFalse(Files.exists(pf.resolve("virtfn10"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("0\n", Files.readString(count));
  }

  @Test
  void openingHeedsThePermissions() {
    assertTrue(refusal(pf.resolve("vendor"), "1").contains("vendor"));
    assertThrows(
        IOException.class, () -> Files.readString(mount.mountPoint().resolve("drivers/ice/bind")));
    assertThrows(NoSuchFileException.class, () -> Files.readString(pf.resolve("none")));
  }

  @Test
  void foldersList() throws IOException {
    write(pf.resolve("sriov_numvfs"), "12");
    try (Stream<Path> entries = Files.list(pf)) {
      assertEquals(
          12, entries.filter(entry -> entry.getFileName().toString().startsWith("virtfn")).count());
    }
    try (Stream<Path> entries = Files.list(pf.resolve("net"))) {
      assertEquals(List.of(pf.resolve("net/pf0")), entries.toList());
    }
  }

  @Test
  void theReaderThatDaemonsUseUnderstandsIt() {
    PciSysfs sysfs =
        new PciSysfs(mount.mountPoint().resolve("devices"), mount.mountPoint().resolve("drivers"));
    sysfs.autoprobe(NIC.address(), false);
    assertEquals(16, sysfs.numVfs(NIC.address(), 16, Duration.ofSeconds(10)));
    PciAddress tenth = NIC.vfAddress(10);
    assertEquals(
        tenth, sysfs.require(NIC.address()).physical().orElseThrow().virtualFunctions().get(10));
    sysfs.bind(tenth, "iavf");
    assertEquals(List.of("pf0v10"), sysfs.require(tenth).interfaces());
    sysfs.bind(tenth, "vfio-pci");
    assertEquals(List.of(), sysfs.require(tenth).interfaces());
    assertEquals(Optional.of(NIC.address()), sysfs.require(tenth).physicalFunction());
    assertEquals(17, sysfs.scan().size());
  }

  @Test
  void closingUnmounts() throws IOException {
    mount.close();
    assertFalse(
        Files.readString(Path.of("/proc/self/mounts")).contains(mount.mountPoint().toString()));
    assertFalse(Files.exists(pf));
  }

  @Test
  void closingNeedNotWaitForMountNamespacesWithACopy() throws IOException {
    Process copy = new ProcessBuilder("unshare", "--mount", "sh", "-c", "echo; read end").start();
    try {
      assertEquals('\n', copy.getInputStream().read());
      mount.close();
      assertFalse(Files.exists(pf));
    } finally {
      copy.destroyForcibly();
    }
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import io.patchbay.sriovmanager.Candidate.LinkType;
import io.patchbay.sriovmanager.Candidate.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A PF, a VF of it, and devices that are neither, in a tree of plain files. */
class CandidatesTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress DISK = PciAddress.parse("0000:02:00.0");

  @TempDir Path bus;
  private Candidates candidates;

  @BeforeEach
  void plugIn() throws IOException {
    function(PF, "0x020000");
    Files.createDirectories(bus.resolve("drivers/ice"));
    Files.createSymbolicLink(at(PF).resolve("driver"), bus.resolve("drivers/ice"));
    write(PF, "sriov_totalvfs", "8");
    write(PF, "sriov_vf_device", "1889");
    write(PF, "net/ens1f0/type", "1");
    write(PF, "net/ens1f0/speed", "100000");
    function(PF.plus(1), "0x020000");
    Files.createSymbolicLink(at(PF.plus(1)).resolve("physfn"), at(PF));
    function(DISK, "0x010802");
    write(DISK, "sriov_totalvfs", "16");
    candidates = new Candidates(new PciSysfs(bus.resolve("devices"), bus.resolve("drivers")));
  }

  private void function(PciAddress address, String type) throws IOException {
    write(address, "vendor", "0x8086");
    write(address, "device", "0x1592");
    write(address, "class", type);
    write(address, "numa_node", "1");
  }

  private Path at(PciAddress address) {
    return bus.resolve("devices").resolve(address.toString());
  }

  private void write(PciAddress address, String name, String text) throws IOException {
    Path file = at(address).resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  private static Candidate seen(Port port) {
    return new Candidate(
        PF, 0x8086, List.of(0x1592, 0x1889), "ice", OptionalInt.of(1), List.of(port));
  }

  @Test
  void findsTheNicsThatCanHaveVfs() {
    Port port = new Port("ens1f0", Optional.of(LinkType.ETHER), 100_000);
    assertEquals(List.of(seen(port)), candidates.look());
  }

  /** The kernel answers EINVAL for the speed of a port that is down; a folder does not read. */
  @Test
  void aPortThatIsDownKeepsItsSpeed() throws IOException {
    write(PF, "net/ens1f0/speed", "-1");
    assertEquals(0, candidates.look().getFirst().ports().getFirst().speed());
    write(PF, "net/ens1f0/speed", "25000");
    assertEquals(25_000, candidates.look().getFirst().ports().getFirst().speed());
    Files.delete(at(PF).resolve("net/ens1f0/speed"));
    Files.createDirectory(at(PF).resolve("net/ens1f0/speed"));
    assertEquals(25_000, candidates.look().getFirst().ports().getFirst().speed());
  }

  /** Else a selector by driver would let go of a PF whose driver is just loaded anew. */
  @Test
  void aPfWithoutItsDriverIsAsItWas() throws IOException {
    List<Candidate> before = candidates.look();
    Files.delete(at(PF).resolve("driver"));
    Files.delete(at(PF).resolve("sriov_vf_device"));
    assertEquals(before, candidates.look());
    write(PF, "device", "0x1593");
    assertEquals("", candidates.look().getFirst().driver(), "another NIC");
  }

  @Test
  void oneThatCannotBeReadIsAsItWas() throws IOException {
    List<Candidate> before = candidates.look();
    write(PF, "vendor", "nonsense");
    assertEquals(before, candidates.look());
    Files.move(at(PF), bus.resolve("unplugged"));
    assertEquals(List.of(), candidates.look());
  }
}

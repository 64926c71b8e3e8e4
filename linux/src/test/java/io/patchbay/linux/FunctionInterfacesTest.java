package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which of a PF's interfaces leads to the wire; each row is a NIC. */
class FunctionInterfacesTest {
  private static final PciAddress PF = PciAddress.parse("3b:00.0");
  private static final PciAddress VF = PF.plus(1);

  /** Each interface with its phys_port_name and its dev_port; "-" when it does not tell. */
  private record Nic(String name, List<String> interfaces, List<String> uplinks) {
    @Override
    public String toString() {
      return name;
    }
  }

  @TempDir Path bus;

  static Stream<Nic> nics() {
    return Stream.of(
        new Nic("none", List.of(), List.of()),
        new Nic("legacy", List.of("ens1f0 - 0"), List.of("ens1f0")),
        new Nic("one that says its port", List.of("ens1f0np0 p0 0"), List.of("ens1f0np0")),
        new Nic(
            "switchdev, and a name that sorts before the uplink's",
            List.of("enp59s0f0_0 pf0vf0 0", "eth10 pf0vf10 0", "zulu p0 0"),
            List.of("zulu")),
        new Nic(
            "representors of ice, and of subfunctions",
            List.of("a pf0vfr0 0", "b pf0sf88 0", "c vf1 0", "ens1f0 - 0"),
            List.of("ens1f0")),
        new Nic(
            "a DPU, with the ports of its host",
            List.of("en3f0pf0sf0 c1pf0sf0 0", "pf0hpf c1pf0 0", "p0 p0 0"),
            List.of("p0")),
        new Nic("a split port", List.of("a pf1vf0 0", "b p1s1 0"), List.of("b")),
        new Nic("bare numbers", List.of("a 0 0", "b 1 0", "c p0 0"), List.of("c")),
        new Nic("bare numbers, no port", List.of("a 0 0", "b 1 0", "c - 0"), List.of("c")),
        new Nic("two ports", List.of("a - 1", "b - 0"), List.of("b", "a")),
        new Nic("two ports that do not say", List.of("b - -", "a - -"), List.of("a", "b")),
        new Nic("nothing better is seen", List.of("b pf0vf1 0", "a pf0vf0 0"), List.of("a", "b")));
  }

  private void make(Nic nic) throws IOException {
    Path devices = Files.createDirectories(bus.resolve("devices"));
    for (PciAddress function : List.of(PF, VF)) {
      Path made = Files.createDirectories(devices.resolve(function.toString()));
      Files.writeString(made.resolve("numa_node"), "-1");
    }
    Path pf = devices.resolve(PF.toString());
    Files.createSymbolicLink(pf.resolve("virtfn0"), devices.resolve(VF.toString()));
    Files.createSymbolicLink(devices.resolve(VF + "/physfn"), pf);
    Files.writeString(pf.resolve("sriov_totalvfs"), "8");
    for (String line : nic.interfaces) {
      String[] words = line.split(" ");
      Path device = Files.createDirectories(pf.resolve("net").resolve(words[0]));
      say(device.resolve("phys_port_name"), words[1]);
      say(device.resolve("dev_port"), words[2]);
    }
  }

  private static void say(Path file, String text) throws IOException {
    if (!text.equals("-")) {
      Files.writeString(file, text + "\n");
    }
  }

  @ParameterizedTest
  @MethodSource("nics")
  void theWayToTheWireComesFirst(Nic nic) throws IOException {
    make(nic);
    PciSysfs sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
    assertEquals(nic.uplinks, sysfs.interfaces(PF));
    assertEquals(nic.uplinks, sysfs.require(PF).interfaces());
    assertEquals(nic.uplinks, sysfs.locate(VF).orElseThrow().interfaces());
  }

  /** As the kernel does in legacy mode: EOPNOTSUPP, here because a folder cannot be read. */
  @Test
  void whatTheDriverDoesNotTellIsNoTrouble() throws IOException {
    make(new Nic("", List.of("a - -", "b p0 0"), List.of()));
    Files.createDirectory(bus.resolve("devices/" + PF + "/net/a/phys_port_name"));
    PciSysfs sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
    assertEquals(List.of("b"), sysfs.interfaces(PF));
  }
}

package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.linux.Eswitch.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What sysfs tells of the switch inside a NIC; each row is a PF, 3b:00.1. */
class EswitchTest {
  private static final PciAddress PF = PciAddress.parse("3b:00.1");
  private static final Optional<Mode> LEGACY = Optional.of(Mode.LEGACY);
  private static final Optional<Mode> SWITCHDEV = Optional.of(Mode.SWITCHDEV);

  /** Interfaces below the PF and others, each with its phys_switch_id and its phys_port_name. */
  private record Nic(
      String name,
      List<String> below,
      List<String> beside,
      Optional<Mode> mode,
      Map<Integer, String> representors) {
    @Override
    public String toString() {
      return name;
    }
  }

  @TempDir Path bus;

  @BeforeEach
  void tree() throws IOException {
    Files.createDirectories(bus.resolve("devices/" + PF + "/net"));
  }

  private static Nic nic(
      String name, List<String> below, List<String> beside, Map<Integer, String> representors) {
    return new Nic(name, below, beside, SWITCHDEV, representors);
  }

  static Stream<Nic> nics() {
    return Stream.of(
        new Nic("its interface is elsewhere", List.of(), List.of(), Optional.empty(), Map.of()),
        new Nic("legacy", List.of("ens1f1 - -"), List.of("eth0 - -"), LEGACY, Map.of()),
        new Nic(
            "ice in legacy mode names its switch",
            List.of("ens1f1 aa p1"),
            List.of("eth0 - -"),
            Optional.empty(),
            Map.of()),
        nic(
            "mlx5, which hangs them below the PF",
            List.of("a_0 aa pf1vf0", "a_10 aa pf1vf10", "ens1f1 aa p1"),
            List.of(),
            Map.of(0, "a_0", 10, "a_10")),
        nic(
            "a driver that hangs them nowhere, as the kernel's documentation has it",
            List.of("ens1f1 aa p1"),
            List.of("ens1f1 aa p1", "eth0 - -", "rep aa pf1vf2", "other bb pf1vf3"),
            Map.of(2, "rep")),
        nic(
            "two PFs in one switch, subfunctions, and a DPU's ports of its host",
            List.of("ens1f1 aa p1", "r0 aa pf0vf0", "r1 aa pf1vf1", "s aa pf1sf1", "c aa c1pf1vf4"),
            List.of(),
            Map.of(1, "r1")),
        nic("ice", List.of("ens1f1 aa p1", "r aa pf1vfr3"), List.of(), Map.of(3, "r")),
        nic(
            "bare numbers",
            List.of("a aa 0", "b aa 1", "z aa p1"),
            List.of(),
            Map.of(0, "a", 1, "b")));
  }

  private void make(Path folder, List<String> interfaces) throws IOException {
    for (String line : interfaces) {
      String[] words = line.split(" ");
      Path device = Files.createDirectories(folder.resolve(words[0]));
      say(device.resolve("phys_switch_id"), words[1]);
      say(device.resolve("phys_port_name"), words[2]);
    }
  }

  private static void say(Path file, String text) throws IOException {
    if (!text.equals("-")) {
      Files.writeString(file, text + "\n");
    }
  }

  private Eswitch look() {
    return new PciSysfs(bus.resolve("devices"), bus.resolve("drivers")).eswitch(PF);
  }

  @ParameterizedTest
  @MethodSource("nics")
  void theRepresentorsAreFoundByTheirPort(Nic nic) throws IOException {
    Path net = bus.resolve("devices/" + PF + "/net");
    make(net, nic.below);
    if (!nic.beside.isEmpty()) {
      make(bus.resolve("class"), nic.beside);
      Files.createSymbolicLink(net.resolve("ens1f1/subsystem"), bus.resolve("class"));
    }
    assertEquals(new Eswitch(nic.mode, new TreeMap<>(nic.representors)), look());
  }

  /** As the kernel does in legacy mode: EOPNOTSUPP, here because a folder cannot be read. */
  @Test
  void whatTheDriverDoesNotTellIsNoTrouble() throws IOException {
    Files.createDirectories(bus.resolve("devices/" + PF + "/net/ens1f1/phys_switch_id"));
    assertEquals(LEGACY, look().mode());
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.Candidate.LinkType;
import io.patchbay.sriovmanager.Candidate.Port;
import io.patchbay.sriovmanager.SriovConfig.Wish;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Three PFs, and which VFs of them a config file chooses. */
class SelectionTest {
  private static final Candidate E810 =
      candidate("0000:3b:00.0", 0x8086, List.of(0x1592, 0x1889), "ice", 0, "ens1f0", 100_000);
  private static final Candidate X710 =
      candidate("0000:5e:00.0", 0x8086, List.of(0x1572, 0x154c), "i40e", 1, "ens2f0", 10_000);
  private static final Candidate CX6 =
      new Candidate(
          PciAddress.parse("0001:02:00.0"),
          0x15b3,
          List.of(0x101b, 0x101c),
          "mlx5_core",
          OptionalInt.empty(),
          List.of(new Port("ib0", Optional.of(LinkType.INFINIBAND), 0)));
  private static final List<Candidate> ALL = List.of(E810, X710, CX6);

  private static Candidate candidate(
      String pci, int vendor, List<Integer> devices, String driver, int numa, Object... port) {
    Port only = new Port((String) port[0], Optional.of(LinkType.ETHER), (int) port[1]);
    return new Candidate(
        PciAddress.parse(pci), vendor, devices, driver, OptionalInt.of(numa), List.of(only));
  }

  private static ConfigFile file(String... selectors) {
    String yaml = "selectors:\n";
    for (String selector : selectors) {
      yaml += "  - {%s, capabilities: [fast], serviceDomains: [example.com]}\n".formatted(selector);
    }
    return Json.parseYaml("pci.config", yaml, ConfigFile.class);
  }

  private static String chosen(SriovConfig config) {
    return config.physicalFunctions().entrySet().stream()
        .map(entry -> entry.getKey() + "#" + entry.getValue().shares().getFirst().numbers())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vendors: ['8086']                    | 0000:3b:00.0#all 0000:5e:00.0#all",
        "vendors: [8086]                      | 0000:3b:00.0#all 0000:5e:00.0#all",
        "vendors: ['0x15B3', '8086']          | 0000:3b:00.0#all 0000:5e:00.0#all 0001:02:00.0#all",
        "devices: ['1592']                    | 0000:3b:00.0#all",
        "devices: ['154c']                    | 0000:5e:00.0#all",
        "drivers: [mlx5_core]                 | 0001:02:00.0#all",
        "numaNodes: [1]                       | 0000:5e:00.0#all",
        "numaNodes: [0, 1]                    | 0000:3b:00.0#all 0000:5e:00.0#all",
        "linkTypes: [IB]                      | 0001:02:00.0#all",
        "linkTypes: [ether]                   | 0000:3b:00.0#all 0000:5e:00.0#all",
        "speeds: [25000, 100000]              | 0000:3b:00.0#all",
        "pfNames: ['ens1f0#0-3,6']            | 0000:3b:00.0#0-3,6",
        "pfNames: ['ens1f0#0-3', 'ens1f0#6']  | 0000:3b:00.0#0-3,6",
        "pfNames: [ens1f0, ens2f0]            | 0000:3b:00.0#all 0000:5e:00.0#all",
        "rootDevices: ['0000:5E:00.0#2']      | 0000:5e:00.0#2",
        "vendors: ['8086'], drivers: [i40e]   | 0000:5e:00.0#all",
        "vendors: ['8086'], drivers: [tg3]    | ",
        "pfNames: ['ens1f0#0-3'], rootDevices: ['0000:3b:00.0#2-9'] | 0000:3b:00.0#2-3",
        "pfNames: ['ens1f0#0-3'], rootDevices: ['0000:3b:00.0#4-9'] | ",
        "pfNames: [ens1f0], rootDevices: ['0000:5e:00.0']           | ",
      })
  void choosesByWhatAPfIs(String criteria, String wanted) {
    ConfigFile file = file(criteria + ", vfKernelDriver: iavf");
    assertEquals(Optional.ofNullable(wanted).orElse(""), chosen(file.select(ALL)));
    assertEquals(wanted == null ? List.of("selectors[0]") : List.of(), file.idle(ALL));
  }

  @Test
  void theExampleIsUnderstood() {
    Path example = Path.of("").toAbsolutePath().resolveSibling("manifests/examples/sriov.yaml");
    ConfigFile file = ConfigFile.read(example);
    Candidate second =
        candidate("0000:86:00.0", 0x8086, List.of(0x1592), "ice", 1, "ens2f0", 100_000);
    assertEquals(
        "0000:3b:00.0#all 0000:5e:00.0#4-5,7 0000:86:00.0#0-3,6",
        chosen(file.select(List.of(E810, X710, second))));
  }

  /** sriov-network-device-plugin#80: one PF for interfaces and for vfio. */
  @Test
  void rangesSplitAPfBetweenDrivers() {
    SriovConfig config =
        file(
                "pfNames: ['ens1f0#0-3'], vfKernelDriver: iavf",
                "pfNames: ['ens1f0#4-7'], vfKernelDriver: vfio-pci")
            .select(ALL);
    var entry = config.physicalFunctions().get(E810.address());
    assertEquals("iavf", entry.wish(3).map(Wish::driver).orElseThrow());
    assertEquals("vfio-pci", entry.wish(4).map(Wish::driver).orElseThrow());
    assertEquals(Optional.empty(), entry.wish(8));
  }

  @Test
  void aVfOfTwoSelectorsHasTheNamesOfBoth() {
    String both =
        """
        physicalFunctions:
          "0000:3b:00.0": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [100g],
            serviceDomains: [example.com]}
        selectors:
          - {pfNames: ['ens1f0#0'], vfKernelDriver: iavf, capabilities: [ptp],
            serviceDomains: [example.com]}
        """;
    var entry =
        Json.parseYaml("pci.config", both, ConfigFile.class)
            .select(ALL)
            .physicalFunctions()
            .get(E810.address());
    assertEquals("ice", entry.pfKernelDriver());
    assertEquals(
        "[example.com/100g, example.com/ptp]", entry.wish(0).orElseThrow().names().toString());
    assertEquals("[example.com/100g]", entry.wish(1).orElseThrow().names().toString());
  }

  @Test
  void aVfThatTwoWantWithDifferentDriversIsToldAsAmbiguous() {
    SriovConfig config =
        file(
                "vendors: ['8086'], vfKernelDriver: iavf",
                "pfNames: ['ens1f0#4-7'], vfKernelDriver: vfio-pci")
            .select(ALL);
    var entry = config.physicalFunctions().get(E810.address());
    assertEquals("", entry.wish(3).orElseThrow().problem());
    assertEquals(
        "the config is ambiguous: selectors[0] wants driver iavf, selectors[1] wants vfio-pci",
        entry.wish(4).orElseThrow().problem());
  }

  /** Which of two resources a container was given would decide what else it can open. */
  @Test
  void whatContainersGetBesideAVfIsOneThingPerVf() {
    String rdma = "vendors: ['8086'], vfKernelDriver: iavf, isRdma: true";
    var entry =
        file(rdma, "pfNames: ['ens1f0#4-7'], vfKernelDriver: iavf, needVhostNet: true")
            .select(ALL)
            .physicalFunctions()
            .get(E810.address());
    assertEquals(Set.of(Extra.RDMA), entry.wish(3).orElseThrow().extras());
    assertEquals(
        "the config is ambiguous: selectors[0] and selectors[1] differ in isRdma or needVhostNet",
        entry.wish(4).orElseThrow().problem());
    var plain =
        file("vendors: ['8086'], vfKernelDriver: vfio-pci, isRdma: false, needVhostNet: true")
            .select(ALL)
            .physicalFunctions()
            .get(E810.address());
    assertEquals(Set.of(Extra.VHOST_NET), plain.wish(3).orElseThrow().extras());
  }

  /** With vfio-pci there is no interface that a reset could take away for a time. */
  @Test
  void aResetIsLeftOutWhereItIsSaidAndForInterfacesAlone() {
    for (boolean reset : List.of(true, false)) {
      ConfigFile read =
          file("vendors: ['8086'], vfKernelDriver: iavf, settings: {reset: %s}".formatted(reset));
      assertEquals(reset, read.selectors().getFirst().settings().wantsReset());
    }
    assertTrue(VfOptions.NONE.wantsReset());
    String driven = "vendors: ['8086'], vfKernelDriver: vfio-pci, settings: {reset: false}";
    Failure refused = assertThrows(Failure.class, () -> file(driven));
    assertTrue(refused.getMessage().contains("always reset"), refused.getMessage());
  }

  /** NSM's own form has no settings, and a file of NSM is read as one that says nothing of them. */
  @Test
  void aPfThatIsListedMayHaveSettingsToo() {
    String listed =
        """
        physicalFunctions:
          "0000:3b:00.0": {pfKernelDriver: ice, vfKernelDriver: %s, capabilities: [fast],
            serviceDomains: [example.com]%s}
        """;
    assertEquals(VfOptions.NONE, options(listed.formatted("iavf", "")));
    VfOptions options =
        options(listed.formatted("iavf", ", settings: {trust: true, reset: false}"));
    assertEquals(true, options.trust());
    assertFalse(options.wantsReset());
    for (String wrong : List.of("reset: false", "mtu: 9000", "trust: maybe")) {
      String file = listed.formatted("vfio-pci", ", settings: {" + wrong + "}");
      Failure refused = assertThrows(Failure.class, () -> options(file));
      assertTrue(refused.getMessage().contains("pci.config:"), refused.getMessage());
    }
  }

  private static VfOptions options(String yaml) {
    ConfigFile file = Json.parseYaml("pci.config", yaml, ConfigFile.class);
    SriovConfig config = file.select(List.of());
    return config.physicalFunctions().get(E810.address()).wish(0).orElseThrow().options();
  }

  /** It is the kernel's driver that an RDMA device comes from. */
  @Test
  void rdmaWithoutAKernelDriverIsRefusedWithItsLine() {
    Failure refused =
        assertThrows(
            Failure.class, () -> file("vendors: ['8086'], vfKernelDriver: vfio-pci, isRdma: true"));
    assertTrue(refused.getMessage().contains("pci.config:2"), refused.getMessage());
    assertTrue(refused.getMessage().contains("isRdma is a matter"), refused.getMessage());
    refused =
        assertThrows(
            Failure.class, () -> file("vendors: ['8086'], vfKernelDriver: iavf, needVhostNet: 7e"));
    assertTrue(refused.getMessage().contains("needVhostNet"), refused.getMessage());
  }

  /** sriov-network-device-plugin#479: what was chosen is not lost with its cable. */
  @Test
  void aPfWithoutItsCableIsStillTheSame() {
    Candidate pulled =
        candidate("0000:3b:00.0", 0x8086, List.of(0x1592), "ice", 0, "ens1f0", 0).remembering(E810);
    assertEquals(100_000, pulled.ports().getFirst().speed());
    Candidate bare =
        new Candidate(E810.address(), 0x8086, List.of(), "", OptionalInt.of(0), List.of());
    assertEquals(E810.ports(), bare.remembering(E810).ports());
    Candidate slower =
        candidate("0000:3b:00.0", 0x8086, List.of(0x1592), "ice", 0, "ens1f0", 25_000)
            .remembering(E810);
    assertEquals(25_000, slower.ports().getFirst().speed());
    Candidate renamed =
        candidate("0000:3b:00.0", 0x8086, List.of(0x1592), "ice", 0, "eth7", 0).remembering(E810);
    assertEquals(0, renamed.ports().getFirst().speed());
  }

  @Test
  void numbersReadAsTheyAreWritten() {
    assertEquals("0-3,6", VfNumbers.parse("0-3, 6").toString());
    assertTrue(VfNumbers.parse("2-2").contains(2));
    assertEquals("2-3", VfNumbers.parse("0-3").and(VfNumbers.parse("2-9")).toString());
    assertTrue(VfNumbers.ALL.contains(65_535));
  }
}

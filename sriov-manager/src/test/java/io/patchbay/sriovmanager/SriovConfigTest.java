package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.PciAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SriovConfigTest {
  static final String GOOD =
      """
      physicalFunctions:
        "0000:3b:00.0":
          pfKernelDriver: ice
          vfKernelDriver: iavf
          capabilities: [100g, ptp]
          serviceDomains: [example.com, lab.example.org]
      """;

  static SriovConfig good() {
    return parse(GOOD);
  }

  static SriovConfig parse(String yaml) {
    return file(yaml).select(List.of());
  }

  private static ConfigFile file(String yaml) {
    return Json.parseYaml("pci.config", yaml, ConfigFile.class);
  }

  @Test
  void readsNsmsFile() {
    var entry = parse(GOOD).physicalFunctions().get(PciAddress.parse("0000:3b:00.0"));
    assertEquals("ice", entry.pfKernelDriver());
    assertEquals("iavf", entry.wish(0).orElseThrow().driver());
    assertEquals(
        List.of(
            "example.com/100g", "example.com/ptp", "lab.example.org/100g", "lab.example.org/ptp"),
        entry.names().stream().map(ResourceName::toString).toList());
  }

  @Test
  void takesListedVirtualFunctions() {
    var config =
        file(GOOD + "    virtualFunctions:\n      - {address: '0000:3B:00.1', iommuGroup: 7}\n");
    var entry = config.physicalFunctions().values().iterator().next();
    assertEquals("0000:3b:00.1", entry.virtualFunctions().getFirst().address());
  }

  /** As {@code lspci} writes them. */
  @Test
  void anAddressWithoutItsDomainIsOfDomain0() {
    String listed = GOOD + "    virtualFunctions: [{address: '0000:3b:00.1'}]\n";
    String written = listed.replace("0000:3b:00.0", "3B:00.0").replace("0000:3b:00.1", "3b:00.1");
    assertEquals(file(listed), file(written));
    assertEquals(file(SELECTORS), file(SELECTORS.replace("0000:3b:00.0#", "3b:00.0#")));
  }

  /**
   * Defect 13: short addresses broke things later, and names were not validated. Each row: what is
   * replaced, by what, line and words.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ptp]             | p tp]             | 5 | capability 'p tp'",
        "ptp]             | -ptp]             | 5 | capability '-ptp'",
        "100g,            | \"\",             | 5 | capability ''",
        "lab.example.org] | Lab.example.org]  | 6 | service domain 'Lab.example.org'",
        "lab.example.org] | x.kubernetes.io]  | 6 | reserved",
        "lab.example.org] | requests.a]       | 6 | reserved",
        "lab.example.org] | a..b]             | 6 | service domain 'a..b'",
        "0000:3b:00.0     | 0000:3b:00        | 2 | 0000:3b:00",
        "0000:3b:00.0     | eth0              | 2 | eth0",
        "lab.example.org] | a]\\n    virtualFunctions: [{address: '3b:00'}]   | 7 | 3b:00",
        "lab.example.org] | a]\\n"
            + "    virtualFunctions: [{iommuGroup: 1}]      | 7 | address is missing",
        "ptp]             | ~]                | 2 | is empty",
      })
  void namesTheLineOfAMistake(String text, String instead, int line, String words) {
    String yaml = GOOD.replace(text, instead.replace("\\n", "\n"));
    assertRefused(yaml, "pci.config:" + line + ":", words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pfKernelDriver: ice                            | pfKernelDriver: ''   | 3 |"
            + " pfKernelDriver",
        "vfKernelDriver: iavf                           | vfKernelDriver: ''   | 4 |"
            + " vfKernelDriver",
        "capabilities: [100g, ptp]                      | capabilities: []     | 5 | capabilities",
        "serviceDomains: [example.com, lab.example.org] | serviceDomains: []   | 6 |"
            + " serviceDomains",
      })
  void namesAMissingField(String text, String instead, int line, String field) {
    assertRefused(GOOD.replace(text, instead), "pci.config:" + line + ":", field + " is missing");
  }

  @Test
  void namesAKeyItDoesNotKnow() {
    assertRefused(
        GOOD + "    speed: 100\n", "pci.config:", "(physicalFunctions.0000:3b:00.0.speed)");
  }

  @Test
  void refusesOnePfTwice() {
    String twice = GOOD + GOOD.substring(GOOD.indexOf('\n') + 1).replace("0000:3b", "0000:3B");
    assertRefused(twice, "pci.config:7:", "PF 0000:3b:00.0 is listed twice");
    assertRefused(
        twice.replace("0000:3B", "3b"), "pci.config:7:", "PF 0000:3b:00.0 is listed twice");
  }

  private static final String SELECTORS =
      """
      selectors:
        - vendors: ["8086"]
          devices: ["0x1592"]
          pfNames: ["ens1f0#0-3,6"]
          rootDevices: ["0000:3b:00.0#1-9"]
          linkTypes: [ether]
          speeds: [100000]
          numaNodes: [0]
          vfKernelDriver: iavf
          capabilities: [100g]
          serviceDomains: [example.com]
          settings:
            trust: true
            spoofCheck: false
            minTxRate: 100
            maxTxRate: 1000
            linkState: enable
      """;

  /** Each row: what is replaced, by what, line and words. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"8086\"      | \"80867\"       | 2  | '80867' is not a PCI id",
        "\"0x1592\"    | X710            | 3  | 'X710' is not a PCI id",
        "ens1f0#0-3,6  | ens1f0#3-1      | 4  | VF numbers 3-1",
        "ens1f0#0-3,6  | ens1f0#         | 4  | '' is not a VF number",
        "ens1f0#0-3,6  | ens1f0#0-3,     | 4  | '' is not a VF number",
        "ens1f0#0-3,6  | ens1f0#70000    | 4  | VF numbers 70000",
        "ens1f0#0-3,6  | ens1/f0         | 4  | 'ens1/f0' is not the name",
        "0000:3b:00.0# | 3b:00#          | 5  | '3b:00' is not a PCI address",
        "[ether]       | [token]         | 6  | link type 'token'",
        "[100000]      | [100g]          | 7  | 100g",
        "iavf          | ''              | 9  | vfKernelDriver is missing",
        "[100g]        | [100 g]         | 10 | capability '100 g'",
        "[example.com] | [example..com]  | 11 | service domain 'example..com'",
        "numaNodes     | numas           | 8  | unknown field 'numas'",
        "trust: true   | trust: maybe    | 13 | maybe",
        "minTxRate: 100| minTxRate: 2000 | 12 | min exceeds max",
        "enable        | up              | 17 | link state 'up'",
      })
  void namesTheLineOfAMistakeInASelector(String text, String instead, int line, String words) {
    assertRefused(SELECTORS.replace(text, instead), "pci.config:" + line + ":", words);
  }

  @Test
  void refusesASelectorThatTakesEverything() {
    String nothing =
        SELECTORS
                .lines()
                .filter(line -> !line.contains("[") || line.endsWith("g]"))
                .reduce("", (all, line) -> all + line + "\n")
                .replace("    vfKernelDriver", "  - vfKernelDriver")
            + "    serviceDomains: [example.com]\n";
    assertRefused(nothing, "pci.config:2:", "would take every one");
  }

  @Test
  void refusesAFileWithoutFunctions() {
    assertRefused("\n\nphysicalFunctions: {}", "pci.config:3:", "physicalFunctions is empty");
    assertRefused("# nothing\n", "pci.config:", "the file is empty");
  }

  private static void assertRefused(String yaml, String where, String words) {
    Failure failure = assertThrows(Failure.class, () -> parse(yaml));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.getMessage().contains(where), failure.getMessage());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }
}

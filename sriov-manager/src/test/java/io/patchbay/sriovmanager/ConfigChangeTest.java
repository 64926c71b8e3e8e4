package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.Inventory.Physical;
import io.patchbay.sriovmanager.Inventory.Port;
import io.patchbay.sriovmanager.Inventory.Virtual;
import io.patchbay.sriovmanager.SriovConfig.Entry;
import io.patchbay.sriovmanager.SriovConfig.Share;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Two PFs; the pod {@code default/cnf-1} has VF 1 of the first as {@code example.com/100g}. */
class ConfigChangeTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress OTHER = PciAddress.parse("0000:5e:00.0");
  private static final Inventory FOUND =
      new Inventory(List.of(physical(PF, "ens1f0"), physical(OTHER, "ens2f0")));
  private static final Map<PciAddress, Claim> CLAIMS =
      Map.of(
          PF.plus(9),
          new Claim(
              new Claim.Grant("example.com/100g", "t", 1700, ""),
              new Claim.Use("default", "cnf-1", "app", 0),
              Hold.NONE,
              ""));

  private static Physical physical(PciAddress pf, String name) {
    List<Virtual> vfs =
        List.of(
            new Virtual(pf.plus(8), 0, "iavf", ""),
            new Virtual(pf.plus(9), 1, "iavf", ""),
            new Virtual(pf.plus(10), 2, "iavf", ""));
    return new Physical(pf, "ice", new Port(name, "02:00:00:00:00:01"), 8, 0, vfs);
  }

  private static Share share(String numbers, String driver, String... names) {
    TreeSet<ResourceName> parsed = new TreeSet<>();
    for (String name : names) {
      parsed.add(ResourceName.parse(name));
    }
    return new Share("selectors[0]", VfNumbers.parse(numbers), driver, parsed, VfOptions.NONE);
  }

  private static Entry entry(Share... shares) {
    return new Entry("", List.of(shares));
  }

  private static SriovConfig config(Entry first, Entry second) {
    return new SriovConfig(Map.of(PF, first, OTHER, second));
  }

  private static final Entry USUAL = entry(share("0-7", "iavf", "example.com/100g"));
  private static final SriovConfig CURRENT = config(USUAL, USUAL);

  private static ConfigChange change(SriovConfig wanted) {
    return ConfigChange.of(CURRENT, wanted, FOUND, CLAIMS);
  }

  private static void granted(SriovConfig wanted) {
    assertEquals(new ConfigChange(wanted, List.of()), change(wanted));
  }

  /** The PF stays as it was, and the refusal says which pod has the VF and what would be. */
  private static void refused(Entry instead, String what) {
    Entry other = entry(share("0-7", "iavf", "example.com/10g"));
    ConfigChange change = change(config(instead, other));
    assertEquals(config(USUAL, other), change.next());
    assertEquals(
        List.of(
            "PF 0000:3b:00.0 stays configured as it was until VF 0000:3b:01.1 is free: it is"
                + " reserved by pod default/cnf-1 as example.com/100g, and the config "
                + what),
        change.refusals());
  }

  @Test
  void whatNobodyUsesChanges() {
    granted(CURRENT);
    granted(config(USUAL, entry(share("0-7", "vfio-pci", "example.com/dpdk"))));
    granted(new SriovConfig(Map.of(PF, USUAL)));
    granted(
        config(
            entry(
                share("0", "vfio-pci", "example.com/dpdk"),
                share("1-7", "iavf", "example.com/100g", "example.com/ptp")),
            USUAL));
  }

  @Test
  void anotherDriverForAVfInUseIsRefused() {
    refused(
        entry(share("0-7", "vfio-pci", "example.com/100g")),
        "now wants driver vfio-pci for it instead of iavf");
  }

  @Test
  void takingAVfInUseAwayIsRefused() {
    refused(entry(share("2-7", "iavf", "example.com/100g")), "no longer has it");
    Map<PciAddress, Entry> without = new TreeMap<>(Map.of(OTHER, USUAL));
    ConfigChange change = change(new SriovConfig(without));
    assertEquals(CURRENT, change.next());
    assertTrue(change.refusals().getFirst().contains("default/cnf-1"));
  }

  /** The kubelet could not start its container again under a name that is gone. */
  @Test
  void takingTheNameOfAGrantAwayIsRefused() {
    refused(entry(share("0-7", "iavf", "example.com/ptp")), "no longer calls it that");
  }

  @Test
  void makingAVfInUseAmbiguousIsRefused() {
    refused(
        entry(share("0-7", "iavf", "example.com/100g"), share("1", "vfio-pci", "example.com/d")),
        "cannot be followed: the config is ambiguous: selectors[0] wants driver iavf,"
            + " selectors[0] wants vfio-pci");
  }
}

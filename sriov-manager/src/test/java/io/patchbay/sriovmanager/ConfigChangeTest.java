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
import java.util.Set;
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

  /** The same with what its driver was when it was granted. */
  private static Map<PciAddress, Claim> grantedWith(String driver) {
    return Map.of(
        PF.plus(9), Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, "", driver)));
  }

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
    assertEquals(new ConfigChange(wanted, List.of(), Map.of()), change(wanted));
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

  /** The kubelet and CDI have told its container of them, which could not be started again. */
  @Test
  void takingDeviceNodesFromAVfInUseIsRefused() {
    Entry with =
        entry(
            new Share(
                "selectors[0]",
                VfNumbers.parse("0-7"),
                "iavf",
                new TreeSet<>(Set.of(ResourceName.parse("example.com/100g"))),
                VfOptions.NONE,
                Set.of(Extra.RDMA)));
    SriovConfig current = config(with, USUAL);
    ConfigChange without = ConfigChange.of(current, CURRENT, FOUND, CLAIMS);
    assertEquals(current, without.next());
    assertTrue(without.refusals().getFirst().contains("device nodes"), without.toString());
    assertEquals(3, without.withheld().size());
    granted(current);
  }

  @Test
  void takingAVfInUseAwayIsRefused() {
    refused(entry(share("2-7", "iavf", "example.com/100g")), "no longer has it");
    Map<PciAddress, Entry> without = new TreeMap<>(Map.of(OTHER, USUAL));
    ConfigChange change = change(new SriovConfig(without));
    assertEquals(CURRENT, change.next());
    assertTrue(change.refusals().getFirst().contains("default/cnf-1"));
  }

  /** Else pods that come and go could put a change off for ever. */
  @Test
  void whatWouldPutTheChangeOffIsOfferedToNobodyMeanwhile() {
    String why =
        "is offered to nobody: the config changes it once PF 0000:3b:00.0 has no VF in the way";
    ConfigChange away = change(config(entry(share("2-7", "iavf", "example.com/100g")), USUAL));
    assertEquals(Map.of(PF.plus(8), why, PF.plus(9), why), away.withheld());
    assertTrue(ConfigChange.withholds(why));
    ConfigChange renamed = change(config(entry(share("0-7", "iavf", "example.com/ptp")), USUAL));
    assertEquals(3, renamed.withheld().size());
    Entry one =
        entry(
            share("0-1", "vfio-pci", "example.com/100g"),
            share("2", "iavf", "example.com/100g", "example.com/ptp"));
    assertEquals(Set.of(PF.plus(8), PF.plus(9)), change(config(one, USUAL)).withheld().keySet());
  }

  /** Somebody set their number; it is told as long as the config would have more of them. */
  @Test
  void fewerVfsThanThereCouldBeAreTold() {
    assertEquals(
        List.of(
            "PF 0000:3b:00.0 has 3 VFs, the config wants some of the 8 it can have; nobody changes"
                + " that while it has any"),
        new SriovConfig(Map.of(PF, USUAL)).shortages(FOUND));
    Entry first = entry(share("0-2", "iavf", "example.com/100g"));
    assertEquals(List.of(), new SriovConfig(Map.of(PF, first)).shortages(FOUND));
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

  private static final Entry DPDK = entry(share("0-7", "vfio-pci", "example.com/100g"));

  /** The manager was started with another driver in the file than the VF was granted with. */
  @Test
  void goingBackToTheDriverOfAGrantIsAllowed() {
    SriovConfig back = config(USUAL, USUAL);
    assertEquals(
        new ConfigChange(back, List.of(), Map.of()),
        ConfigChange.of(config(DPDK, USUAL), back, FOUND, grantedWith("iavf")));
    ConfigChange away = ConfigChange.of(CURRENT, config(DPDK, USUAL), FOUND, grantedWith("iavf"));
    assertEquals(CURRENT, away.next());
    assertTrue(away.refusals().getFirst().endsWith("driver vfio-pci for it instead of iavf"));
  }

  /** Where its VFs cannot be seen, any claim may be on one of them that is nowhere else. */
  @Test
  void aPfWhoseVfsCannotBeSeenStaysWhileAClaimIsNotFound() {
    Physical empty =
        new Physical(PF, "ice", new Port("ens1f0", "02:00:00:00:00:01"), 8, 0, List.of());
    Physical other = physical(OTHER, "ens2f0");
    SriovConfig wanted = config(DPDK, USUAL);
    for (Inventory unseen :
        List.of(
            new Inventory(List.of(other)),
            new Inventory(List.of(other, empty)),
            new Inventory(List.of(other), Map.of(PF, "hangs"), Map.of(), Map.of()))) {
      ConfigChange change = ConfigChange.of(CURRENT, wanted, unseen, CLAIMS);
      assertEquals(CURRENT, change.next());
      assertTrue(change.refusals().getFirst().contains("default/cnf-1"));
      assertTrue(change.refusals().getFirst().endsWith(" and may be its"));
      Claim elsewhere = CLAIMS.get(PF.plus(9));
      assertEquals(
          new ConfigChange(wanted, List.of(), Map.of()),
          ConfigChange.of(CURRENT, wanted, unseen, Map.of(OTHER.plus(9), elsewhere)));
    }
  }

  /** Its pod has it from a config of before the manager was started. */
  @Test
  void aVfInUseThatIsNotWantedNowIsProtectedToo() {
    SriovConfig current = config(entry(share("2-7", "iavf", "example.com/100g")), USUAL);
    Map<PciAddress, Claim> claims = grantedWith("iavf");
    ConfigChange rebound = ConfigChange.of(current, config(DPDK, USUAL), FOUND, claims);
    assertEquals(current, rebound.next());
    SriovConfig without = new SriovConfig(Map.of(OTHER, USUAL));
    ConfigChange removed = ConfigChange.of(current, without, FOUND, claims);
    assertEquals(current, removed.next());
    assertTrue(removed.refusals().getFirst().endsWith("no longer has its PF"));
    assertEquals(
        new ConfigChange(CURRENT, List.of(), Map.of()),
        ConfigChange.of(current, CURRENT, FOUND, claims));
  }
}

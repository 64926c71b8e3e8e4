package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.Inventory.Physical;
import io.patchbay.sriovmanager.Inventory.Port;
import io.patchbay.sriovmanager.Inventory.Virtual;
import io.patchbay.sriovmanager.Plan.Step.BindDriver;
import io.patchbay.sriovmanager.Plan.Step.CreateVfs;
import io.patchbay.sriovmanager.SriovConfig.Entry;
import io.patchbay.sriovmanager.SriovConfig.Share;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress VF0 = PciAddress.parse("0000:3b:01.0");
  private static final PciAddress VF1 = PciAddress.parse("0000:3b:01.1");
  private final SriovConfig config = SriovConfigTest.good();

  private static Inventory found(String pfDriver, int total, Virtual... virtual) {
    Port port = new Port("ens1", "02:00:00:00:00:01");
    return new Inventory(List.of(new Physical(PF, pfDriver, port, total, 1, List.of(virtual))));
  }

  private Plan plan(Inventory found, PciAddress... claimed) {
    return Plan.of(config, found, claims("", claimed));
  }

  private static Map<PciAddress, Claim> claims(String driver, PciAddress... claimed) {
    Map<PciAddress, Claim> claims = new TreeMap<>();
    for (PciAddress vf : claimed) {
      claims.put(vf, Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, "", driver)));
    }
    return claims;
  }

  @Test
  void makesAllFunctionsWhereThereAreNone() {
    assertEquals(new Plan(List.of(new CreateVfs(PF, 16)), Map.of()), plan(found("ice", 16)));
  }

  @Test
  void neverChangesTheirNumber() {
    assertEquals(
        new Plan(List.of(), Map.of()), plan(found("ice", 16, new Virtual(VF0, 0, "iavf", ""))));
  }

  @Test
  void bindsTheWantedDriverButNotUnderAPod() {
    Inventory found =
        found("ice", 16, new Virtual(VF0, 0, "vfio-pci", ""), new Virtual(VF1, 1, "", ""));
    assertEquals(List.of(new BindDriver(VF1, "iavf")), plan(found, VF0).steps());
  }

  @Test
  void bindsAFunctionThatLostItsDriverAlsoUnderAPod() {
    Inventory found = found("ice", 16, new Virtual(VF0, 0, "", ""));
    assertEquals(List.of(new BindDriver(VF0, "iavf")), plan(found, VF0).steps());
  }

  /** Its pod is started again with it, and whoever brings it home knows it with that driver. */
  @Test
  void aLentFunctionThatLostItsDriverGetsTheOneItWasGrantedWith() {
    Inventory found =
        found("ice", 16, new Virtual(VF0, 0, "", ""), new Virtual(VF1, 1, "iavf", ""));
    Map<PciAddress, Claim> claims = claims("vfio-pci", VF0, VF1);
    assertEquals(List.of(new BindDriver(VF0, "vfio-pci")), Plan.of(config, found, claims).steps());
    Inventory unwanted = found("any", 16, new Virtual(PF.plus(11), 3, "", ""));
    assertEquals(
        List.of(new BindDriver(PF.plus(11), "iavf")),
        Plan.of(split(), unwanted, claims("iavf", PF.plus(11))).steps());
  }

  /** Of a ledger of old, or that the kubelet's list told of; its manager was killed at a reset. */
  @Test
  void aLentFunctionWhoseGrantTellsNoDriverGetsTheOneItWasTakenFrom() {
    Virtual vf = new Virtual(PF.plus(10), 2, "", "").overridden("iavf");
    Claim granted = claims("", vf.address()).get(vf.address());
    Hold hold = Hold.wanted("c1", "inode://4/1", "nsm-1");
    Home home = new Home("ens1v2", "", 1500, Home.UNKNOWN.settings());
    assertEquals("iavf", bound(vf, granted.with(hold.from(home))));
    assertEquals("vfio-pci", bound(vf, granted.with(hold)), "its container drives it");
    assertEquals("vfio-pci", bound(vf, granted), "it is at home");
  }

  /** The config wants vfio-pci by now. */
  private static String bound(Virtual vf, Claim claim) {
    var steps = Plan.of(split(), found("any", 16, vf), Map.of(vf.address(), claim)).steps();
    return ((BindDriver) steps.getFirst()).driver();
  }

  @Test
  void nothingIsFreeWhileThePfIsBeingMadeAsWanted() {
    Inventory found =
        found("ice", 2, new Virtual(VF0, 0, "iavf", ""), new Virtual(VF1, 1, "iavf", ""));
    Inventory pending =
        new Inventory(
            found.physicalFunctions(),
            Map.of(),
            Map.of(),
            Map.of(),
            Set.of(PF),
            Inventory.Others.NONE);
    var catalog =
        Catalogs.of(config, pending, new Catalogs.Books(claims("iavf", VF0), Map.of()), 3);
    assertEquals(State.RESERVED, catalog.getFunctions(0).getState());
    assertEquals("", catalog.getFunctions(0).getFault());
    assertEquals(State.BROKEN, catalog.getFunctions(1).getState());
    assertEquals("is being made as the config wants", catalog.getFunctions(1).getReason());
  }

  /** After a start with a config that calls it something else: the kubelet still lists it so. */
  @Test
  void aClaimedFunctionKeepsTheNameOfItsGrant() {
    Inventory found = found("any", 16, new Virtual(VF0, 0, "iavf", ""));
    var books = new Catalogs.Books(claims("iavf", VF0), Map.of());
    assertEquals(
        List.of("example.com/fast", "example.com/100g"),
        Catalogs.of(split(), found, books, 1).getFunctions(0).getResourceNamesList());
  }

  /** The config may have lost its PF while nobody ran; its pod works on. */
  @Test
  void aLentFunctionOfAPfThatIsNotInTheConfigIsNoFault() {
    Virtual vf = new Virtual(PF.plus(40), 7, "vfio-pci", "12");
    Inventory.Stray stray = new Inventory.Stray(PF.plus(32), "ens9", vf);
    Inventory found = withOthers(new Inventory.Others(Map.of(vf.address(), stray), Set.of()));
    var books = new Catalogs.Books(claims("vfio-pci", vf.address()), Map.of());
    var told = Catalogs.of(config, found, books, 1).getFunctions(0);
    assertEquals("", told.getFault());
    assertEquals("the config no longer has it", told.getReason());
    assertEquals(State.RESERVED, told.getState());
    assertEquals(PF.plus(32).toString(), told.getPfAddress());
    assertEquals("vfio-pci", told.getDriver());
    assertEquals("12", told.getIommuGroup());
    assertEquals(7, told.getNumber());
  }

  private static Inventory withOthers(Inventory.Others others) {
    return new Inventory(List.of(), Map.of(), Map.of(), Map.of(), Set.of(), others);
  }

  @Test
  void saysWhatStandsInTheWay() {
    assertEquals(
        Map.of(PF, "0000:3b:00.0 has driver i40e, the config wants ice"),
        plan(found("i40e", 16)).problems());
    assertEquals(
        Map.of(PF, "0000:3b:00.0 has no driver, the config wants ice"),
        plan(found("", 16)).problems());
    assertEquals(Map.of(PF, "0000:3b:00.0 cannot have VFs"), plan(found("ice", 0)).problems());
    assertEquals(
        Map.of(PF, "there is no PCI device 0000:3b:00.0"),
        plan(new Inventory(List.of())).problems());
  }

  /** A config whose ranges split the PF; VF 1 is wanted twice, with two drivers. */
  private static SriovConfig split() {
    SortedSet<ResourceName> fast = new TreeSet<>(Set.of(ResourceName.parse("example.com/fast")));
    SortedSet<ResourceName> dpdk = new TreeSet<>(Set.of(ResourceName.parse("example.com/dpdk")));
    Share one = new Share("selectors[0]", VfNumbers.parse("0-1"), "iavf", fast, VfOptions.NONE);
    Share two = new Share("selectors[1]", VfNumbers.parse("1-2"), "vfio-pci", dpdk, VfOptions.NONE);
    return new SriovConfig(Map.of(PF, new Entry("", List.of(one, two))));
  }

  @Test
  void eachVfGetsTheDriverOfItsRangeAndAnAmbiguousOneNone() {
    Inventory found =
        found(
            "any",
            16,
            new Virtual(VF0, 0, "", ""),
            new Virtual(VF1, 1, "", ""),
            new Virtual(PF.plus(10), 2, "", ""),
            new Virtual(PF.plus(11), 3, "", ""));
    assertEquals(
        List.of(new BindDriver(VF0, "iavf"), new BindDriver(PF.plus(10), "vfio-pci")),
        Plan.of(split(), found, Map.of()).steps());
    var functions =
        Catalogs.of(split(), found, new Catalogs.Books(Map.of(), Map.of()), 1).getFunctionsList();
    assertEquals(3, functions.size()); // nobody wants the fourth
    assertEquals(List.of("example.com/fast"), functions.get(0).getResourceNamesList());
    assertEquals(State.BROKEN, functions.get(1).getState());
    assertTrue(functions.get(1).getReason().contains("ambiguous"), functions.get(1).getReason());
    assertEquals(List.of("example.com/dpdk"), functions.get(2).getResourceNamesList());
  }

  /** Granted before the config was changed and the manager started anew. */
  @Test
  void aClaimOnAVfThatNobodyWantsIsStillTold() {
    Inventory found = found("any", 16, new Virtual(PF.plus(11), 3, "iavf", ""));
    Claim claim =
        new Claim(
            new Claim.Grant("example.com/100g", "t", 1700, ""),
            new Claim.Use("default", "cnf-1", "app", 0),
            Hold.NONE,
            "");
    var books = new Catalogs.Books(Map.of(PF.plus(11), claim), Map.of());
    var functions = Catalogs.of(split(), found, books, 1).getFunctionsList();
    assertEquals(1, functions.size());
    assertEquals(State.RESERVED, functions.getFirst().getState());
    assertEquals(List.of("example.com/100g"), functions.getFirst().getResourceNamesList());
    assertEquals("the config no longer has it", functions.getFirst().getReason());
  }

  @Test
  void aSelectedPfNeedsSomeDriver() {
    assertEquals(
        Map.of(PF, "0000:3b:00.0 has no driver, the config wants one"),
        Plan.of(split(), found("", 16), Map.of()).problems());
  }

  @Test
  void theCatalogTellsWhoHasWhatAndWhatIsWrong() {
    Inventory found =
        found("ice", 2, new Virtual(VF0, 0, "iavf", "7"), new Virtual(VF1, 1, "", "8"));
    Claim claim =
        new Claim(
            new Claim.Grant("example.com/100g", "t", 1700, ""),
            new Claim.Use("default", "cnf-1", "app", 0),
            Hold.NONE,
            "");
    var catalog = Catalogs.of(config, found, new Catalogs.Books(Map.of(VF0, claim), Map.of()), 3);
    assertEquals(3, catalog.getVersion());
    var first = catalog.getFunctions(0);
    assertEquals(State.RESERVED, first.getState());
    assertEquals("cnf-1", first.getOwner().getPodName());
    assertEquals(1700, first.getOwner().getSinceMillis());
    assertEquals("ens1", first.getPfName());
    assertEquals(4, first.getResourceNamesCount());
    var second = catalog.getFunctions(1);
    assertEquals(State.BROKEN, second.getState());
    assertEquals("has no driver instead of iavf", second.getReason());
  }

  /** Its pod may still run: the kubelet is told the truth, and whoever looks finds the owner. */
  @Test
  void aClaimOnAFunctionThatIsGoneIsStillTold() {
    Claim claim = Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, ""));
    Inventory gonePf = withOthers(new Inventory.Others(Map.of(), Set.of(VF0)));
    Inventory goneVf =
        new Inventory(
            found("ice", 2).physicalFunctions(),
            Map.of(PF.plus(32), "another PF that hangs"),
            Map.of(),
            Map.of(),
            Set.of(),
            gonePf.others());
    for (Inventory found : List.of(goneVf, gonePf)) {
      var catalog = Catalogs.of(config, found, new Catalogs.Books(Map.of(VF0, claim), Map.of()), 3);
      assertEquals(1, catalog.getFunctionsCount());
      var gone = catalog.getFunctions(0);
      assertEquals(VF0.toString(), gone.getPciAddress());
      assertEquals(State.RESERVED, gone.getState());
      assertEquals(List.of("example.com/100g"), gone.getResourceNamesList());
      assertEquals(1700, gone.getOwner().getSinceMillis());
      assertEquals("there is no such VF now: its PF was reset or is gone", gone.getFault());
      assertEquals(gone.getFault(), gone.getReason());
    }
  }

  /** Never unhealthy only because we do not know. */
  @Test
  void aClaimOnAFunctionThatMayBeThereIsNoFault() {
    Claim claim = Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, ""));
    Inventory unread = new Inventory(List.of(), Map.of(PF, "hangs"), Map.of(), Map.of());
    var function =
        Catalogs.of(config, unread, new Catalogs.Books(Map.of(VF0, claim), Map.of()), 3)
            .getFunctions(0);
    assertEquals("", function.getFault());
    assertEquals("was not found yet", function.getReason());
  }

  /** The cables file may be what is wrong: whoever has a VF keeps it as it is. */
  @Test
  void aMisplacedCableIsNoFaultOfWhatIsInUse() {
    Inventory found =
        found("ice", 2, new Virtual(VF0, 0, "iavf", ""), new Virtual(VF1, 1, "iavf", ""));
    Inventory elsewhere =
        new Inventory(found.physicalFunctions(), Map.of(), Map.of(), Map.of(PF, "elsewhere"));
    Claim claim = Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, ""));
    var books = new Catalogs.Books(Map.of(VF0, claim), Map.of());
    var catalog = Catalogs.of(config, elsewhere, books, 3);
    assertEquals(State.RESERVED, catalog.getFunctions(0).getState());
    assertEquals(State.BROKEN, catalog.getFunctions(1).getState());
    for (var function : catalog.getFunctionsList()) {
      assertEquals("elsewhere", function.getReason());
      assertEquals("", function.getFault());
    }
  }

  @Test
  void aFaultOfTheLinkBreaksWhatIsFreeAndIsToldOfTheRest() {
    Inventory found =
        found("ice", 2, new Virtual(VF0, 0, "iavf", ""), new Virtual(VF1, 1, "iavf", ""));
    Inventory dark =
        new Inventory(
            found.physicalFunctions(), Map.of(), Map.of(PF, "no carrier"), Map.of(PF, "elsewhere"));
    Claim claim = Claim.reserved(new Claim.Grant("example.com/100g", "t", 1700, ""));
    var catalog = Catalogs.of(config, dark, new Catalogs.Books(Map.of(VF0, claim), Map.of()), 3);
    assertEquals(State.RESERVED, catalog.getFunctions(0).getState());
    assertEquals(State.BROKEN, catalog.getFunctions(1).getState());
    for (var function : catalog.getFunctionsList()) {
      assertEquals("no carrier", function.getReason());
      assertEquals("no carrier", function.getFault());
    }
  }
}

package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What users of VFs have lost days with, and the test that keeps each from happening here; or a
 * dash and why there is none. The first thirteen are faults read in other code, the rest is what
 * people reported. It is a list: what it names must exist.
 */
class LessonsTest {
  private static final String LESSONS =
      """
      a VF is withdrawn under its other names when it is granted, not when it is used | DevicePluginTest.aFunctionTakenUnderOneNameLeavesTheOther, LedgerTest.aRaceOverTwoNamesHasOneWinnerPerFunction
      the eleventh VF is configured as the eleventh | HardwarePathTest.theEleventhFunctionIsConfiguredAsTheEleventh, PciSysfsTest.virtualFunctionsAreNumberedByTheNameOfTheirLink
      a VF that is taken back reaches nothing any more | VfioPathTest.isParkedWhenReservedGoesToItsServiceAndBack, HardwarePathTest.goesIntoThePodAndComesHome
      device nodes work with cgroup v2 | DevicePluginTest.aFunctionThatTheContainerDrivesItselfComesWithItsNodes
      an allocated VF is never unhealthy for the bookkeeping's sake | SightTest.healthFollowsFromStateAndName
      a driver is bound by override, and looked at | PciSysfsTest.aDriverThatDidNotBindIsNoticed, PlanTest.bindsTheWantedDriverButNotUnderAPod
      what is wrong with a PF is told, and when it is right again | StockTest.aPhysicalFunctionThatCannotBeReadIsBrokenAlone
      a refresh cannot change the mechanism or the place | HardwarePathTest.aConnectionCannotMoveItsFunctionElsewhere, VfioPathTest.aConnectionKeepsItsMechanism
      who has which VF outlives the process, wherever it was killed | HardwarePathTest.aSuccessorFindsWhatToUndo, KilledTest.atEachBoundaryASuccessorGoesOn
      two ends of one connection's VF at once are one | SessionTest.oneRequestAtATimePerConnectionAndOthersDoNotWait, HardwarePathTest.aLateCloseDoesNotTouchASuccessor
      a kubelet that starts anew finds every name on a new socket | KubeletContractTest.everyNameIsRegisteredWithTheNextKubelet
      one IOMMU group goes to one container, and NUMA nodes count | PreferredAllocationTest.matesOfAnIommuGroupStayTogether, DevicePluginTest.theRestOfATakenGroupIsWithdrawn, VfioMatesTest.aGroupGoesToOneContainer
      addresses and names in the config are checked with their lines | SriovConfigTest.namesTheLineOfAMistake
      health is not a word only: it follows from what there is | SightTest.aFaultOfTheHardwareIsToldOfEveryFunction, StockTest.nonsenseDoesNotEndTheLooking
      what is plugged in or made later is seen without a restart | StockTest.aPhysicalFunctionThatAppearsLaterIsTakenUp, StockTest.theKernelsWordIsEnough
      a PF that is reset, or loses its driver, costs no claim | PfLossTest.aResetTakesTheFunctionsAndTheyAreMadeAgain, PfLossTest.withoutItsDriverItHasNoneAndTheClaimStands
      what was unhealthy becomes healthy again | LostManagerTest.withoutItsManagerOnlyWhatIsFreeTurnsUnhealthy, StockTest.aPhysicalFunctionThatCannotBeReadIsBrokenAlone
      a VF in a pod, which nobody sees from outside, is no fault | HardwarePathTest.goesIntoThePodAndComesHome
      VFs are packed or spread over PFs as the operator likes | PreferredAllocationTest.packs, PreferredAllocationTest.chooses
      after a restart of the plugin the numbers are right | KubeletContractTest.aSuccessorKnowsWhatWasAllocated
      a kubelet that was away for an hour is found again | KubeletContractTest.aKubeletThatIsNotThereIsWaitedFor
      the last list is empty | KubeletContractTest.theLastListIsEmpty
      two pools in one container do not hide each other | CdiSpecsTest.twoNamesInOneContainerAreTwoKindsInTwoFiles
      IOMMU groups may be numbered anew at a boot | CdiSpecsTest.aFileIsReplacedWholeAndOnlyWhenSomethingHasChanged
      no VF is given to two pods | LedgerTest.oneFunctionIsNeverGrantedUnderTwoNames, ModelTest.whateverHappensEachFunctionHasOneOwnerAndComesHome
      a VF is as it was made before the next pod gets it, its MAC too | HardwarePathTest.goesIntoThePodAndComesHome, HardwarePathTest.aTagThatSomebodyLeftIsTakenOff
      the switch port is programmed with the VF | TorShimTest.vfsOfOnePortShareItAndLeaveItOneByOne
      an interface name that is taken is refused, and nothing stays half done | HardwarePathTest.aNameThatIsTakenInThePodIsRefusedAndLeavesNothing, LinksTest.aLinkThatMovedInSpiteOfAnErrorIsBroughtBack
      no VF is lost with its pod | HardwarePathTest.aDyingNamespaceGivesItsFunctionBack, HardwarePathTest.aFunctionComesHomeThoughItsNameIsTaken
      a late word of an earlier owner changes nothing | LedgerTest.aLateDeleteOfAnOlderOwnerChangesNothing, HardwarePathTest.aLateCloseDoesNotTouchASuccessor
      a service without a VLAN is refused, not put on VLAN 0 | HardwarePathTest.whatTheNextHopRefusesLeavesNothing
      what cannot be done leaves no VF half configured | HardwarePathTest.whatTheNextHopRefusesLeavesNothing, VfioPathTest.whatTheNextHopRefusesLeavesItParked
      after a reboot everything is at home | HardwarePathTest.whatWasInAPodIsHomeAfterAReboot, VfioPathTest.afterARebootItIsParkedAgain
      existing VFs are never removed to have more of them | PlanTest.neverChangesTheirNumber
      a write that hangs holds up nobody else | StockTest.oneThatHangsHoldsUpNobody, PciSysfsTest.oneThatHangsHoldsUpNoOther
      a manager that restarts goes unnoticed | SightTest.theLastListStandsForFiveSecondsAndAReturnUndoesTheLoss
      a driver that somebody took off is put back | PlanTest.bindsAFunctionThatLostItsDriverAlsoUnderAPod
      who has which VF can be asked | VfsCommandTest.showsWhoHasWhichAndWhyOneIsBroken
      no query of all VFs with counters | VfMessagesTest.theQueryAsksOnePhysicalFunctionWithoutCounters, VfMessagesTest.readsWhatAKernelShowsOfMoreThanTenFunctions
      one PF that hangs does not keep the kubelet from the others | VfControlTest.onePhysicalFunctionThatHangsHoldsUpNoOther
      pods are not lost to a kubelet that has just started | KubeletWordTest.notListedByAKubeletThatMayNotKnowIsNoEnd, KubeletContractTest.whatTheKubeletDoesNotKnowIsNotSaid
      devices of the kubelet that the ledger does not know are taken over | LedgerTest.takesOverWhatTheKubeletListsAndItDoesNotKnow
      the container that asks for the resource is the one that gets it | InjectionTest.putsClientsIntoThePod, InjectionTest.aVfThatNobodyAsksForIsAskedForByTheClient
      interfaces and container-driven VFs on one PF | SelectionTest.rangesSplitAPfBetweenDrivers, PlanTest.eachVfGetsTheDriverOfItsRangeAndAnAmbiguousOneNone
      a function level reset before a VF is given on | RenewalTest.whatAPodLeavesInItsFunctionIsGoneBeforeTheNextHasIt, RenewalTest.oneThatCannotBeResetIsNotHandedOver, VfioPathTest.whatItsLastContainerToldItIsForgottenBeforeTheNextHasIt, VfioPathTest.oneThatCannotBeResetIsNotHandedOver
      settings go to the PF's own interface, not to the representor of a VF | FunctionInterfacesTest.theWayToTheWireComesFirst, FeaturesTest.aRepresentorIsNeverTakenForTheVf
      a pod is told why it has no VF | KubernetesApiTest.anEventOfAPodHasAllThatKubectlShows, TellRefusalsTest.aRefusalIsToldOfThePodThatAsked
      two ports behind one PCI address: the first of them is a PF's port, always the same | FunctionInterfacesTest.theWayToTheWireComesFirst
      VFs of several PFs as one bond | BondTest.vfsOfTwoPfsServeOnePodAndEachFailsAlone, PreferredAllocationTest.chooses
      alternative names of an interface that are taken in the pod | HardwarePathTest.anAlternativeNameThatIsTakenInThePodIsRefusedAndLeavesNothing
      a firmware that is busy when many pods start on one PF | VfControlTest.aFirmwareThatIsBusyIsAskedAgain
      RDMA devices named in another order | PciSysfsTest.itsRdmaDevicesAreThoseBelowIt, FeaturesTest.theContainerGetsTheDeviceNodes
      a PF that is left down, or set down: told so, and left to whoever did it | CarrierTest.aPfThatNobodyHasSetUpIsToldFromTheStart, CarrierTest.aPfThatAnAdministratorSetsDownIsToldApartFromADarkOne
      VFs lost when the NIC's own processor reboots | PfLossTest.whatANicWithItsOwnProcessorLosesByItsRebootIsMadeAgainOnceItIsUp
      """;

  private static final Pattern TEST = Pattern.compile("([A-Z]\\w+Test)\\.([a-z]\\w+)");

  @Test
  void everyLessonHasItsTestOrAReason() {
    Map<String, String> sources = new HashMap<>();
    for (Path file : Sources.java()) {
      String name = String.valueOf(file.getFileName()).replace(".java", "");
      sources.merge(name, Sources.text(file), String::concat);
    }
    List<String> wrong = new ArrayList<>();
    Set<String> lessons = new HashSet<>();
    for (String line : LESSONS.lines().toList()) {
      String[] parts = line.split(" \\| ", -1);
      if (parts.length != 2 || !lessons.add(parts[0])) {
        wrong.add(line);
        continue;
      }
      Matcher test = TEST.matcher(parts[1]);
      boolean any = parts[1].startsWith("-: ");
      while (test.find()) {
        any = true;
        if (!sources.getOrDefault(test.group(1), "").contains(" " + test.group(2) + "(")) {
          wrong.add("there is no " + test.group());
        }
      }
      if (!any) {
        wrong.add(line);
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(lessons.size() >= 45, lessons.size() + " lessons");
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.linux.PciAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LedgerTest extends LedgerRig {
  private static final ResourceName PTP = ResourceName.parse("example.com/ptp");
  private static final Home HOME =
      new Home("eth1", "02:00:00:00:00:01", 1500, Home.UNKNOWN.settings());

  private static Hold hold(String connection, String namespace) {
    return Hold.wanted(connection, namespace, "nsm-1");
  }

  private void assertRefused(Failure.Kind kind, org.junit.jupiter.api.function.Executable task) {
    assertEquals(kind, assertThrows(Failure.class, task).kind());
  }

  @Test
  void oneFunctionIsNeverGrantedUnderTwoNames() {
    ledger.reserve(FAST, List.of(VF1));
    assertRefused(Failure.Kind.CONFLICT, () -> ledger.reserve(PTP, List.of(VF1)));
  }

  @Test
  void reservesAllOrNone() {
    ledger.reserve(PTP, List.of(VF2));
    assertRefused(Failure.Kind.CONFLICT, () -> ledger.reserve(FAST, List.of(VF1, VF2)));
    assertEquals(Set.of(VF2), ledger.claims().keySet());
  }

  @Test
  void givesTheSameAnswerToTheSameRequest() {
    List<Claim> first = ledger.reserve(FAST, List.of(VF1, VF2));
    assertEquals(first, ledger.reserve(FAST, List.of(VF1, VF2)));
    assertNotEquals(first.get(0).grant().token(), first.get(1).grant().token());
    assertTrue(!first.toString().contains(VF1.toString()), "the token must not be the address");
  }

  @Test
  void aSecondContainerOfTheSameDeviceGetsATokenOfItsOwn() {
    Claim first = ledger.reserve(FAST, List.of(VF1)).getFirst();
    ledger.report(Map.of(VF1, listed(FAST, "a")), false);
    Claim second = ledger.reserve(FAST, List.of(VF1)).getFirst();
    assertNotEquals(first.grant().token(), second.grant().token());
    assertEquals(Claim.Use.NONE, second.use());
  }

  @Test
  void aReservationWhosePodNeverShowsAgesOut() {
    ledger.reserve(FAST, List.of(VF1));
    time.advance(Duration.ofSeconds(119));
    ledger.report(Map.of(), false);
    assertEquals(State.RESERVED, ledger.find(VF1).orElseThrow().state());
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(), false);
    assertEquals(Map.of(), ledger.claims());
  }

  @Test
  void oneMissIsNotTheEnd() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.reserve(FAST, List.of(VF2));
    ledger.report(Map.of(VF1, listed(FAST, "a"), VF2, listed(FAST, "b")), false);
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(VF1, listed(FAST, "a"), VF2, listed(FAST, "b")), false);
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    assertEquals(Set.of(VF1, VF2), ledger.claims().keySet());
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    assertEquals(Set.of(VF2), ledger.claims().keySet());
  }

  @Test
  void anEmptyAnswerNeedsToLast() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.report(Map.of(VF1, listed(FAST, "a")), false);
    ledger.report(Map.of(), false);
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(), false);
    time.advance(Duration.ofSeconds(2));
    ledger.report(Map.of(), false);
    assertEquals(Set.of(VF1), ledger.claims().keySet());
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(), false);
    assertEquals(Map.of(), ledger.claims());
  }

  /** A miss may have been noted long ago, even by an earlier process. */
  @Test
  void oneEmptyAnswerEndsNothing() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.reserve(FAST, List.of(VF2));
    ledger.report(Map.of(VF1, listed(FAST, "a"), VF2, listed(FAST, "b")), false);
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    time.advance(Duration.ofMinutes(10));
    ledger.report(Map.of(), false);
    assertEquals(Set.of(VF1, VF2), ledger.claims().keySet());
  }

  @Test
  void aHeldFunctionIsMissedForAMinute() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.report(Map.of(VF1, listed(FAST, "a"), VF2, listed(FAST, "b")), false);
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    time.advance(Duration.ofSeconds(59));
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    assertEquals(State.HELD, ledger.find(VF1).orElseThrow().state());
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(VF2, listed(FAST, "b")), false);
    assertEquals(State.DRAINING, ledger.find(VF1).orElseThrow().state());
  }

  @Test
  void afterARebootNothingIsKnownOfNamespaces() {
    Claim before = ledger.reserve(FAST, List.of(VF1)).getFirst();
    ledger.report(Map.of(VF1, listed(FAST, "a")), false);
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.amend(VF1, "c1", hold -> hold.seated(new Hold.Seat(7, "tun")));
    reopen("boot-1");
    assertFalse(ledger.rebooted());
    reopen("boot-2");
    assertTrue(ledger.rebooted());
    Claim after = ledger.find(VF1).orElseThrow();
    assertEquals(before.grant(), after.grant(), "the pod is started again with the same token");
    assertEquals("a", after.use().pod());
    assertTrue(after.hold().outlived());
    assertEquals(Hold.Seat.NONE, after.hold().seat());
    assertEquals(HOME, after.hold().home());
    ledger.home(VF1, "c1");
    ledger.hold(VF1, hold("c2", "inode://4/2"), url -> true, () -> HOME);
    reopen("boot-2");
    assertFalse(ledger.rebooted());
    assertEquals("inode://4/2", ledger.find(VF1).orElseThrow().grant().goodFor());
  }

  /** A file that knows how much of it a power cut would leave. */
  private static final class PowerCut implements Journal.Storage {
    private byte[] bytes = new byte[0];
    private int forced;

    @Override
    public byte[] read() {
      return bytes;
    }

    @Override
    public void truncate(long length) {
      bytes = Arrays.copyOf(bytes, Math.toIntExact(length));
    }

    @Override
    public void append(byte[] line) {
      int size = bytes.length;
      bytes = Arrays.copyOf(bytes, size + line.length);
      System.arraycopy(line, 0, bytes, size, line.length);
    }

    @Override
    public void force() {
      forced = bytes.length;
    }

    @Override
    public void replace(byte[] whole, boolean durable) {
      bytes = whole;
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void close() {}
  }

  /** Each step waits for the disk unless a reboot makes it void; so a power cut changes nothing. */
  @Test
  void aPowerCutTakesOnlyWhatARebootMakesVoid() {
    PowerCut disk = new PowerCut();
    ledger.close();
    ledger = Ledger.open(Journal.open(disk), time, Patience.USUAL, "boot-1");
    ledger.reserve(FAST, List.of(VF1, VF2));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.amend(VF1, "c1", hold -> hold.plugged(new Hold.Cable("tor-1", "Ethernet1"), 100));
    int forced = disk.forced;
    assertEquals(disk.bytes.length, forced);
    ledger.amend(VF1, "c1", hold -> hold.at(Hold.Step.ATTACHING).seated(new Hold.Seat(7, "")));
    ledger.advance(VF1, "c1", Hold.Step.ATTACHED);
    assertEquals(forced, disk.forced, "nobody waits for what a reboot makes void");
    assertTrue(disk.bytes.length > forced);
    Map<PciAddress, Claim> rebooted = booted(disk);
    disk.truncate(forced);
    assertEquals(rebooted, booted(disk));
  }

  private Map<PciAddress, Claim> booted(PowerCut disk) {
    PowerCut copy = new PowerCut();
    copy.bytes = disk.bytes;
    try (Ledger after = Ledger.open(Journal.open(copy), time, Patience.USUAL, "boot-2")) {
      assertTrue(after.rebooted());
      return after.claims();
    }
  }

  private void reopen(String boot) {
    ledger.close();
    ledger = Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, boot);
  }

  /** As it was written before seats, and before boots, were. */
  @Test
  void readsALedgerOfOld() {
    ledger.close();
    try (Journal old = Journal.open(folder.resolve("old"))) {
      old.put(
          VF1.toString(),
          """
          {"grant":{"resource":"example.com/100g","token":"t","sinceMillis":0,"goodFor":""},
           "use":{"namespace":"","pod":"","container":"","missingSinceMillis":0},
           "hold":{"connection":"c1","namespace":"inode://4/1","interfaceName":"nsm-1",
             "home":{"name":"eth1","mac":"02:00:00:00:00:01","mtu":1500,
               "settings":{"mac":"","vlan":0,"qos":0,"spoofCheck":false}},
             "step":"ATTACHED"},
           "draining":""}
          """
              .replace("\n", " "));
    }
    ledger = Ledger.open(folder.resolve("old"), time, Patience.USUAL, "boot-1");
    assertFalse(ledger.rebooted());
    assertEquals(Hold.Seat.NONE, ledger.find(VF1).orElseThrow().hold().seat());
    assertEquals("inode://4/1", ledger.find(VF1).orElseThrow().hold().namespace());
  }

  @Test
  void aHeldFunctionDrainsBeforeItIsFree() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.release(List.of(VF1), "released");
    assertEquals(State.DRAINING, ledger.find(VF1).orElseThrow().state());
    assertRefused(Failure.Kind.CONFLICT, () -> ledger.reserve(FAST, List.of(VF1)));
    ledger.home(VF1, "c1");
    assertEquals(Map.of(), ledger.claims());
  }

  @Test
  void aClosedConnectionLeavesThePodItsGrant() {
    Claim granted = ledger.reserve(FAST, List.of(VF1)).getFirst();
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.home(VF1, "c1");
    Claim after = ledger.find(VF1).orElseThrow();
    assertEquals(State.RESERVED, after.state());
    assertEquals(granted.grant().token(), after.grant().token());
  }

  /** Its pod came and went between two words of the kubelet. */
  @Test
  void aGrantThatWasUsedIsNotHandedOn() {
    String token = ledger.reserve(FAST, List.of(VF1)).getFirst().grant().token();
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.home(VF1, "c1");
    Claim next = ledger.reserve(FAST, List.of(VF1)).getFirst();
    assertNotEquals(token, next.grant().token());
    ledger.hold(VF1, hold("c2", "inode://4/2"), url -> true, () -> HOME);
    assertEquals("inode://4/2", ledger.find(VF1).orElseThrow().grant().goodFor());
  }

  /** Complaint theme 2: a late delete of the old pod reset the new pod's VF. */
  @Test
  void aLateDeleteOfAnOlderOwnerChangesNothing() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.hold(VF1, hold("old", "inode://4/1"), url -> true, () -> HOME);
    ledger.home(VF1, "old");
    ledger.hold(VF1, hold("new", "inode://4/1"), url -> true, () -> HOME);
    ledger.home(VF1, "old");
    ledger.advance(VF1, "old", Hold.Step.RETURNING);
    assertEquals(hold("new", "inode://4/1").from(HOME), ledger.find(VF1).orElseThrow().hold());
  }

  @Test
  void aGrantIsGoodForOneNetworkNamespace() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    assertRefused(
        Failure.Kind.CONFLICT,
        () -> ledger.hold(VF1, hold("c2", "inode://4/2"), url -> true, () -> HOME));
    ledger.home(VF1, "c1");
    assertRefused(
        Failure.Kind.DENIED,
        () -> ledger.hold(VF1, hold("c2", "inode://4/2"), url -> true, () -> HOME));
    ledger.hold(VF1, hold("c2", "inode://4/2"), url -> false, () -> HOME);
    assertEquals("inode://4/2", ledger.find(VF1).orElseThrow().grant().goodFor());
  }

  /** A request with the same id must not be given a VF that another thread is bringing home. */
  @Test
  void whatIsOnItsWayHomeIsHeldByNobody() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    assertEquals(Optional.empty(), ledger.sendHome(VF1, "c1", () -> false));
    assertEquals(Optional.empty(), ledger.sendHome(VF1, "c2", () -> true));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    assertTrue(ledger.sendHome(VF1, "c1", () -> true).isPresent());
    assertRefused(
        Failure.Kind.CONFLICT,
        () -> ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME));
    ledger.home(VF1, "c1");
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
  }

  @Test
  void aPodWaitsForItsFunctionToComeHome() throws InterruptedException {
    String token = ledger.reserve(FAST, List.of(VF1)).getFirst().grant().token();
    ledger.report(Map.of(VF1, listed(FAST, "a")), false);
    GrantSearch search =
        new GrantSearch(
            ledger,
            new NodeOffer("node-1", () -> new TreeSet<>(Set.of(FAST)), vf -> VfOptions.NONE));
    for (GrantSearch.Client client :
        List.of(
            new GrantSearch.Client("default", "a", FAST.toString(), "", "c1"),
            new GrantSearch.Client("", "", "", token, "c1"))) {
      ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
      assertEquals(VF1, search.find(client, time.now()));
      ledger.advance(VF1, "c1", Hold.Step.RETURNING);
      assertRefused(Failure.Kind.TIMEOUT, () -> search.find(client, time.now()));
      Thread waiting =
          Thread.ofVirtual().start(() -> search.find(client, time.now().plusSeconds(9)));
      assertTrue(
          Await.comesTrue(
              Duration.ofSeconds(9), () -> waiting.getState() == Thread.State.TIMED_WAITING));
      ledger.home(VF1, "c1");
      assertTrue(waiting.join(Duration.ofSeconds(9)));
    }
  }

  /** Whoever heals has let go of one whose cable is out, and must not be led back to it. */
  @Test
  void aPodGetsAFunctionThatIsWellIfItHasOne() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.reserve(FAST, List.of(VF2));
    ledger.report(Map.of(VF1, listed(FAST, "a"), VF2, listed(FAST, "a")), false);
    Set<PciAddress> faulty = new HashSet<>();
    GrantSearch search =
        new GrantSearch(
            ledger,
            new NodeOffer(
                "node-1",
                () -> new TreeSet<>(Set.of(FAST)),
                vf -> VfOptions.NONE,
                faulty::contains));
    GrantSearch.Client client = new GrantSearch.Client("default", "a", FAST.toString(), "", "c1");
    assertEquals(VF1, search.find(client, time.now()));
    faulty.add(VF1);
    assertEquals(VF2, search.find(client, time.now()));
    Hold kept = ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    assertEquals(VF1, search.find(client, time.now()), "its own, though its session knew it not");
    ledger.home(VF1, kept.connection());
    assertEquals(VF2, search.find(client, time.now()));
    faulty.add(VF2);
    assertEquals(VF1, search.find(client, time.now()), "there is no better one");
  }

  /** Nor does its holder wait for one that it will not have again. */
  @Test
  void aTokenWhoseGrantHasEndedIsRefusedAtOnce() {
    String token = ledger.reserve(FAST, List.of(VF1)).getFirst().grant().token();
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    ledger.release(List.of(VF1), "its pod is gone");
    ledger.advance(VF1, "c1", Hold.Step.RETURNING);
    GrantSearch search =
        new GrantSearch(ledger, new NodeOffer("node-1", TreeSet::new, vf -> VfOptions.NONE));
    GrantSearch.Client client = new GrantSearch.Client("", "", "", token, "c2");
    assertEquals(VF1, search.find(client, time.now()));
    assertFalse(search.isOutrun(VF1, client), "it is refused, not searched for again");
    ledger.home(VF1, "c1");
    assertRefused(Failure.Kind.DENIED, () -> search.find(client, time.now()));
  }

  /** What a VF is put back to is looked at when nobody can change it meanwhile. */
  @Test
  void aFunctionIsLookedAtOnlyWhenNobodyHasIt() {
    ledger.reserve(FAST, List.of(VF1));
    ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME);
    Hold again =
        ledger.hold(
            VF1,
            hold("c1", "inode://4/1"),
            url -> true,
            () -> {
              throw new AssertionError("looked at a VF that is in a pod");
            });
    assertEquals(HOME, again.home());
  }

  @Test
  void nobodyHoldsWithoutAGrant() {
    assertRefused(
        Failure.Kind.NOT_FOUND,
        () -> ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME));
  }

  @Test
  void takesOverWhatTheKubeletListsAndItDoesNotKnow() {
    ledger.report(Map.of(VF1, listed(FAST, "a")), false);
    Claim claim = ledger.find(VF1).orElseThrow();
    assertEquals("a", claim.use().pod());
    assertEquals(State.RESERVED, claim.state());
  }

  /** Defect 1: kubelet admitted more pods than there were VFs. */
  @Test
  void aRaceOverTwoNamesHasOneWinnerPerFunction() throws Exception {
    Map<PciAddress, ResourceName> winners = new ConcurrentHashMap<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new java.util.ArrayList<>();
      for (int i = 0; i < 64; i++) {
        PciAddress vf = PciAddress.parse("0000:3b:0%d.%d".formatted(i / 8, i % 8));
        for (ResourceName name : List.of(FAST, PTP)) {
          all.add(threads.submit(() -> contend(winners, vf, name)));
        }
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertEquals(64, winners.size());
    winners.forEach((vf, name) ->
        assertEquals(name.toString(), ledger.find(vf).orElseThrow().grant().resource()));
  }

  private void contend(Map<PciAddress, ResourceName> winners, PciAddress vf, ResourceName name) {
    try {
      ledger.reserve(name, List.of(vf));
      assertEquals(null, winners.put(vf, name));
    } catch (Failure lost) {
      assertEquals(Failure.Kind.CONFLICT, lost.kind());
    }
  }

  /** After each step the process may die: what is on disk is what was said. */
  @Test
  void knowsAfterEachStepWhatItKnewBefore() throws IOException {
    List<Runnable> steps =
        List.of(
            () -> ledger.reserve(FAST, List.of(VF1, VF2)),
            () -> ledger.report(Map.of(VF1, listed(FAST, "a")), false),
            () -> ledger.hold(VF1, hold("c1", "inode://4/1"), url -> true, () -> HOME),
            () -> ledger.advance(VF1, "c1", Hold.Step.TAGGING),
            () -> ledger.advance(VF1, "c1", Hold.Step.ATTACHED),
            () -> ledger.report(Map.of(VF2, listed(FAST, "b")), false),
            () -> ledger.release(List.of(VF1), "released"),
            () -> ledger.home(VF1, "c1"),
            () -> ledger.release(List.of(VF2), "released"));
    for (Runnable step : steps) {
      step.run();
      Path copy = folder.resolve("copy");
      Files.copy(folder.resolve("ledger"), copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      try (Ledger reopened = Ledger.open(copy, time, Patience.USUAL, "boot-1")) {
        assertEquals(ledger.claims(), reopened.claims());
      }
    }
    assertEquals(Map.of(), ledger.claims());
  }
}

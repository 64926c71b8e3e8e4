package io.patchbay.sriovmanager;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** VFs that are granted to resource claims: exactly until these are released. */
class ResourceClaimTest extends LedgerRig {
  private static final String CLAIM = "default/fast/uid-1";

  private Claim reserve(String claim, String pod, PciAddress vf) {
    Reservation wanted = new Reservation(FAST, ResourceClaim.parse(claim), pod);
    return ledger.reserve(wanted, List.of(vf), each -> "").getFirst();
  }

  private void release(String claim) {
    ledger.release(ResourceClaim.parse(claim), "it ended");
  }

  private static void refused(String words, Runnable call) {
    Failure refused = assertThrows(Failure.class, call::run);
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  private static Listed listed(String claim, String pod) {
    return new Listed("", new Claim.Use("default", pod, "app", 0), ResourceClaim.listed(claim));
  }

  private void hold(PciAddress vf) {
    Hold wanted = Hold.wanted("c1", "inode://4/1", "nsm-1");
    var unused = ledger.hold(vf, wanted, url -> true, () -> Home.UNKNOWN);
  }

  @Test
  void theSameClaimGetsTheSameAnswerWhateverHasHappened() {
    Claim first = reserve(CLAIM, "cnf-1", VF1);
    assertEquals(first, reserve(CLAIM, "cnf-1", VF1));
    ledger.report(Map.of(VF1, listed("default/fast", "cnf-1")), false);
    assertEquals(first.grant(), reserve(CLAIM, "cnf-1", VF1).grant());
    hold(VF1);
    String token = reserve(CLAIM, "cnf-1", VF1).grant().token();
    assertEquals(first.grant().token(), token);
    ledger.close();
    open();
    assertEquals(token, reserve(CLAIM, "cnf-1", VF1).grant().token());
    assertEquals(State.HELD, ledger.find(VF1).orElseThrow().state());
  }

  /** The pod is known before the kubelet lists it, if it ever does. */
  @Test
  void theClaimsPodIsTheClient() {
    reserve(CLAIM, "cnf-1", VF1);
    assertEquals("cnf-1", ledger.find(VF1).orElseThrow().use().pod());
    assertEquals("default", ledger.find(VF1).orElseThrow().use().namespace());
    reserve(CLAIM, "cnf-2", VF1);
    assertEquals("cnf-2", ledger.find(VF1).orElseThrow().use().pod());
  }

  @Test
  void neitherFrontTakesFromTheOther() {
    reserve(CLAIM, "cnf-1", VF1);
    refused("taken by resource claim default/fast/uid-1", () -> ledger.reserve(FAST, List.of(VF1)));
    refused("resource claim", () -> reserve("default/fast/uid-2", "cnf-2", VF1));
    refused("resource claim", () -> reserve("default/other/uid-1", "cnf-2", VF1));
    ledger.reserve(FAST, List.of(VF2));
    refused("taken by a container", () -> reserve(CLAIM, "cnf-1", VF2));
    ledger.report(Map.of(VF2, listed("cnf-3")), false);
    refused("taken by a container", () -> reserve(CLAIM, "cnf-1", VF2));
  }

  /** Not every kubelet lists the devices of claims. */
  @Test
  void theKubeletsSilenceEndsNothing() {
    reserve(CLAIM, "cnf-1", VF1);
    for (int minute = 0; minute < 10; minute++) {
      time.advance(Duration.ofMinutes(1));
      ledger.report(Map.of(VF3, listed("cnf-3")), false);
    }
    assertEquals(State.RESERVED, ledger.find(VF1).orElseThrow().state());
    assertEquals("cnf-1", ledger.find(VF1).orElseThrow().use().pod());
  }

  @Test
  void onlyItsOwnReleaseEndsIt() {
    reserve(CLAIM, "cnf-1", VF1);
    reserve("default/slow/uid-3", "cnf-2", VF2);
    release("default/fast/uid-2");
    assertTrue(ledger.find(VF1).isPresent());
    release(CLAIM);
    release(CLAIM);
    assertTrue(ledger.find(VF1).isEmpty());
    assertTrue(ledger.find(VF2).isPresent());
  }

  /** Somebody may be at that other one for long. */
  @Test
  void aReleaseDoesNotWaitForTheTurnOfAnother() {
    reserve("default/slow/uid-3", "cnf-2", VF1);
    reserve(CLAIM, "cnf-1", VF2);
    var unused =
        ledger.whileStill(
            VF1,
            claim -> {
              CompletableFuture.runAsync(() -> release(CLAIM)).orTimeout(30, SECONDS).join();
              return claim;
            });
    assertTrue(ledger.find(VF2).isEmpty());
  }

  /** Where claims are not used, an older manager can still read the ledger. */
  @Test
  void aContainersGrantIsWrittenAsBefore() {
    String written = Json.write(ledger.reserve(FAST, List.of(VF1)).getFirst());
    assertTrue(!written.contains("resourceClaim"), written);
    written = Json.write(reserve(CLAIM, "cnf-1", VF2));
    assertTrue(written.contains("\"resourceClaim\":\"" + CLAIM + "\""), written);
    assertEquals(CLAIM, Json.read(written, Claim.class).grant().resourceClaim());
  }

  @Test
  void oneThatServesAConnectionComesHomeFirst() {
    reserve(CLAIM, "cnf-1", VF1);
    hold(VF1);
    release(CLAIM);
    assertEquals(State.DRAINING, ledger.find(VF1).orElseThrow().state());
    refused("on its way home", () -> reserve(CLAIM, "cnf-1", VF1));
    ledger.home(VF1, "c1");
    assertTrue(ledger.find(VF1).isEmpty());
  }

  /** The ledger is new and the kubelet is not: its list has no uid. */
  @Test
  void whatTheKubeletListsIsTakenOverUntilItsClaimIsKnown() {
    ledger.report(Map.of(VF1, new Listed(FAST.toString(), use(), byName())), false);
    refused("resource claim", () -> ledger.reserve(FAST, List.of(VF1)));
    String token = ledger.find(VF1).orElseThrow().grant().token();
    assertEquals(token, reserve(CLAIM, "cnf-1", VF1).grant().token());
    refused("resource claim", () -> reserve("default/fast/uid-2", "cnf-1", VF1));
    release(CLAIM);

    // It was listed while it was released: nobody will release it again.
    ledger.report(Map.of(VF1, new Listed(FAST.toString(), use(), byName())), false);
    ledger.report(Map.of(VF3, listed("cnf-3")), false);
    time.advance(Duration.ofSeconds(1));
    ledger.report(Map.of(VF3, listed("cnf-3")), false);
    assertTrue(ledger.find(VF1).isEmpty());
  }

  private static Claim.Use use() {
    return new Claim.Use("default", "cnf-1", "app", 0);
  }

  private static ResourceClaim byName() {
    return ResourceClaim.listed("default/fast");
  }

  @Test
  void whatTheDeviceManagerSaysIsNotSaidOfAClaim() {
    reserve(CLAIM, "cnf-1", VF1);
    ledger.report(Map.of(VF1, listed("stranger")), false);
    ledger.report(Map.of(VF1, listed("default/other", "stranger")), false);
    assertEquals("cnf-1", ledger.find(VF1).orElseThrow().use().pod());
    ledger.report(Map.of(VF1, listed("default/fast", "cnf-1")), false);
    assertEquals("app", ledger.find(VF1).orElseThrow().use().container());
  }
}

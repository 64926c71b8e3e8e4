package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The ledger's part of the facts of contracts/kubelet.md section 12, by their numbers. */
class KubeletWordTest extends LedgerRig {
  /** More than the time between two of the plugin's reports. */
  private static final Duration ROUND = Duration.ofSeconds(1);

  private void report(Map<PciAddress, Listed> list) {
    ledger.report(list, false);
    time.advance(ROUND);
  }

  private Set<PciAddress> taken() {
    return ledger.claims().keySet();
  }

  @Test
  @DisplayName("8: what drains is refused until it is home; the same ids get the same grants")
  void drainingIsRefusedAndTheSameIdsGetTheSame() {
    List<Claim> first = ledger.reserve(FAST, List.of(VF1, VF2));
    assertEquals(first, ledger.reserve(FAST, List.of(VF1, VF2)));
    report(Map.of(VF1, listed("a"), VF2, listed("a")));
    Hold hold = Hold.wanted("c1", "inode://4/1", "nsm-1");
    ledger.hold(VF1, hold, url -> true, () -> Home.UNKNOWN);
    ledger.release(List.of(VF1), "gone");
    Failure refused = assertThrows(Failure.class, () -> ledger.reserve(FAST, List.of(VF1, VF3)));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertEquals(Set.of(VF1, VF2), taken(), "all or none");
    ledger.home(VF1, "c1");
    assertNotEquals(
        first.getFirst().grant().token(),
        ledger.reserve(FAST, List.of(VF1)).getFirst().grant().token());
  }

  @Test
  @DisplayName("10: killed after Allocate, what the kubelet lists is what is taken")
  void whatTheKubeletListsIsWhatIsTaken() {
    ledger.reserve(FAST, List.of(VF1, VF2));
    ledger.close();
    open();
    report(Map.of(VF1, listed("a"), VF3, listed("b")));
    assertEquals(Set.of(VF1, VF2, VF3), taken(), "one may be about to be listed");
    time.advance(Patience.USUAL.unseen());
    report(Map.of(VF1, listed("a"), VF3, listed("b")));
    assertEquals(Set.of(VF1, VF3), taken());
  }

  @Test
  @DisplayName("11: a kubelet that may not know yet, or has listed nothing once, ends no grant")
  void notListedByAKubeletThatMayNotKnowIsNoEnd() {
    ledger.reserve(FAST, List.of(VF1));
    report(Map.of(VF1, listed("a")));
    for (int round = 0; round < 100; round++) {
      ledger.report(Map.of(), true);
      time.advance(ROUND);
    }
    assertEquals(Set.of(VF1), taken());
    report(Map.of(VF1, listed("a")));
    report(Map.of());
    assertEquals(Set.of(VF1), taken());
    report(Map.of(VF1, listed("a")));
    assertEquals(0, ledger.find(VF1).orElseThrow().use().missingSinceMillis());
  }

  @Test
  @DisplayName("11: a list that is old keeps what it names")
  void anOldListKeepsWhatItNames() {
    ledger.reserve(FAST, List.of(VF1));
    for (int round = 0; round < 1000; round++) {
      report(Map.of(VF1, listed("a")));
    }
    assertEquals(Set.of(VF1), taken());
  }

  @Test
  @DisplayName("11: a pod of the same name with another VF has that; the first ends in two rounds")
  void thePodOfTheSameNameIsAnotherPod() {
    ledger.reserve(FAST, List.of(VF1));
    report(Map.of(VF1, listed("a-0")));
    ledger.reserve(FAST, List.of(VF2));
    report(Map.of(VF2, listed("a-0")));
    assertEquals(Set.of(VF1, VF2), taken(), "once is not enough");
    report(Map.of(VF2, listed("a-0")));
    assertEquals(Set.of(VF2), taken());
    for (int round = 0; round < 100; round++) {
      report(Map.of(VF2, listed("a-0")));
    }
    assertEquals(Set.of(VF2), taken());
  }
}

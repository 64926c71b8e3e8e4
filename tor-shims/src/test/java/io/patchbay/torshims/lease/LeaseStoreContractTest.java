package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What whatever keeps a lease, and what is beside it, owes the replicas of the shim. */
abstract class LeaseStoreContractTest extends LeaseContractTest {
  static final Duration LASTING = Duration.ofSeconds(30);

  final FakeTime time = new FakeTime();
  private final Stack stores = new Stack();

  /** As another process has it. A lease is there that nobody holds. */
  abstract LeaseStore connect();

  /** Somebody removes the lease. */
  abstract void deleteLease();

  /** Somebody removes a record. */
  abstract void delete(String place);

  /** Somebody writes half a text over a record. */
  abstract void damage(String place);

  /** What people call a record. */
  abstract String words(String place);

  /** It answers no more. */
  abstract void stop();

  @AfterEach
  void disconnect() {
    stores.close();
  }

  final LeaseStore store() {
    return stores.push(connect());
  }

  @Override
  Lease replica(String name) {
    return new SharedLease(connect(), name, LASTING, time);
  }

  private static IntentRecord fresh(String place, Map<String, String> entries) {
    return new IntentRecord(place, "", "writer", entries);
  }

  @Test
  void aLeaseIsReadAsItWasWritten() {
    LeaseStore store = store();
    LeaseRecord free = store.read().orElseThrow();
    assertEquals("", free.holder());
    LeaseRecord held =
        store
            .write(free.takenBy("one", LASTING).handing(new Handover("folder", "token")))
            .orElseThrow();
    assertEquals("one", held.holder());
    assertEquals(LASTING, held.duration());
    assertEquals(1, held.transitions());
    assertEquals(Optional.of(new Handover("folder", "token")), held.handover());
    assertEquals(Optional.of(held), store().read());
  }

  @Test
  void aRenewalIsAnotherVersion() {
    LeaseStore store = store();
    LeaseRecord held =
        store.write(store.read().orElseThrow().takenBy("one", LASTING)).orElseThrow();
    time.advance(Duration.ofSeconds(3));
    LeaseRecord renewed = store.write(held).orElseThrow();
    assertTrue(!renewed.version().equals(held.version()), renewed.version());
    assertEquals(Optional.of(renewed), store().read());
  }

  @Test
  void anotherVersionOfALeaseThanTheLastIsNotWritten() {
    LeaseStore one = store();
    LeaseStore other = store();
    deleteLease();
    assertEquals(Optional.empty(), one.read());
    LeaseRecord fresh = new LeaseRecord("", "one", LASTING, 1, Optional.empty());
    LeaseRecord first = one.write(fresh).orElseThrow();
    assertEquals(Optional.empty(), other.write(fresh), "it is there already");
    time.advance(Duration.ofSeconds(3));
    LeaseRecord second = one.write(first).orElseThrow();
    assertEquals(Optional.empty(), other.write(first.takenBy("other", LASTING)));
    assertEquals(Optional.of(second), other.read());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tor-1", "Rack 1/leaf"})
  void aRecordIsThereByItsVersion(String place) {
    IntentStore store = store().intents();
    Map<String, String> entries = Map.of("former/Rack 1/Ethernet1/1 [mtu]", "<a>\"\n\u00fc</a>");
    assertEquals(Optional.empty(), store.read(place));
    IntentRecord written = store.write(fresh(place, entries)).orElseThrow();
    assertEquals(entries, written.entries());
    assertEquals(Optional.of(written), store().intents().read(place));
    IntentRecord next = store.write(written.with(Map.of())).orElseThrow();
    assertEquals(Optional.of(next), store().intents().read(place));
  }

  @Test
  void anotherVersionOfARecordThanTheLastIsNotWritten() {
    IntentStore store = store().intents();
    IntentStore other = store().intents();
    IntentRecord first = store.write(fresh("tor-1", Map.of("a", "1"))).orElseThrow();
    assertEquals(Optional.empty(), other.write(fresh("tor-1", Map.of())), "it is there already");
    IntentRecord taken = other.write(first.takenBy("next")).orElseThrow();
    assertEquals(Optional.empty(), store.write(first.with(Map.of("a", "stale"))));
    assertEquals(Optional.of(taken), store.read("tor-1"));
    delete("tor-1");
    assertEquals(Optional.empty(), store.write(taken), "it is gone");
    assertEquals(Optional.empty(), store.read("tor-1"));
  }

  @Test
  void whatIsDamagedIsNotTakenForNothing() {
    IntentStore store = store().intents();
    assertTrue(store.write(fresh("tor-1", Map.of("a", "1"))).isPresent());
    damage("tor-1");
    Failure refused = assertThrows(Failure.class, () -> store.read("tor-1"));
    assertEquals(Failure.Kind.INTERNAL, refused.kind());
    assertTrue(refused.getMessage().startsWith(words("tor-1") + " is damaged"), refused::toString);
  }

  @Test
  void whatItWouldNotTakeIsRefusedHere() {
    IntentStore store = store().intents();
    IntentRecord most =
        store.write(fresh("tor-1", Map.of("a", "1".repeat(1_000_000)))).orElseThrow();
    Map<String, String> more = Map.of("a", "1".repeat(1_000_000), "b", "\u00fc".repeat(25_000));
    Failure refused = assertThrows(Failure.class, () -> store.write(most.with(more)));
    assertEquals(Failure.Kind.EXHAUSTED, refused.kind());
    assertTrue(refused.getMessage().startsWith(words("tor-1") + " would"), refused::toString);
    assertEquals(Optional.of(most), store.read("tor-1"));
  }

  @Test
  void oneThatIsAwayIsUnavailable() {
    LeaseStore store = store();
    LeaseRecord free = store.read().orElseThrow();
    stop();
    Failure away = assertThrows(Failure.class, store::read);
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind(), away::toString);
    away = assertThrows(Failure.class, () -> store.write(free));
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind(), away::toString);
    away = assertThrows(Failure.class, () -> store.intents().read("tor-1"));
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind(), away::toString);
    assertTrue(away.getMessage().startsWith(words("tor-1") + ": "), away::toString);
  }
}

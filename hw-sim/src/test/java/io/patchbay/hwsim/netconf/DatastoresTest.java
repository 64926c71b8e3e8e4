package io.patchbay.hwsim.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.netconf.Datastores.Commit;
import io.patchbay.hwsim.netconf.Datastores.Name;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Locks and confirmed commits, from taking to letting go (contract tor.md section 1.4). */
class DatastoresTest {
  private static final Commit PLAIN = new Commit(Duration.ZERO, "", "");
  private static final long ONE = 1;
  private static final long TWO = 2;

  private final FakeTime time = new FakeTime();
  private final Shelf shelf = new Shelf();
  private final Datastores stores = new Datastores(shelf, time);

  @BeforeEach
  void open() {
    stores.opened(ONE);
    stores.opened(TWO);
  }

  @Test
  void aLockKeepsOthersOutUntilItIsGivenBack() {
    stores.lock(ONE, Name.CANDIDATE);
    assertEquals("1", refused(Tag.LOCK_DENIED, () -> stores.lock(TWO, Name.CANDIDATE)));
    assertEquals("1", refused(Tag.LOCK_DENIED, () -> stores.lock(ONE, Name.CANDIDATE)));
    refused(Tag.IN_USE, () -> label(TWO, "two"));
    refused(Tag.IN_USE, () -> stores.discard(TWO));
    refused(Tag.IN_USE, () -> stores.commit(TWO, PLAIN));
    refused(Tag.OPERATION_FAILED, () -> stores.unlock(TWO, Name.CANDIDATE));
    stores.unlock(ONE, Name.CANDIDATE);
    stores.lock(TWO, Name.CANDIDATE);
  }

  @Test
  void aLockOfRunningKeepsOthersFromCommitting() {
    stores.lock(ONE, Name.RUNNING);
    label(TWO, "two");
    refused(Tag.IN_USE, () -> stores.commit(TWO, PLAIN));
    stores.ended(ONE);
    stores.commit(TWO, PLAIN);
    assertRunning("two");
  }

  @Test
  void aLockOfStartupKeepsOthersFromSaving() {
    label(ONE, "new");
    stores.commit(ONE, PLAIN);
    stores.lock(ONE, Name.STARTUP);
    refused(Tag.IN_USE, () -> stores.save(TWO));
    assertEquals(Shelf.EMPTY, Shelf.text(stores.startup()));
    stores.ended(ONE);
    stores.save(TWO);
    assertEquals(stores.content(Name.RUNNING), stores.startup());
  }

  @Test
  void editsThatAreNotCommittedRefuseTheLockUntilDiscarded() {
    label(ONE, "new");
    assertEquals("0", refused(Tag.LOCK_DENIED, () -> stores.lock(TWO, Name.CANDIDATE)));
    stores.discard(ONE);
    stores.lock(TWO, Name.CANDIDATE);
  }

  @Test
  void editsUnderALockAreLostWithTheSession() {
    stores.lock(ONE, Name.CANDIDATE);
    label(ONE, "new");
    stores.ended(ONE);
    assertEquals(Shelf.EMPTY, Shelf.text(stores.content(Name.CANDIDATE)));
    stores.lock(TWO, Name.CANDIDATE);
    refused(Tag.OPERATION_FAILED, () -> label(ONE, "late"));
  }

  @Test
  void editsWithoutALockOutliveTheSession() {
    label(ONE, "new");
    stores.ended(ONE);
    stores.commit(TWO, PLAIN);
    assertRunning("new");
  }

  @Test
  void whatMakesNoSenseIsNotCommitted() {
    stores.edit(
        ONE, Name.CANDIDATE, tree -> Shelf.tree("<shelf><box><name>bad</name></box></shelf>"));
    refused(Tag.INVALID_VALUE, () -> stores.commit(ONE, PLAIN));
    assertEquals(Shelf.EMPTY, running());
  }

  @Test
  void aConfirmedCommitIsKeptByItsOwnPlainCommit() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "", ""));
    assertRunning("new");
    assertEquals("", refused(Tag.IN_USE, () -> stores.commit(TWO, PLAIN)));
    assertEquals("1", refused(Tag.LOCK_DENIED, () -> stores.lock(TWO, Name.RUNNING)));
    stores.commit(ONE, PLAIN);
    time.advance(Duration.ofMinutes(1));
    assertRunning("new");
    assertEquals(0, time.pending());
  }

  @Test
  void aConfirmedCommitIsUndoneWhenItsTimeIsUp() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "", ""));
    time.advance(Duration.ofMillis(29_999));
    assertRunning("new");
    time.advance(Duration.ofMillis(1));
    assertEquals(Shelf.EMPTY, running());
    assertEquals(Shelf.EMPTY, Shelf.text(stores.content(Name.CANDIDATE)));
    stores.lock(TWO, Name.RUNNING);
  }

  @Test
  void aConfirmedCommitIsUndoneWithItsSession() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "", ""));
    stores.ended(TWO);
    assertRunning("new");
    stores.ended(ONE);
    assertEquals(Shelf.EMPTY, running());
    assertEquals(0, time.pending());
  }

  @Test
  void aPersistedCommitOutlivesItsSessionUntilItsTimeIsUp() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "token", ""));
    stores.ended(ONE);
    assertRunning("new");
    assertEquals("0", refused(Tag.LOCK_DENIED, () -> stores.lock(TWO, Name.RUNNING)));
    time.advance(Duration.ofSeconds(30));
    assertEquals(Shelf.EMPTY, running());
  }

  @Test
  void aPersistedCommitIsConfirmedByItsTokenFromAnySession() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "token", ""));
    refused(Tag.IN_USE, () -> stores.commit(ONE, PLAIN));
    refused(Tag.INVALID_VALUE, () -> stores.commit(TWO, new Commit(Duration.ZERO, "", "wrong")));
    stores.commit(TWO, new Commit(Duration.ZERO, "", "token"));
    time.advance(Duration.ofMinutes(1));
    assertRunning("new");
    refused(Tag.INVALID_VALUE, () -> stores.commit(TWO, new Commit(Duration.ZERO, "", "token")));
  }

  @Test
  void aSecondConfirmedCommitStartsTheTimeAnewAndGoesBackToBeforeTheFirst() {
    label(ONE, "first");
    stores.commit(ONE, confirmed(30, "", ""));
    time.advance(Duration.ofSeconds(20));
    label(ONE, "second");
    stores.commit(ONE, confirmed(30, "", ""));
    time.advance(Duration.ofSeconds(20));
    assertRunning("second");
    time.advance(Duration.ofSeconds(10));
    assertEquals(Shelf.EMPTY, running());
  }

  @Test
  void aTokenStaysWhenItsCommitIsExtended() {
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "token", ""));
    stores.commit(TWO, confirmed(30, "", "token"));
    stores.ended(TWO);
    assertRunning("new");
    stores.commit(ONE, new Commit(Duration.ZERO, "", "token"));
    assertRunning("new");
  }

  @Test
  void cancellingGoesBackAtOnce() {
    refused(Tag.OPERATION_FAILED, () -> stores.cancelCommit(ONE, ""));
    label(ONE, "new");
    stores.commit(ONE, confirmed(30, "token", ""));
    refused(Tag.IN_USE, () -> stores.cancelCommit(ONE, ""));
    refused(Tag.INVALID_VALUE, () -> stores.cancelCommit(ONE, "wrong"));
    stores.cancelCommit(TWO, "token");
    assertEquals(Shelf.EMPTY, running());
    assertEquals(0, time.pending());
    label(ONE, "again");
    stores.commit(ONE, confirmed(30, "", ""));
    refused(Tag.IN_USE, () -> stores.cancelCommit(TWO, ""));
    stores.cancelCommit(ONE, "");
    assertEquals(Shelf.EMPTY, running());
  }

  private void label(long session, String label) {
    stores.edit(
        session, Name.CANDIDATE, tree -> Shelf.tree("<shelf><label>" + label + "</label></shelf>"));
  }

  private String running() {
    assertEquals(Shelf.text(stores.content(Name.RUNNING)), shelf.applied.getLast());
    return shelf.applied.getLast();
  }

  private void assertRunning(String label) {
    assertEquals("<shelf><label>" + label + "</label></shelf>", running());
  }

  private static Commit confirmed(long seconds, String persist, String persistId) {
    return new Commit(Duration.ofSeconds(seconds), persist, persistId);
  }

  /** The session-id in the refusal, if it carries one. */
  private static String refused(Tag tag, Executable action) {
    RpcError error = assertThrows(RpcError.Refusal.class, action).errors().getFirst();
    assertEquals(tag, error.tag());
    return error.details().stream()
        .filter(detail -> detail.name().equals("session-id"))
        .map(RpcError.Detail::value)
        .findFirst()
        .orElse("");
  }
}

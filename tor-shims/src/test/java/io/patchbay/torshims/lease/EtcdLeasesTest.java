package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.patchbay.base.Failure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a {@link FakeEtcd} of two members. */
@Timeout(120)
class EtcdLeasesTest extends LeaseStoreContractTest {
  private static final String LEASE = "/patchbay/tor-shim/lease";
  private static final Status BUSY =
      Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests");
  private static final Status NOT_LEADER =
      Status.FAILED_PRECONDITION.withDescription("etcdserver: not leader");

  @TempDir private Path folder;
  private final FakeEtcd etcd = new FakeEtcd();

  @BeforeEach
  void start() {
    assertEquals(0, etcd.add());
    assertEquals(1, etcd.add());
    etcd.put(LEASE, "{}");
  }

  @AfterEach
  void close() {
    etcd.close();
  }

  @Override
  LeaseStore connect() {
    return new EtcdLeases(new EtcdKeys(etcd.access()), "/patchbay/tor-shim", time);
  }

  @Override
  void deleteLease() {
    etcd.delete(LEASE);
  }

  private static String key(String place) {
    return "/patchbay/tor-shim/intent" + (place.isEmpty() ? "" : "/" + place);
  }

  @Override
  void delete(String place) {
    etcd.delete(key(place));
  }

  @Override
  void damage(String place) {
    etcd.put(key(place), "{\"entries\":");
  }

  @Override
  String words(String place) {
    return "etcd's key " + key(place);
  }

  @Override
  void stop() {
    etcd.stop(0);
    etcd.stop(1);
  }

  private LeaseRecord taken(LeaseStore store) {
    return store.write(store.read().orElseThrow().takenBy("one", LASTING)).orElseThrow();
  }

  @Test
  void peopleCanReadIt() {
    LeaseStore store = store();
    LeaseRecord held = taken(store).handing(new Handover("folder", "token"));
    assertTrue(store.write(held).isPresent());
    assertEquals(
        "{\"holder\":\"one\",\"seconds\":30,\"transitions\":1,\"renewed\":\"%s\",\"folder\":\"folder\",\"token\":\"token\"}"
            .formatted(time.now()),
        etcd.text(LEASE));
    IntentRecord record = new IntentRecord("tor 1", "", "writer", Map.of("b", "2", "a", "1"));
    assertTrue(store.intents().write(record).isPresent());
    assertEquals(
        "{\"writer\":\"writer\",\"entries\":{\"a\":\"1\",\"b\":\"2\"}}",
        etcd.text("/patchbay/tor-shim/intent/tor 1"));
  }

  /** So that builds can change while a shim's replicas run. */
  @Test
  void whatANewerBuildHasWrittenBesidesIsPassedOver() {
    etcd.put(LEASE, "{\"holder\":\"one\",\"seconds\":30,\"more\":1}");
    assertEquals("one", store().read().orElseThrow().holder());
    etcd.put(key("tor-1"), "{\"writer\":\"w\",\"more\":1}");
    assertEquals(Map.of(), store().intents().read("tor-1").orElseThrow().entries());
  }

  @Test
  void anotherMemberAnswersForOneThatIsAway() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.stop(0);
    LeaseRecord renewed = store.write(held).orElseThrow();
    assertEquals(Optional.of(renewed), store.read());
  }

  @Test
  void anotherMemberAnswersForOneThatIsSilent() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.silenceNext();
    LeaseRecord renewed = store.write(held).orElseThrow();
    assertEquals(Optional.of(renewed), store.read());
  }

  @ParameterizedTest
  @EnumSource(names = {"CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE"})
  void whatSaysNothingOfTheWriteIsNotTakenForARefusal(Status.Code code) {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.refuseNext(code.toStatus());
    etcd.refuseNext(code.toStatus());
    Failure unknown = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.UNAVAILABLE, unknown.kind(), unknown::toString);
    assertTrue(store.write(held).isPresent());
  }

  @Test
  void anAnswerThatIsLostIsFoundAtTheOtherMember() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.loseNext();
    LeaseRecord renewed = store.write(held).orElseThrow();
    assertFalse(renewed.version().equals(held.version()));
    assertEquals(Optional.of(renewed), store.read(), "written once");
  }

  @Test
  void anothersWriteIsNotTakenForOnesOwnThatWasLost() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.put(LEASE, "{\"holder\":\"two\"}");
    etcd.refuseNext(Status.UNAVAILABLE.withDescription("etcdserver: no leader"));
    assertEquals(Optional.empty(), store.write(held));
    assertEquals("two", store.read().orElseThrow().holder());
  }

  @Test
  void whenAllAnswersAreLostNobodyKnows() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.loseNext();
    etcd.loseNext();
    Failure unknown = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.UNAVAILABLE, unknown.kind());
    assertTrue(unknown.getMessage().contains("request timed out; etcd http"), unknown::toString);
    LeaseRecord there = store.read().orElseThrow();
    assertFalse(there.version().equals(held.version()), "it was done");
  }

  @Test
  void aHolderWhoseAnswersAreLostHoldsOn() {
    Lease first = replica("first");
    assertTrue(first.take());
    etcd.loseNext();
    etcd.loseNext();
    assertThrows(Failure.class, first::take);
    assertTrue(first.take());
    first.close();
  }

  @Test
  void whatNoLaterTryWouldMendIsToldApart() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.refuseNext(Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied"));
    Failure refused = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.DENIED, refused.kind());
    assertTrue(refused.getMessage().startsWith("etcd's key " + LEASE + ": "), refused::toString);
    etcd.refuseNext(
        Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: mvcc: database space exceeded"));
    refused = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.EXHAUSTED, refused.kind());
    assertTrue(store.write(held).isPresent(), "nothing was done");
  }

  @ParameterizedTest
  @EnumSource(names = {"PERMISSION_DENIED", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"})
  void whatOneMemberMayHaveDoneNoOthersRefusalDenies(Status.Code code) {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.loseNext();
    etcd.refuseNext(code.toStatus().withDescription("etcdserver: database space exceeded"));
    Failure unknown = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.UNAVAILABLE, unknown.kind(), unknown::toString);
    assertTrue(unknown.getMessage().contains("request timed out; etcd http"), unknown::toString);
    LeaseRecord there = store.read().orElseThrow();
    assertFalse(there.version().equals(held.version()), "it was done");
  }

  @Test
  void anotherMemberAnswersForOneThatLagsBehind() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.refuseNext(BUSY);
    held = store.write(held).orElseThrow();
    etcd.refuseNext(NOT_LEADER);
    held = store.write(held).orElseThrow();
    assertEquals(Optional.of(held), store.read());
  }

  @Test
  void whenAllMembersLagBehindALaterTryMayMendIt() {
    LeaseStore store = store();
    LeaseRecord held = taken(store);
    etcd.refuseNext(NOT_LEADER);
    etcd.refuseNext(BUSY);
    Failure busy = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.UNAVAILABLE, busy.kind(), busy::toString);
    etcd.refuseNext(NOT_LEADER);
    etcd.refuseNext(NOT_LEADER);
    Failure refused = assertThrows(Failure.class, () -> store.write(held));
    assertEquals(Failure.Kind.CONFLICT, refused.kind(), refused::toString);
    assertTrue(store.write(held).isPresent(), "nothing was done");
  }

  @Test
  void aDamagedLeaseIsMendedAsItsMessageSays() {
    etcd.put(LEASE, "{\"holder\":");
    Lease begun = replica("begun");
    Failure damaged = assertThrows(Failure.class, begun::take);
    assertEquals(Failure.Kind.INTERNAL, damaged.kind());
    String words = "etcd's key " + LEASE + " is damaged; stop all replicas, write {} there, ";
    assertTrue(damaged.getMessage().startsWith(words), damaged::toString);
    begun.close();
    etcd.put(LEASE, "{}");
    Lease anew = replica("anew");
    assertTrue(anew.take());
    assertEquals(Optional.empty(), anew.handover());
    anew.close();
  }

  private LeaseStore asUser(String password) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), password + "\n");
    return new EtcdLeases(
        new EtcdKeys(etcd.access("shim", file.toString())), "/patchbay/tor-shim", time);
  }

  @Test
  void aTokenIsGotOnceAndAnewWhenItIsRefused() throws IOException {
    etcd.password("shim", "secret");
    try (LeaseStore store = asUser("secret")) {
      LeaseRecord held = taken(store);
      held = store.write(held).orElseThrow();
      assertEquals(1, etcd.logins());
      etcd.forgetTokens();
      held = store.write(held).orElseThrow();
      assertEquals(2, etcd.logins());
      etcd.refuseNext(
          Status.INVALID_ARGUMENT.withDescription("etcdserver: revision of auth store is old"));
      assertTrue(store.write(held).isPresent());
      assertEquals(3, etcd.logins());
    }
  }

  @Test
  void aLoginThatIsNotAnsweredEnds() throws IOException {
    etcd.password("shim", "secret");
    etcd.silenceNext();
    try (LeaseStore store = asUser("secret")) {
      assertTrue(taken(store).version().length() > 0, "by the other member");
    }
  }

  /** Nor in what caused it, for logs print that too. */
  @Test
  void aPasswordIsInNoMessage() throws IOException {
    etcd.password("shim", "other");
    try (LeaseStore store = asUser("secret")) {
      List<Failure> all = new ArrayList<>(List.of(assertThrows(Failure.class, store::read)));
      etcd.stop(0);
      all.add(assertThrows(Failure.class, store::read));
      etcd.stop(1);
      all.add(assertThrows(Failure.class, store::read));
      for (Throwable each : all) {
        StringWriter text = new StringWriter();
        each.printStackTrace(new PrintWriter(text));
        assertTrue(text.toString().contains("EtcdMember"), text::toString);
        assertFalse(text.toString().contains("secret"), text::toString);
      }
    }
  }

  @Test
  void aPasswordThatIsReplacedInItsFileIsUsed() throws IOException {
    etcd.password("shim", "secret");
    try (LeaseStore store = asUser("secret")) {
      LeaseRecord held = taken(store);
      etcd.password("shim", "other");
      Failure refused = assertThrows(Failure.class, store::read);
      assertEquals(Failure.Kind.DENIED, refused.kind());
      assertTrue(refused.getMessage().contains("PATCHBAY_ETCD_USER=shim"), refused::toString);
      assertFalse(refused.toString().contains("secret"), refused::toString);
      Files.writeString(folder.resolve("password"), "other\n");
      assertTrue(store.write(held).isPresent());
      Files.delete(folder.resolve("password"));
      assertTrue(store.read().isPresent(), "the token is good still");
      etcd.forgetTokens();
      Failure away = assertThrows(Failure.class, store::read);
      assertEquals(Failure.Kind.UNAVAILABLE, away.kind());
      assertTrue(away.getMessage().contains("PATCHBAY_ETCD_PASSWORD_FILE"), away::toString);
    }
  }
}

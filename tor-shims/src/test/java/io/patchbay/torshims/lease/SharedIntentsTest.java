package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SharedIntentsTest {
  private static final Set<String> SWITCHES = Set.of("tor-1", "tor-2");

  private final FakeStore store = new FakeStore();
  private final FakeIntents intents = store.intents;
  private final FakeStore.Way here = store.way(new Random(0));

  /** A key's switch is what follows its slash. */
  private static String placeOf(String key) {
    return SWITCHES.stream().filter(name -> key.endsWith("/" + name)).findAny().orElse("");
  }

  private static SharedIntents writer(FakeStore.Way way, Runnable held) {
    return new SharedIntents(way.intents(), SWITCHES, SharedIntentsTest::placeOf, held);
  }

  private SharedIntents writer() {
    return writer(store.way(new Random(0)), () -> {});
  }

  private static Failure refusal(Runnable change) {
    Failure refused = assertThrows(Failure.class, change::run);
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind(), refused::getMessage);
    return refused;
  }

  @Test
  void whatOneWritesTheNextFinds() {
    SharedIntents first = writer();
    assertEquals(Map.of(), first.entries());
    first.putAll(Map.of("a/tor-1", "1", "b/tor-2", "2", "c", "3"));
    first.remove("b/tor-2");
    first.put("a/tor-1", "4");
    assertEquals(Map.of("a/tor-1", "4", "c", "3"), writer().entries());
    assertEquals(
        Map.of("a/tor-1", "4"), intents.read("tor-1").orElseThrow().entries(), "by the switch");
  }

  @Test
  void aGroupIsOneWriteOfEachSwitchAndWhatChangesNothingNone() {
    SharedIntents writer = writer();
    int before = intents.writes();
    writer.putAll(Map.of("a/tor-1", "1", "b/tor-1", "2"));
    assertEquals(before + 1, intents.writes());
    writer.put("a/tor-1", "1");
    writer.removeAll(List.of("c/tor-1", "d/tor-2", "e"));
    writer.putAll(Map.of());
    assertEquals(before + 1, intents.writes());
    writer.putAll(Map.of("a/tor-1", "3", "c/tor-2", "4"));
    writer.removeAll(List.of("a/tor-1", "b/tor-1"));
    assertEquals(before + 4, intents.writes());
  }

  @Test
  void whoWasSucceededChangesNothing() {
    SharedIntents stale = writer();
    stale.put("a/tor-1", "1");
    SharedIntents next = writer();
    refusal(() -> stale.put("a/tor-1", "stale"));
    refusal(() -> stale.remove("a/tor-1"));
    refusal(() -> stale.put("b/tor-2", "stale: nothing was ever kept of that one"));
    refusal(() -> stale.put("c", "stale"));
    next.put("b/tor-1", "2");
    assertEquals(Map.of("a/tor-1", "1", "b/tor-1", "2"), next.entries());
    assertEquals(next.entries(), writer().entries());
  }

  /** It had read, and then slept while another took the lease, and these over. */
  @Test
  void whoLosesTheLeaseWhileItTakesOverTakesNothing() {
    writer().put("a/tor-1", "1");
    IntentStore way = store.way(new Random(0)).intents();
    Runnable lost =
        () -> {
          throw new Failure(Failure.Kind.UNAVAILABLE, "lost");
        };
    refusal(() -> IntentShelf.takeOver(way, "tor-1", "late", lost));
    SharedIntents[] next = new SharedIntents[1];
    Runnable succeeded =
        () -> {
          if (next[0] == null) {
            next[0] = writer();
          } else {
            lost.run();
          }
        };
    refusal(() -> IntentShelf.takeOver(way, "tor-1", "late", succeeded));
    next[0].put("a/tor-1", "2");
    assertEquals(Map.of("a/tor-1", "2"), next[0].entries());
  }

  @Test
  void aStoreThatIsAwayChangesNothingThatIsKnown() {
    SharedIntents writer = writer(here, () -> {});
    writer.put("a/tor-1", "1");
    here.cut = true;
    writer.put("a/tor-1", "1");
    refusal(() -> writer.put("b/tor-1", "2"));
    refusal(() -> writer.remove("a/tor-1"));
    refusal(() -> writer.put("a/tor-1", "1")); // who knows whether it is still there
    assertEquals(Map.of("a/tor-1", "1"), writer.entries());
    here.cut = false;
    writer.put("c/tor-1", "3");
    assertEquals(Map.of("a/tor-1", "1", "c/tor-1", "3"), writer().entries());
  }

  /** Who looks is a switch's writer, in its turn, and the write another one's. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nobodyWhoLooksWaitsForAWrite() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    IntentShelf shelf =
        IntentShelf.takeOver(
            new IntentStore() {
              @Override
              public Optional<IntentRecord> read(String place) {
                return intents.read(place);
              }

              @Override
              public Optional<IntentRecord> write(IntentRecord record) {
                if (!record.entries().isEmpty()) {
                  begun.countDown();
                  uninterrupted(answers);
                }
                return intents.write(record);
              }
            },
            "tor-1",
            "writer",
            () -> {});
    Thread writing = Thread.ofVirtual().start(() -> shelf.change(all -> all.put("a", "1")));
    begun.await();
    assertEquals(Map.of(), shelf.entries());
    answers.countDown();
    writing.join();
    assertEquals(Map.of("a", "1"), shelf.entries());
  }

  private static void uninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Nobody waits for what others would answer: the one who waits may hold a lease. */
  @Test
  @Timeout(20)
  void oneFailureIsTheEndOfATakeover() {
    CountDownLatch never = new CountDownLatch(1);
    IntentStore stuck =
        new IntentStore() {
          @Override
          public Optional<IntentRecord> read(String place) {
            try {
              var unused = never.await(place.isEmpty() ? 0 : Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw new Failure(Failure.Kind.UNAVAILABLE, "the API server is away");
          }

          @Override
          public Optional<IntentRecord> write(IntentRecord intents) {
            throw new AssertionError("what could not be read is written");
          }
        };
    Set<String> many =
        IntStream.range(0, 100).mapToObj(each -> "tor-" + each).collect(Collectors.toSet());
    refusal(() -> new SharedIntents(stuck, many, SharedIntentsTest::placeOf, () -> {}));
  }

  @Test
  void aLostAnswerIsNoOtherWriter() {
    SharedIntents writer = writer(here, () -> {});
    here.losesReplies = true;
    refusal(() -> writer.put("a/tor-1", "1"));
    here.losesReplies = false;
    assertEquals(Map.of(), writer.entries(), "nobody may rely on it");
    writer.put("b/tor-1", "2");
    assertEquals(Map.of("b/tor-1", "2"), writer().entries());
  }

  /** What changes nothing of what is known may change what is there. */
  @Test
  void afterALostAnswerTheNextChangePutsTheRecordRightWhateverItIs() {
    SharedIntents writer = writer(here, () -> {});
    writer.put("a/tor-1", "1");
    for (Runnable change :
        List.<Runnable>of(() -> writer.put("b/tor-1", "2"), () -> writer.remove("a/tor-1"))) {
      here.losesReplies = true;
      refusal(change);
      here.losesReplies = false;
      writer.put("a/tor-1", "1");
      assertEquals(Map.of("a/tor-1", "1"), intents.read("tor-1").orElseThrow().entries());
    }
    int before = intents.writes();
    writer.put("a/tor-1", "1");
    assertEquals(before, intents.writes(), "it is sure again");
  }

  @Test
  void whatOthersNoteOnARecordOrRemoveStopsNobody() {
    SharedIntents writer = writer();
    writer.put("a/tor-1", "1");
    intents.touch("tor-1");
    writer.put("b/tor-1", "2");
    intents.delete("tor-1");
    writer.put("c/tor-1", "3");
    assertEquals(Map.of("a/tor-1", "1", "b/tor-1", "2", "c/tor-1", "3"), writer().entries());
  }

  /** It was deleted after another had taken it over, who has not written since. */
  @Test
  void whatIsRemovedIsNotMadeAnewByWhoHasLostTheLease() {
    boolean[] lost = {false};
    SharedIntents stale =
        writer(
            here,
            () -> {
              if (lost[0]) {
                throw new Failure(Failure.Kind.UNAVAILABLE, "lost");
              }
            });
    stale.put("a/tor-1", "1");
    lost[0] = true;
    SharedIntents next = writer();
    intents.delete("tor-1");
    refusal(() -> stale.put("a/tor-1", "stale"));
    assertEquals(Optional.empty(), intents.read("tor-1"));
    next.put("b/tor-1", "2");
    assertEquals(Map.of("a/tor-1", "1", "b/tor-1", "2"), writer().entries());
  }

  /** What was known of it stands with what is about no switch. */
  @Test
  void whatStandsElsewhereIsFoundAndForgotten() {
    var unused =
        intents.write(new IntentRecord("", "", "somebody", Map.of("a/tor-1", "1", "c", "2")));
    SharedIntents writer = writer();
    writer.put("a/tor-1", "3");
    assertEquals("3", writer.entries().get("a/tor-1"));
    writer.remove("a/tor-1");
    assertEquals(Map.of("c", "2"), writer().entries());
  }
}

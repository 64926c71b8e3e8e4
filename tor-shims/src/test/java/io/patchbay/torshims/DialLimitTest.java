package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DialLimitTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FakeTime time = new FakeTime();
  private final DialLimit limit = new DialLimit(2, time);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch answer = new CountDownLatch(1);
  private final List<String> begun = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    answer.countDown();
    threads.close();
  }

  /** A switch that answers when all do. */
  private Future<String> dial(String name) {
    return threads.submit(() ->
        limit.dial(
            name,
            () -> {
              begun.add(name);
              Await.until("it answers", PATIENCE, () -> answer.getCount() == 0);
              return name;
            }));
  }

  private void queue(String name, int waiting) {
    var unused = dial(name);
    Await.until(name + " waits", PATIENCE, () -> limit.waiting() == waiting);
  }

  private void twoAtWork() {
    var a = dial("a");
    var b = dial("b");
    Await.until("two are dialled", PATIENCE, () -> Set.copyOf(begun).equals(Set.of("a", "b")));
  }

  @Test
  void noMoreThanSoManyAreDialledAtOnceAndAllInTheEnd() throws Exception {
    twoAtWork();
    queue("c", 1);
    Future<String> last = dial("d");
    Await.until("it waits", PATIENCE, () -> limit.waiting() == 2);
    assertEquals(2, begun.size());
    answer.countDown();
    assertEquals("d", last.get());
    assertEquals("e", limit.dial("e", () -> "e"));
  }

  @Test
  void whoTakesLongKeepsNoPlaceFromOthersAndWhoCameFirstIsFirst() {
    twoAtWork();
    queue("c", 1);
    queue("d", 2);
    queue("e", 3);
    time.advance(DialLimit.HELD_MOST.minusMillis(1));
    assertEquals(2, begun.size());
    time.advance(Duration.ofMillis(1));
    Await.until("two more are dialled", PATIENCE, () -> begun.size() == 4);
    assertEquals(Set.of("c", "d"), Set.copyOf(begun.subList(2, 4)));
    assertEquals(1, limit.waiting());
  }

  /** It leaves in the end, when its place is another's already. */
  @Test
  void aPlaceIsGivenOnOnce() throws Exception {
    DialLimit one = new DialLimit(1, time);
    CountDownLatch inside = new CountDownLatch(1);
    Future<String> slow = threads.submit(() -> one.dial("slow", () -> slowly(inside)));
    inside.await();
    time.advance(DialLimit.HELD_MOST);
    answer.countDown();
    assertEquals("slow", slow.get());
    assertTrue(waitsWhileAnotherIsDialled(one, () -> one.dial("second", () -> "dialled")));
  }

  private String slowly(CountDownLatch inside) {
    inside.countDown();
    Await.until("it answers", PATIENCE, () -> answer.getCount() == 0);
    return "slow";
  }

  /** Whether a call needs a place, while another has the only one. It has ended after that. */
  private boolean waitsWhileAnotherIsDialled(DialLimit one, Callable<?> call) throws Exception {
    AtomicReference<Future<?>> asked = new AtomicReference<>();
    boolean waits =
        one.dial(
            "another",
            () -> {
              Future<?> begun = threads.submit(call);
              asked.set(begun);
              Await.until("it waits or not", PATIENCE, () -> one.waiting() == 1 || begun.isDone());
              return !begun.isDone();
            });
    var unused = asked.get().get();
    return waits;
  }

  @Test
  void whoseTurnDoesNotComeIsToldSo() {
    DialLimit none = new DialLimit(0, time);
    Future<String> dialled = threads.submit(() -> none.dial("switch tor-1", () -> "dialled"));
    Await.until("it waits", PATIENCE, () -> none.waiting() == 1 && time.pending() == 1);
    time.advance(DialLimit.PATIENCE);
    ExecutionException e = assertThrows(ExecutionException.class, dialled::get);
    Failure failure = (Failure) e.getCause();
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().startsWith("switch tor-1: too many"), failure.getMessage());
    assertEquals(0, none.waiting());
  }

  @Test
  void aDriverWaitsOnlyWhereItConnects() throws Exception {
    DialLimit one = new DialLimit(1, time);
    FakeSwitch fake = new FakeSwitch();
    SwitchDriver driver = new DialLimitedDriver("tor-1", fake, one);
    AtomicInteger lost = new AtomicInteger();
    driver.watch(lost::incrementAndGet);
    fake.reachable(false);
    assertThrows(Failure.class, () -> driver.read(Set.of("p")));
    fake.reachable(true);
    assertTrue(waitsWhileAnotherIsDialled(one, () -> driver.read(Set.of("p"))));
    assertFalse(waitsWhileAnotherIsDialled(one, () -> driver.read(Set.of("p"))));
    fake.hangUp();
    assertEquals(1, lost.get());
    assertTrue(waitsWhileAnotherIsDialled(one, () -> driver.links(Set.of("p"))));
  }
}

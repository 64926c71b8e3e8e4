package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The session's contract, each line a test (house, section 4). */
class SessionTest {
  private final FakeTime time = new FakeTime();
  private final Sessions sessions = Sessions.inMemory(time);
  private final List<String> world = new ArrayList<>();
  private boolean refuse;

  private Link holds(String name) {
    Key<String> key = Key.soft(name);
    return (call, next) -> {
      call.session().hold(key, () -> took(name), value -> world.remove(value));
      return next.request(call);
    };
  }

  private String took(String name) {
    world.add(name);
    return name;
  }

  private final Link last =
      (call, next) -> {
        if (refuse) {
          throw new Failure(Failure.Kind.UNAVAILABLE, "no");
        }
        return call.connection();
      };

  private Connection ask(Chain chain, String id) {
    return chain.request(Connections.call(id, time));
  }

  @Test
  void aRefreshGetsTheSameThingBack() {
    Chain chain = Chain.of(List.of(sessions, holds("a"), last));
    ask(chain, "c");
    ask(chain, "c");
    assertEquals(List.of("a"), world);
  }

  @Test
  void aFailedRequestLetsGoOfWhatItTookNewestFirstAndOfNothingOlder() {
    List<String> released = new ArrayList<>();
    boolean[] more = {false};
    Link grows =
        (call, next) -> {
          call.session().hold(Key.<String>soft("old"), () -> "old", released::add);
          if (more[0]) {
            call.session().hold(Key.<String>soft("new1"), () -> "new1", released::add);
            call.session().hold(Key.<String>soft("new2"), () -> "new2", released::add);
          }
          return next.request(call);
        };
    Chain chain = Chain.of(List.of(sessions, grows, last));
    String id = ask(chain, "c").getId();
    more[0] = true;
    refuse = true;
    assertThrows(Failure.class, () -> ask(chain, "c"));
    assertEquals(List.of("new2", "new1"), released);
    sessions.close(id);
    assertEquals(List.of("new2", "new1", "old"), released);
  }

  @Test
  void closeLetsGoOfEverythingAndGathersFailures() {
    List<String> released = new ArrayList<>();
    Link three =
        (call, next) -> {
          for (String name : List.of("1", "2", "3")) {
            call.session()
                .hold(
                    Key.<String>soft(name),
                    () -> name,
                    value -> {
                      released.add(value);
                      if (!value.equals("2")) {
                        throw new Failure(Failure.Kind.UNAVAILABLE, "stuck " + value);
                      }
                    });
          }
          return next.request(call);
        };
    String id = ask(Chain.of(List.of(sessions, three, last)), "c").getId();
    Failure failure = assertThrows(Failure.class, () -> sessions.close(id));
    assertEquals(List.of("3", "2", "1"), released);
    assertEquals("releasing 3: stuck 3", failure.getMessage());
    assertEquals("stuck 1", failure.getSuppressed()[0].getMessage());
    assertTrue(sessions.find(id).isEmpty());
  }

  @Test
  void aReplacedOrReleasedTimerNeverActs() {
    Key<Time.Timer> key = Key.soft("timer");
    List<String> ticks = new ArrayList<>();
    Link sets =
        (call, next) -> {
          String tick = "tick" + ticks.size() + call.connection().getLabelsOrDefault("n", "");
          call.session().at(key, time.now().plusSeconds(10), () -> ticks.add(tick));
          return next.request(call);
        };
    Chain chain = Chain.of(List.of(sessions, sets, last));
    ask(chain, "c");
    time.advance(Duration.ofSeconds(5));
    String id = ask(chain, "c").getId();
    time.advance(Duration.ofSeconds(6));
    assertEquals(List.of(), ticks);
    time.advance(Duration.ofSeconds(6));
    assertEquals(List.of("tick0"), ticks);
    ask(chain, "c");
    sessions.close(id);
    time.advance(Duration.ofMinutes(1));
    assertEquals(1, ticks.size());
    assertEquals(0, time.pending());
  }

  @Test
  void replaceKeepsTheOldThingAndReleasesTheNew() {
    Key<String> key = Key.soft("thing");
    List<String> released = new ArrayList<>();
    Link replaces =
        (call, next) -> {
          String value = "v" + call.session().held(key).map(old -> 2).orElse(1);
          call.session().replace(key, value, released::add);
          return next.request(call);
        };
    Chain chain = Chain.of(List.of(sessions, replaces, last));
    ask(chain, "c");
    String id = ask(chain, "c").getId();
    sessions.close(id);
    assertEquals(List.of("v2"), released);
  }

  @Test
  void oneRequestAtATimePerConnectionAndOthersDoNotWait() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<String> order = new java.util.concurrent.CopyOnWriteArrayList<>();
    Link slow =
        (call, next) -> {
          order.add("in " + call.connection().getId());
          if (call.connection().getId().equals("here-slow") && order.size() == 1) {
            entered.countDown();
            await(go);
          }
          order.add("out " + call.connection().getId());
          return call.connection();
        };
    Chain chain = Chain.of(List.of(sessions, slow));
    Thread first = Thread.ofVirtual().start(() -> ask(chain, "slow"));
    entered.await();
    Thread second = Thread.ofVirtual().start(() -> ask(chain, "slow"));
    ask(chain, "other");
    assertEquals(List.of("in here-slow", "in here-other", "out here-other"), order);
    go.countDown();
    first.join();
    second.join();
    assertEquals(List.of("out here-slow", "in here-slow", "out here-slow"), order.subList(3, 6));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRequestThatWaitedForACloseStartsANewSession() throws InterruptedException {
    CountDownLatch releasing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Link once =
        (call, next) -> {
          call.session()
              .hold(
                  Key.<String>soft("a"),
                  () -> took("a"),
                  value -> {
                    releasing.countDown();
                    await(go);
                    world.remove(value);
                  });
          return call.connection();
        };
    Chain chain = Chain.of(List.of(sessions, once));
    String id = ask(chain, "c").getId();
    Thread closing = Thread.ofVirtual().start(() -> sessions.close(id));
    releasing.await();
    Thread asking = Thread.ofVirtual().start(() -> ask(chain, "c"));
    go.countDown();
    closing.join();
    asking.join();
    assertEquals(List.of("a"), world);
    assertTrue(sessions.find(id).isPresent());
  }

  @Test
  void againRunsTheChainOnTheLastAgreedConnection() {
    List<String> causes = new ArrayList<>();
    Link sees =
        (call, next) -> {
          causes.add(call.cause() + " " + call.connection().getNetworkServiceEndpointName());
          return call.connection().toBuilder().setNetworkServiceEndpointName("nse").build();
        };
    Chain chain = Chain.of(List.of(sessions, sees));
    Session session = sessions.find(ask(chain, "c").getId()).orElseThrow();
    session.again(new Cause.Heal(true), Duration.ofSeconds(1));
    session.close();
    session.again(new Cause.Refresh(), Duration.ofSeconds(1));
    assertEquals(List.of("Asked[] ", "Heal[reselect=true] nse"), causes);
  }

  @Test
  void reselectLetsGoOfEverythingFirst() {
    Chain chain = Chain.of(List.of(sessions, holds("a"), last));
    Connection first = ask(chain, "c");
    world.add("mark");
    Call reselect =
        Connections.call("c", time)
            .with(first.toBuilder().setState(State.RESELECT_REQUESTED).build());
    assertEquals(State.UP, chain.request(reselect).getState());
    assertEquals(List.of("mark", "a"), world);
  }

  @Test
  void aReselectGoesOnWhenWhatLedAheadCannotBeLetGo() {
    int[] asked = {0};
    Link stuck =
        (call, next) -> {
          asked[0]++;
          call.session()
              .hold(
                  Key.<String>soft("stuck"),
                  () -> "stuck",
                  value -> {
                    throw new Failure(Failure.Kind.UNAVAILABLE, "does not let go");
                  });
          return call.connection();
        };
    Chain chain = Chain.of(List.of(sessions, stuck));
    Connection first = ask(chain, "c");
    Call reselect =
        Connections.call("c", time)
            .with(first.toBuilder().setState(State.RESELECT_REQUESTED).build());
    assertEquals(first.getId(), chain.request(reselect).getId());
    assertEquals(2, asked[0]);
  }

  @Test
  void aTimerThatIsSetAgainStaysWhenThatRequestFails() {
    Key<Time.Timer> key = Key.soft("timer");
    List<String> ticks = new ArrayList<>();
    Link sets =
        (call, next) -> {
          call.session().at(key, time.now().plusSeconds(10), () -> ticks.add("tick"));
          return next.request(call);
        };
    Chain chain = Chain.of(List.of(sessions, sets, last));
    ask(chain, "c");
    refuse = true;
    assertThrows(Failure.class, () -> ask(chain, "c"));
    time.advance(Duration.ofSeconds(10));
    assertEquals(List.of("tick"), ticks);
  }

  // ---- what outlives the process ----

  @TempDir Path folder;

  record Port(String name) {}

  private static final Key<Port> PORT = Key.durable("port", Port.class);

  /**
   * A link on a device that outlives the process. Where it is told to die it keeps the journal as
   * it is at that moment, which is all that a next process would find.
   */
  private final class Device implements Link {
    private final String dieAt;
    private final Path file;

    Device(String dieAt, Path file) {
      this.dieAt = dieAt;
      this.file = file;
    }

    void mayDie(String where) {
      if (dieAt.equals(where)) {
        copy(file, left(file));
        throw new Death();
      }
    }

    private void act(Port port) {
      mayDie("before act");
      if (!world.contains(port.name())) {
        world.add(port.name());
      }
      mayDie("after act");
    }

    private void release(Port port) {
      if (dieAt.isEmpty()) {
        world.remove(port.name());
      }
    }

    @Override
    public Connection request(Call call, Handler next) {
      call.session().hold(PORT, () -> new Port("port1"), this::act, this::release);
      mayDie("after hold");
      return next.request(call);
    }

    @Override
    public void restore(Session session) {
      session.adopt(PORT, this::release);
    }
  }

  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static Path left(Path file) {
    return file.resolveSibling(file.getFileName() + ".left");
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Chain chain(FakeTime clock, Journal journal, Device device) {
    Sessions on = Sessions.durable(clock, journal);
    return chain(clock, on, device);
  }

  private Chain chain(FakeTime clock, Sessions on, Device device) {
    return Chain.of(List.of(on, new Expire(clock, Duration.ofSeconds(5)), device, last));
  }

  /** A process that lives until it dies at the given moment; gives back the journal it leaves. */
  private Path liveUntil(String dieAt) {
    Path file = folder.resolve(dieAt.replace(' ', '-'));
    Device device = new Device(dieAt, file);
    try (Journal journal = Journal.open(file)) {
      assertThrows(
          Death.class,
          () -> {
            // the timers of a dead process never fire: its clock stands still
            ask(chain(new FakeTime(), journal, device), "c");
            device.mayDie("agreed");
          });
    }
    return left(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"before act", "after act", "after hold", "agreed"})
  void whateverMomentAProcessDiesAtTheNextOneLetsGo(String dieAt) {
    Path left = liveUntil(dieAt);
    try (Journal journal = Journal.open(left)) {
      Sessions reborn = Sessions.durable(time, journal);
      var unused = chain(time, reborn, new Device("", left));
      assertEquals(1, reborn.all().size());
      reborn.close("here-c");
      assertEquals(List.of(), world);
      assertEquals(Map.of(), journal.entries());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before act", "after act", "after hold"})
  void aRetryThatFailsTooLetsGoOfWhatTheDeadProcessTook(String dieAt) {
    Path left = liveUntil(dieAt);
    refuse = true;
    try (Journal journal = Journal.open(left)) {
      Sessions reborn = Sessions.durable(time, journal);
      Chain chain = chain(time, reborn, new Device("", left));
      assertThrows(Failure.class, () -> ask(chain, "c"));
      assertEquals(List.of(), world);
      assertEquals(Map.of(), journal.entries());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before act", "after act", "after hold"})
  void whatNobodyAgreedToBeforeTheCrashIsLetGoAtOnce(String dieAt) {
    Path left = liveUntil(dieAt);
    try (Journal journal = Journal.open(left)) {
      Sessions reborn = Sessions.durable(time, journal);
      var unused = chain(time, reborn, new Device("", left));
      time.advance(Duration.ZERO);
      assertEquals(List.of(), world);
      assertEquals(Map.of(), journal.entries());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before act", "after act", "after hold", "agreed"})
  void theNextProcessTakesUpARetryAndLetsItExpire(String dieAt) {
    Path left = liveUntil(dieAt);
    try (Journal journal = Journal.open(left)) {
      Sessions reborn = Sessions.durable(time, journal);
      ask(chain(time, reborn, new Device("", left)), "c");
      assertEquals(List.of("port1"), world);
      time.advance(Duration.ofMinutes(11));
      assertEquals(List.of(), world);
      assertEquals(List.of(), List.copyOf(reborn.all()));
    }
  }
}

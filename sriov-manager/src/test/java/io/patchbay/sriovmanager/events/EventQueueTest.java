package io.patchbay.sriovmanager.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Time;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventQueueTest {
  private static final Refusal OF_POD =
      Refusal.ofPod("default", "cnf-1", Reason.REQUEST_REFUSED, "0000:3b:01.0 is taken");

  private final FakeTime time = new FakeTime();
  private final FakeApiServer server = new FakeApiServer();
  private final AtomicInteger connected = new AtomicInteger();
  private final EventQueue queue =
      new EventQueue(
          "node-1",
          () -> {
            connected.incrementAndGet();
            return server;
          },
          time);

  private void tell(Refusal refusal) {
    queue.tell(refusal);
    var unused = queue.step();
  }

  @Test
  void aRefusalBecomesAnEventOfItsPod() {
    server.uids.put("default/cnf-1", "uid-1");
    assertEquals(Duration.ZERO, queue.step());
    assertEquals(0, connected.get()); // the client is large: not before it is needed
    tell(OF_POD);
    EventReport.About about = new EventReport.About("Pod", "default", "cnf-1", "uid-1");
    Instant now = time.now();
    assertEquals(
        List.of(
            new EventReport(
                server.all().getFirst().name(),
                about,
                "VfRequestRefused",
                "0000:3b:01.0 is taken",
                1,
                now,
                now)),
        server.all());
    assertEquals(1, connected.get());
  }

  @Test
  void thatOfAPodThatIsNotHereIsTheNodes() {
    tell(OF_POD);
    EventReport report = server.all().getFirst();
    assertEquals(new EventReport.About("Node", "", "node-1", "node-1"), report.about());
    assertEquals("default", report.about().home());
    assertEquals("pod default/cnf-1: 0000:3b:01.0 is taken", report.text());
  }

  @Test
  void theSameAgainCountsUpTheEventThereIs() {
    Instant first = time.now();
    tell(OF_POD);
    time.advance(Duration.ofMinutes(1));
    queue.tell(OF_POD);
    queue.tell(OF_POD); // what waits meanwhile is one call
    tell(OF_POD);
    EventReport report = server.all().getFirst();
    assertEquals(1, server.all().size());
    assertEquals(4, report.count());
    assertEquals(first, report.first());
    assertEquals(time.now(), report.last());
    tell(Refusal.ofNode(OF_POD.reason(), OF_POD.text()));
    assertEquals(2, server.all().size());
  }

  @Test
  void oneThatTheServerHasForgottenIsMadeAnew() {
    tell(OF_POD);
    String old = server.all().getFirst().name();
    server.events.clear();
    tell(OF_POD);
    assertTrue(!server.all().getFirst().name().equals(old), old);
    assertEquals(1, server.all().getFirst().count());
    time.advance(Duration.ofHours(1)); // it may be deleted at any time
    tell(OF_POD);
    assertEquals(2, server.all().size());
  }

  @Test
  void onePodCannotFloodTheServer() {
    for (int i = 0; i < 100; i++) {
      tell(Refusal.ofPod("default", "cnf-1", Reason.REQUEST_REFUSED, "attempt " + i));
    }
    assertEquals(25, server.all().size());
    tell(Refusal.ofPod("default", "cnf-2", Reason.REQUEST_REFUSED, "no"));
    assertEquals(26, server.all().size());
    time.advance(Duration.ofMinutes(5));
    tell(OF_POD);
    tell(OF_POD);
    assertEquals(27, server.all().size());
    assertEquals(1, server.all().getLast().count());
  }

  @Test
  void whatWaitsIsBoundedAndOneAtATimeIsTold() {
    for (int i = 0; i < 1000; i++) {
      queue.tell(Refusal.ofPod("default", "cnf-" + i, Reason.REQUEST_REFUSED, "no"));
    }
    int steps = 0;
    while (!queue.step().isZero()) {
      steps++;
    }
    assertEquals(256, steps);
  }

  @Test
  void whileTheServerIsAwayItIsTriedEverLessOftenAndNothingIsLost() {
    server.refuses = Optional.of(Failure.Kind.UNAVAILABLE);
    queue.tell(OF_POD);
    queue.tell(OF_POD);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 12; i++) {
      Duration pause = queue.step();
      longest = pause.compareTo(longest) > 0 ? pause : longest;
      assertTrue(pause.toMillis() >= 500 && pause.toMillis() <= 60_000, pause.toString());
    }
    assertTrue(longest.toSeconds() >= 30, longest.toString());
    server.refuses = Optional.empty();
    assertEquals(Duration.ofMillis(200), queue.step());
    assertEquals(2, server.all().getFirst().count());
  }

  @Test
  void afterHoursWithoutTheServerWhatWaitsIsStillTold() {
    server.refuses = Optional.of(Failure.Kind.UNAVAILABLE);
    queue.tell(OF_POD);
    for (int i = 0; i < 40; i++) {
      time.advance(queue.step());
    }
    server.refuses = Optional.empty();
    var unused = queue.step();
    assertEquals(1, server.all().size());
  }

  @Test
  void oneFaultOfTheNodeDoesNotSilenceAnother() {
    for (int i = 0; i < 100; i++) {
      tell(Refusal.ofNode(Reason.VF_BROKEN, "VF " + i));
    }
    assertEquals(25, server.all().size());
    tell(Refusal.ofNode(Reason.CONFIG_REFUSED, "pci.config:2: no"));
    assertEquals(26, server.all().size());
  }

  /** As without the right to create events: it would stay so. */
  @Test
  void whatTheServerRefusesIsNotTriedAgain() {
    server.refuses = Optional.of(Failure.Kind.DENIED);
    tell(OF_POD);
    int calls = server.calls;
    assertEquals(Duration.ZERO, queue.step());
    assertEquals(calls, server.calls);
  }

  @Test
  void aLongTextIsCutAndEveryNameIsItsOwn() {
    queue.tell(Refusal.ofNode(Reason.PF_BROKEN, "x".repeat(5000)));
    queue.tell(Refusal.ofPod("default", "p".repeat(253), Reason.NOT_HOME, "no"));
    server.uids.put("default/" + "p".repeat(253), "uid");
    var unused = queue.step();
    unused = queue.step();
    assertEquals(1024, server.all().getFirst().text().length());
    assertEquals(253, server.all().getLast().name().length());
  }

  @Test
  void itsThreadTellsAndEnds() throws InterruptedException {
    EventQueue real = new EventQueue("node-1", () -> server, Time.system()).start();
    real.tell(OF_POD);
    Await.until("told", Duration.ofSeconds(10), () -> !server.events.isEmpty());
    real.close();
    assertTrue(server.closed);
  }
}

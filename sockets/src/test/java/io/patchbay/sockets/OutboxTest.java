package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final FakeSubscriber subscriber = new FakeSubscriber();
  private final AtomicInteger ends = new AtomicInteger();

  @Test
  void itemsGoOutAtOnceWhileTheConsumerIsReady() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2);
    subscriber.ready(true);
    for (String item : List.of("a", "b", "c", "d")) {
      assertTrue(outbox.offer(item));
    }
    assertEquals(List.of("a", "b", "c", "d"), subscriber.received());
  }

  @Test
  void itemsWaitForTheConsumerAndKeepTheirOrder() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2);
    outbox.offer("a");
    outbox.offer("b");
    assertEquals(List.of(), subscriber.received());
    subscriber.ready(true);
    outbox.offer("c");
    assertEquals(List.of("a", "b", "c"), subscriber.received());
  }

  @Test
  void overflowEndsTheStream() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2);
    outbox.onEnd(ends::incrementAndGet);
    outbox.offer("a");
    outbox.offer("b");
    assertFalse(outbox.offer("c"));
    assertFalse(outbox.offer("d"));
    assertEquals(List.of("RESOURCE_EXHAUSTED"), subscriber.received());
    assertEquals(1, ends.get());
  }

  @Test
  void itemsGetTheirLastTouchAsTheyLeave() {
    AtomicInteger left = new AtomicInteger();
    Outbox<String> outbox =
        new Outbox<>(subscriber, 1, item -> "", item -> left.incrementAndGet() + item);
    outbox.offer("a");
    outbox.offer("b");
    subscriber.ready(true);
    outbox.offer("c");
    assertEquals(List.of("1b", "2c"), subscriber.received());
  }

  @Test
  void overflowKeepsTheNewestOfEachKey() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2, item -> item.charAt(0));
    List.of("a1", "b1", "a2", "a3", "b2").forEach(item -> assertTrue(outbox.offer(item)));
    subscriber.ready(true);
    assertEquals(List.of("a3", "b2"), subscriber.received());
    subscriber.ready(false);
    outbox.offer("a4");
    outbox.offer("b3");
    assertFalse(outbox.offer("c1"));
    assertEquals(List.of("a3", "b2", "RESOURCE_EXHAUSTED"), subscriber.received());
  }

  @Test
  void closingSendsWhatWaitsFirst() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2);
    outbox.onEnd(ends::incrementAndGet);
    outbox.offer("a");
    outbox.close();
    assertFalse(outbox.offer("b"));
    assertEquals(0, ends.get());
    subscriber.ready(true);
    outbox.close();
    assertEquals(List.of("a", "OK"), subscriber.received());
    outbox.onEnd(ends::incrementAndGet);
    assertEquals(2, ends.get());
  }

  @Test
  void cancellingEndsItOnce() {
    Outbox<String> outbox = new Outbox<>(subscriber, 2);
    outbox.onEnd(ends::incrementAndGet);
    outbox.offer("a");
    subscriber.cancel();
    subscriber.ready(true);
    assertFalse(outbox.offer("b"));
    outbox.close();
    assertEquals(List.of(), subscriber.received());
    assertEquals(1, ends.get());
  }

  @Test
  void manyProducersAndACancelLoseNothingAndEndOnce() throws Exception {
    for (int round = 0; round < 200; round++) {
      FakeSubscriber one = new FakeSubscriber();
      AtomicInteger ended = new AtomicInteger();
      Outbox<String> outbox = new Outbox<>(one, 1000);
      outbox.onEnd(ended::incrementAndGet);
      List<Thread> threads = new ArrayList<>();
      for (String name : List.of("a", "b", "c")) {
        threads.add(Thread.startVirtualThread(() -> offerHundred(outbox, name)));
      }
      threads.add(Thread.startVirtualThread(() -> one.ready(true)));
      if (round % 2 == 0) {
        threads.add(Thread.startVirtualThread(one::cancel));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      outbox.close();
      assertEquals(1, ended.get());
      if (round % 2 == 1) {
        assertEquals(301, one.received().size());
      }
      for (String name : List.of("a", "b", "c")) {
        List<String> own = one.received().stream().filter(i -> i.startsWith(name)).toList();
        assertEquals(own.stream().sorted().toList(), own);
      }
    }
  }

  private static void offerHundred(Outbox<String> outbox, String name) {
    for (int i = 0; i < 100; i++) {
      outbox.offer(name + (100 + i));
    }
  }

  @Test
  void aSlowPeerIsCutOffAndAGoneOneIsNoticed(@TempDir Path folder) {
    AtomicReference<Outbox<String>> outbox = new AtomicReference<>();
    AtomicReference<CountDownLatch> end = new AtomicReference<>(new CountDownLatch(1));
    Echo echo =
        new Echo(
            text -> text,
            observer -> {
              Outbox<String> made = new Outbox<>(observer, 10);
              CountDownLatch latch = end.get();
              made.onEnd(latch::countDown);
              made.offer("first");
              outbox.set(made);
            });
    Url url = Url.parse("unix://" + folder.resolve("s.sock"));
    try (GrpcServer server = GrpcServer.start(List.of(url), List.of(echo));
        Channels channels = new Channels()) {
      Channel channel = channels.to(server.addresses().getFirst());
      Iterator<String> slow = Echo.watch(channel);
      assertEquals("first", slow.next());
      Await.until("made", SOON, () -> outbox.get() != null);
      String big = "x".repeat(100_000);
      while (outbox.get().offer(big)) {
        assertEquals(1, end.get().getCount());
      }
      assertEquals(0, end.get().getCount());
      var cut = assertThrows(StatusRuntimeException.class, () -> slow.forEachRemaining(x -> {}));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, cut.getStatus().getCode());

      end.set(new CountDownLatch(1));
      outbox.set(null);
      Echo.watch(channel).next();
      Await.until("made", SOON, () -> outbox.get() != null);
      channels.close();
      Await.until("noticed", SOON, () -> end.get().getCount() == 0);
      assertFalse(outbox.get().offer("late"));
    }
  }
}

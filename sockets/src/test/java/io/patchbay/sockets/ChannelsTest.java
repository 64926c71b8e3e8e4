package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final Channels channels = new Channels(time);

  @AfterEach
  void close() {
    channels.close();
  }

  private Url socket(String name) {
    return Url.parse("unix://" + folder.resolve(name));
  }

  private void expectUnavailable(Channel channel) {
    var failed = assertThrows(StatusRuntimeException.class, () -> Echo.say(channel, ""));
    assertEquals(Status.Code.UNAVAILABLE, failed.getStatus().getCode());
  }

  @Test
  void oneConnectionPerTarget() {
    channels.to(socket("a"));
    assertEquals(0, channels.size());
    expectUnavailable(channels.to(socket("a")));
    expectUnavailable(channels.to(socket("a")));
    expectUnavailable(channels.to(socket("b")));
    assertEquals(2, channels.size());
  }

  @Test
  void aPeerThatIsAwayIsDialledAgainAtOurPace() {
    Url url = socket("late");
    Channel channel = channels.to(url);
    expectUnavailable(channel);
    Await.until("a timer waits", SOON, () -> time.pending() == 1);
    try (GrpcServer server = GrpcServer.start(List.of(url), List.of(new Echo(text -> "here")))) {
      time.advance(Duration.ofMillis(100));
      Await.until("it is back", SOON, () -> answers(channel));
      assertEquals(List.of(url), server.addresses());
    }
  }

  private static boolean answers(Channel channel) {
    try {
      return Echo.say(channel, "").equals("here");
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  @Test
  void unusedOnesAreLetGoWhenThereAreMany() {
    for (int i = 0; i < Channels.ROOM; i++) {
      expectUnavailable(channels.to(socket("s" + i)));
    }
    expectUnavailable(channels.to(socket("one more")));
    assertEquals(Channels.ROOM + 1, channels.size());
    time.advance(Channels.UNUSED);
    expectUnavailable(channels.to(socket("s0")));
    time.advance(Duration.ofMillis(1));
    expectUnavailable(channels.to(socket("another")));
    assertEquals(2, channels.size());
    expectUnavailable(channels.to(socket("s1")));
  }

  @Test
  void aDroppedOneFinishesItsCallsAndIsDialledAnew() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Echo echo =
        new Echo(text -> {
          running.countDown();
          await(go);
          return text;
        });
    Url url = socket("d");
    try (GrpcServer server = GrpcServer.start(List.of(url), List.of(echo))) {
      Channel channel = channels.to(server.addresses().getFirst());
      FutureTask<String> call = new FutureTask<>(() -> Echo.say(channel, "x"));
      Thread.startVirtualThread(call);
      await(running);
      channels.drop(url);
      channels.drop(url);
      go.countDown();
      assertEquals("x", call.get());
      assertEquals("y", Echo.say(channel, "y"));
    }
  }

  private static void await(CountDownLatch latch) {
    Await.until("signalled", SOON, () -> latch.getCount() == 0);
  }

  @Test
  void callsAfterCloseFail() {
    Channel channel = channels.to(socket("c"));
    channels.close();
    expectUnavailable(channel);
    assertEquals(0, channels.size());
  }
}

package io.patchbay.hwsim.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.linux.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a cable carries, and what it loses. */
@Timeout(30)
class CableTest {
  private final Cable cable = new Cable("test");
  private final BlockingQueue<Frame> got = new LinkedBlockingQueue<>();

  @AfterEach
  void cut() {
    cable.close();
  }

  @Test
  void carriesBothWaysInOrder() throws Exception {
    BlockingQueue<Frame> back = new LinkedBlockingQueue<>();
    cable.switchEnd().receiver(got::add);
    cable.nicEnd().receiver(back::add);
    for (int i = 0; i < 100; i++) {
      cable.nicEnd().send(frame(i));
      cable.switchEnd().send(frame(1000 + i));
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(frame(i), got.poll(10, TimeUnit.SECONDS));
      assertEquals(frame(1000 + i), back.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aFullQueueDropsAndCounts() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    cable
        .switchEnd()
        .receiver(frame -> {
          busy.countDown();
          await(go);
          got.add(frame);
        });
    cable.nicEnd().send(frame(0));
    assertTrue(busy.await(10, TimeUnit.SECONDS));
    for (int i = 1; i <= Cable.QUEUE_FRAMES + 5; i++) {
      cable.nicEnd().send(frame(i));
    }
    assertEquals(5, cable.switchEnd().dropped());
    go.countDown();
    for (int i = 0; i <= Cable.QUEUE_FRAMES; i++) {
      assertEquals(frame(i), got.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void carrierNeedsThePlugAndBothSides() {
    List<Boolean> seen = new ArrayList<>();
    cable.switchEnd().carrierWatcher(() -> seen.add(cable.switchEnd().carrier()));
    assertTrue(cable.nicEnd().carrier());
    cable.nicEnd().power(false);
    cable.unplug();
    cable.nicEnd().power(true);
    cable.plug();
    assertEquals(List.of(false, false, false, true), seen);
    cable.unplug();
    assertFalse(cable.nicEnd().carrier());
    cable.nicEnd().send(frame(1));
    assertEquals(1, cable.switchEnd().dropped());
  }

  @Test
  void aReceiverThatThrowsLosesOnlyThatFrame() throws Exception {
    cable
        .switchEnd()
        .receiver(frame -> {
          if (frame.equals(frame(1))) {
            throw new IllegalStateException("cannot take it");
          }
          got.add(frame);
        });
    cable.nicEnd().send(frame(1));
    cable.nicEnd().send(frame(2));
    assertEquals(frame(2), got.poll(10, TimeUnit.SECONDS));
    assertEquals(1, cable.switchEnd().dropped());
  }

  private static Frame frame(int number) {
    return Frame.of(
        MacAddress.BROADCAST, new MacAddress(0x0200_0000_0000L + number), 0x88b5, new byte[46]);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

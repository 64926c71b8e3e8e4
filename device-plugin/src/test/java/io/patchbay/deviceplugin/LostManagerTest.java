package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the kubelet is told while nobody tells the daemon anything. */
class LostManagerTest extends PluginRig<FakeTime> {
  LostManagerTest() {
    super(new FakeTime());
  }

  @Test
  void withoutItsManagerOnlyWhatIsFreeTurnsUnhealthy() {
    listed();
    kubelet.allocate(FAST, "0000:3b:01.2");
    eventually("the other name's is withdrawn", () -> healthy(LAB) == 3);
    int timers = time.pending();
    manager.stop();
    eventually("the loss is seen", () -> time.pending() > timers);
    time.advance(Duration.ofMillis(4999));
    assertEquals(timers + 1, time.pending(), "it is not given up yet");
    assertEquals(4, healthy(FAST), "the last list stands for a while");
    time.advance(Duration.ofMillis(1));
    eventually("free ones are withdrawn", () -> healthy(FAST) == 1);
    assertEquals(List.of("0000:3b:01.2"), kubelet.healthy(FAST));
    manager.start();
    eventually(
        "they come back",
        () -> {
          time.advance(Duration.ofSeconds(1)); // it asks again
          return healthy(FAST) == 4;
        });
  }
}

package io.patchbay.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.FakeTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {
  @Test
  void knowsWhatIsSpentAndWhatIsLeft() {
    FakeTime time = new FakeTime();
    Deadline deadline = Deadline.in(Duration.ofSeconds(15), time);
    assertEquals(Duration.ofSeconds(15), deadline.left());
    time.advance(Duration.ofSeconds(18));
    assertEquals(Duration.ofSeconds(-3), deadline.left());
    assertEquals(Duration.ofSeconds(18), deadline.spent());
  }
}

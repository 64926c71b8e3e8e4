package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RefreshTest extends LinkContractTest {
  @Override
  protected Link link() {
    return new Refresh(time, Duration.ofSeconds(5));
  }

  @Override
  protected Set<String> heldOutside() {
    return time.pending() == 0 ? Set.of() : Set.of("timer");
  }

  @Test
  void asksAgainBeforeTheTokenEndsAndAgainAfterAFailure() {
    FakeTime clock = new FakeTime();
    int[] asked = {0};
    boolean[] down = {false};
    Link end =
        (call, next) -> {
          asked[0]++;
          if (down[0]) {
            throw new Failure(Failure.Kind.UNAVAILABLE, "down");
          }
          return renewed(call.connection(), clock);
        };
    Sessions sessions = Sessions.inMemory(clock);
    Chain chain = Chain.of(List.of(sessions, new Refresh(clock, Duration.ofSeconds(5)), end));
    String id = chain.request(Connections.call("c", clock)).getId();
    clock.advance(Duration.ofMinutes(10));
    assertEquals(4, asked[0], "one request and a refresh each three minutes");
    down[0] = true;
    clock.advance(Duration.ofMinutes(3));
    int failing = asked[0];
    clock.advance(Duration.ofMinutes(1));
    assertEquals(true, asked[0] > failing + 10, "retries at least each five seconds");
    down[0] = false;
    clock.advance(Duration.ofSeconds(5));
    int healthy = asked[0];
    clock.advance(Duration.ofMinutes(2));
    assertEquals(healthy, asked[0]);
    sessions.close(id);
    assertEquals(0, clock.pending());
  }

  private static Connection renewed(Connection connection, FakeTime clock) {
    Paths.Token token = new Paths.Token("t", clock.now().plus(Duration.ofMinutes(10)));
    return Paths.withCallerToken(connection, token);
  }
}

package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a connection ends that nobody refreshes (contracts/nsm.md fact 17 and 6.3). */
class ExpireTest extends LinkContractTest {
  @Override
  protected Link link() {
    return new Expire(time, Duration.ZERO);
  }

  @Override
  protected Set<String> heldOutside() {
    return time.pending() == 0 ? Set.of() : Set.of(time.pending() + " timers");
  }

  private final FakeTime clock = new FakeTime();
  private final Sessions sessions = Sessions.inMemory(clock);

  private void ask(Duration patience) {
    Chain chain =
        Chain.of(
            List.of(sessions, new Expire(clock, Duration.ZERO), (call, next) -> call.connection()));
    Connection tenMinutes = Connections.arrived("c", clock);
    var unused =
        chain.request(
            Call.of(tenMinutes, List.of(), new Cause.Asked(), clock.now().plus(patience)));
  }

  private void livesFor(Duration life) {
    clock.advance(life.minusMillis(1));
    assertEquals(1, sessions.all().size());
    clock.advance(Duration.ofMillis(1));
    assertEquals(0, sessions.all().size());
  }

  @Test
  void closesBeforeTheTokenEndsByAsLongAsARequestMayTake() {
    ask(Duration.ofSeconds(15));
    livesFor(Duration.ofMinutes(10).minusSeconds(15));
  }

  @Test
  void leavesTimeForARefreshHoweverPatientTheCallerIs() {
    ask(Duration.ofHours(1));
    livesFor(Duration.ofMinutes(9));
  }

  @Test
  void aPathWithoutAnEndIsRefused() {
    Connection arrived = Connections.arrived("c", time);
    PathSegment endless = arrived.getPath().getPathSegments(0).toBuilder().clearExpires().build();
    Call call =
        call()
            .edit(connection ->
                connection.setPath(
                    connection.getPath().toBuilder().setPathSegments(0, endless).build()));
    Chain chain =
        Chain.of(List.of(Sessions.inMemory(time), link(), (last, next) -> last.connection()));
    assertEquals(
        Failure.Kind.INVALID, assertThrows(Failure.class, () -> chain.request(call)).kind());
  }
}

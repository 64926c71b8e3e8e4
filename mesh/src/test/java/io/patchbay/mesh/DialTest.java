package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hop and the one ahead of it, to which there is a way, or there is none. */
class DialTest {
  private static final Duration LIFE = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final FakeTime time = new FakeTime();
  private final Sessions here = Sessions.inMemory(time);
  private final Sessions ahead = Sessions.inMemory(time);
  private final Tokens tokens = Tokens.selfSigned("spiffe://test/hop", LIFE, time);
  private boolean away;
  private Chain chain;

  @BeforeEach
  void start() {
    Url url = Url.parse("unix://" + folder.resolve("ahead.sock"));
    Link answer = (call, next) -> Paths.end(call.connection());
    Chain answers = Chain.of(List.of(ahead, answer));
    stack.push(
        GrpcServer.start(
            List.of(url), List.of(new MeshServer("ahead", answers, ahead, tokens, time))));
    Dial dial = new Dial(stack.push(new Channels()), tokens, time, this::open);
    chain = Chain.of(List.of(here, (call, next) -> next.request(call.towards(url)), dial));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private NextHops.Door open(Url target, Connection connection) {
    if (away) {
      throw new Failure(Failure.Kind.UNAVAILABLE, target + " is being started again");
    }
    return NextHops.AS_NAMED.open(target, connection);
  }

  private Connection closeWhileAway() {
    Connection agreed = chain.request(Connections.call("c", time));
    away = true;
    Failure failure = assertThrows(Failure.class, () -> here.close("here-c"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertEquals(0, here.all().size());
    assertEquals(1, ahead.all().size());
    return agreed;
  }

  @Test
  void aHopThatWasAwayHearsOfTheCloseWhenItIsBack() {
    var unused = closeWhileAway();
    time.advance(Duration.ofMinutes(1));
    assertEquals(1, ahead.all().size());
    away = false;
    time.advance(Duration.ofMinutes(1));
    assertEquals(0, ahead.all().size());
    assertEquals(0, time.pending());
  }

  @Test
  void aConnectionThatIsWantedAgainIsNotClosedLate() {
    Connection agreed = closeWhileAway();
    away = false;
    var again =
        chain.request(Connections.call("c", time).edit(fresh -> fresh.setPath(agreed.getPath())));
    time.advance(LIFE);
    assertEquals(1, here.all().size());
    assertEquals(1, ahead.all().size());
  }

  @Test
  void aNewConnectionOfThisIdDoesNotKeepTheFormerOne() {
    var unused = closeWhileAway();
    away = false;
    var fresh = chain.request(Connections.call("c", time));
    assertEquals(2, ahead.all().size());
    time.advance(LIFE);
    assertEquals(1, ahead.all().size());
  }

  @Test
  void aConnectionThatCannotComeBackIsStillClosed() {
    Connection agreed = closeWhileAway();
    Call again = Connections.call("c", time).edit(fresh -> fresh.setPath(agreed.getPath()));
    assertThrows(Failure.class, () -> chain.request(again));
    away = false;
    time.advance(Duration.ofMinutes(1));
    assertEquals(0, ahead.all().size());
  }

  @Test
  void whatTheHopHasEndedByItselfIsNotClosedAgain() {
    var unused = closeWhileAway();
    time.advance(LIFE.plusMinutes(1));
    assertEquals(0, time.pending());
  }
}

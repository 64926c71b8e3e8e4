package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Xml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetconfSessionTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FakeTime time = new FakeTime();

  private NetconfSession open(ScriptedPeer peer) {
    return new NetconfSession("switch tor-1", peer, time, DEADLINE);
  }

  private NetconfSession open(List<String> capabilities, Function<String, String> answers) {
    return open(new ScriptedPeer(capabilities, answers));
  }

  @Test
  void bothSpeakOneOneWhereBothCan() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.FULL, rpc -> ScriptedPeer.OK);
    NetconfSession session = open(peer);
    assertTrue(session.call(Operations.LOCK).done());
    assertEquals(Operations.HELLO, peer.heard.getFirst());
    assertEquals(Operations.LOCK, peer.heard.get(1));
    assertTrue(session.capabilities().candidate());
    assertTrue(session.capabilities().persistentCommit());
  }

  @Test
  void fallsBackToOneZero() {
    NetconfSession session = open(List.of(Operations.BASE_1_0), rpc -> ScriptedPeer.OK);
    assertTrue(session.call(Operations.LOCK).done());
    assertFalse(session.capabilities().confirmedCommit());
  }

  @Test
  void readsCapabilitiesWithParametersAndMisspelt() {
    NetconfSession session =
        open(
            List.of(
                Operations.BASE_1_0,
                "urn:ietf:params:xml:ns:netconf:capability:candidate:1.0",
                "urn:ietf:params:netconf:capability:confirmed-commit:1.0?x=y"),
            rpc -> ScriptedPeer.OK);
    assertTrue(session.capabilities().candidate());
    assertTrue(session.capabilities().confirmedCommit());
    assertFalse(session.capabilities().persistentCommit());
  }

  @Test
  void refusesAPeerOfNoVersionItKnows() {
    Failure failure =
        assertThrows(Failure.class, () -> open(List.of("urn:other"), rpc -> ScriptedPeer.OK));
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
  }

  @Test
  void refusesXmlThatBringsEntities() {
    String bomb =
        "<!DOCTYPE hello [<!ENTITY a \"b\">]><hello xmlns=\"%s\">&a;</hello>"
            .formatted(Operations.BASE);
    Failure failure =
        assertThrows(
            Failure.class, () -> open(new ScriptedPeer(bomb, true, rpc -> ScriptedPeer.OK)));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertTrue(failure.getMessage().contains("DOCTYPE"), failure.getMessage());
  }

  @Test
  void refusalsAreAnswersAndLeaveTheSessionAlive() {
    NetconfSession session =
        open(
            ScriptedPeer.FULL,
            rpc ->
                rpc.startsWith("<lock")
                    ? "<rpc-error><error-tag>lock-denied</error-tag></rpc-error>"
                    : ScriptedPeer.OK);
    assertTrue(session.call(Operations.LOCK).mayWait());
    assertTrue(session.call(Operations.UNLOCK).done());
  }

  @Test
  void anAnswerThatDoesNotComeEndsTheSessionAtTheDeadline() {
    NetconfSession session = open(ScriptedPeer.FULL, rpc -> ScriptedPeer.NOTHING);
    Failure failure = failureAfterDeadline(() -> session.call(Operations.COMMIT));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind());
    assertEquals("switch tor-1 gave no answer to commit within 10000 ms", failure.getMessage());
    assertTrue(session.ended());
    assertEquals(
        Failure.Kind.TIMEOUT,
        assertThrows(Failure.class, () -> session.call(Operations.LOCK)).kind());
  }

  /** It may be no answer, but something that the switch tells by itself; nothing was refused. */
  @Test
  void aMessageThatCannotBeReadSaysNothingOfWhatWasAsked() {
    NetconfSession session =
        open(ScriptedPeer.FULL, rpc -> "<?xml version=\"1.0\"?><notification>\u0001");
    Failure failure = assertThrows(Failure.class, () -> session.call(Operations.COMMIT));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().contains("not NETCONF"), failure.getMessage());
    assertTrue(session.ended());
  }

  @Test
  void aHelloThatDoesNotComeEndsAtTheDeadline() {
    Failure failure =
        failureAfterDeadline(() -> open(new ScriptedPeer("", true, rpc -> ScriptedPeer.OK)));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind());
  }

  /** Runs a call that hangs, lets the deadline pass once it waits, and gives back its failure. */
  private Failure failureAfterDeadline(Supplier<?> call) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<?> hung = CompletableFuture.supplyAsync(call, threads);
      Await.until("the call waits", PATIENCE, () -> time.pending() > 0);
      time.advance(DEADLINE);
      CompletionException e = assertThrows(CompletionException.class, hung::join);
      return (Failure) e.getCause();
    }
  }

  @Test
  void anAnswerToAnotherQuestionEndsTheSession() {
    NetconfSession session =
        open(
            ScriptedPeer.FULL,
            rpc ->
                "<?xml version=\"1.0\"?><rpc-reply xmlns=\"%s\" message-id=\"77\"><ok/></rpc-reply>"
                    .formatted(Operations.BASE));
    Failure failure = assertThrows(Failure.class, () -> session.call(Operations.LOCK));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertTrue(failure.getMessage().contains("'77'"), failure.getMessage());
    assertTrue(session.ended());
  }

  @Test
  void aLostStreamEndsTheSession() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.FULL, rpc -> ScriptedPeer.OK);
    NetconfSession session = open(peer);
    peer.close();
    Failure failure = assertThrows(Failure.class, () -> session.call(Operations.LOCK));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().startsWith("switch tor-1"), failure.getMessage());
  }

  private static String notification(int number) {
    return "<notification xmlns=\"%s\"><eventTime>%d</eventTime></notification>"
        .formatted(NetconfSession.NOTIFICATION, number);
  }

  @Test
  void whatNobodyAskedForIsHeardWhileNobodyAsks() throws IOException {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.FULL, rpc -> ScriptedPeer.OK);
    NetconfSession session = open(peer);
    List<String> heard = new CopyOnWriteArrayList<>();
    session.onNotification(told -> heard.add(Xml.text(told)));
    assertTrue(session.call(Operations.LOCK).done());
    peer.tell(notification(1));
    peer.tell(notification(2));
    Await.until("both are heard", PATIENCE, () -> heard.equals(List.of("1", "2")));
    assertTrue(session.call(Operations.LOCK).done());
  }

  /** None is kept: what comes with them is answered as ever, and nobody has to listen. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFloodOfNotificationsHoldsUpNoAnswer(boolean listens) {
    int many = 20_000;
    AtomicReference<ScriptedPeer> self = new AtomicReference<>();
    ScriptedPeer peer =
        new ScriptedPeer(
            ScriptedPeer.FULL,
            rpc -> {
              for (int i = 0; i < many; i++) {
                tell(self.get(), notification(i));
              }
              return ScriptedPeer.OK;
            });
    self.set(peer);
    NetconfSession session = open(peer);
    AtomicInteger heard = new AtomicInteger();
    if (listens) {
      session.onNotification(told -> heard.incrementAndGet());
    }
    assertTrue(session.call(Operations.LOCK).done());
    assertEquals(listens ? many : 0, heard.get());
    assertTrue(session.call(Operations.UNLOCK).done());
  }

  private static void tell(ScriptedPeer peer, String message) {
    try {
      peer.tell(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void saysGoodbye() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.FULL, rpc -> ScriptedPeer.OK);
    open(peer).close();
    Await.until("the peer is told", PATIENCE, () -> peer.heard.contains(Operations.CLOSE));
    assertEquals(0, time.pending(), "no timer stays behind");
  }
}

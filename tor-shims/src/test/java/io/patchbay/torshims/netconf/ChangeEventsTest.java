package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.WantedPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the driver makes of a switch's notifications; our session is number 4. */
class ChangeEventsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String NOTIFICATION = "urn:ietf:params:netconf:capability:notification:1.0";
  private static final String INTERLEAVE = "urn:ietf:params:netconf:capability:interleave:1.0";
  private static final String OTHERS =
      "<changed-by><username>o</username><session-id>5</session-id></changed-by>";
  private static final String OURS = OTHERS.replace("5", "4");
  private static final String SWITCHES = "<changed-by><server/></changed-by>";
  private static final String TARGET =
      "<edit><target xmlns:i=\"http://openconfig.net/yang/interfaces\">%s</target>"
          + "<operation>merge</operation></edit>";
  private static final String ON_OURS =
      TARGET.formatted("/i:interfaces/i:interface[i:name='Ethernet1']/i:config/i:mtu");
  private static final String ELSEWHERE =
      TARGET.formatted("/i:interfaces/i:interface[i:name='Ethernet11']/i:config/i:mtu");

  private final FakeTime time = new FakeTime();
  private final AtomicInteger told = new AtomicInteger();
  private final ChangeEvents events = new ChangeEvents("switch tor-1", wanted(), this::told, time);

  private void told() {
    told.incrementAndGet();
  }

  private static WantedPorts wanted() {
    WantedPorts wanted = new WantedPorts();
    wanted.put(
        Map.of("Ethernet1", new PortConfig.Access(10), "Ethernet2", new PortConfig.Access(10)));
    wanted.put(Map.of("Ethernet2", new PortConfig.Raw("as it was")));
    return wanted;
  }

  private static List<String> capabilities(String... more) {
    List<String> all = new ArrayList<>(ScriptedPeer.FULL);
    all.addAll(List.of(more));
    return all;
  }

  private NetconfSession open(ScriptedPeer peer) {
    return new NetconfSession("switch tor-1", peer, time, DEADLINE);
  }

  private static ScriptedPeer peer(Function<String, String> answers) {
    return new ScriptedPeer(capabilities(NOTIFICATION, INTERLEAVE), answers);
  }

  /** What comes of the content of a notification of a change. */
  private int toldOf(String content) throws IOException {
    return toldOfEvent(
        "<netconf-config-change"
            + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\">"
            + content
            + "</netconf-config-change>");
  }

  private int toldOfEvent(String event) throws IOException {
    ScriptedPeer peer = peer(rpc -> ScriptedPeer.OK);
    NetconfSession session = open(peer);
    events.subscribe(session);
    peer.tell(
        "<notification xmlns=\"%s\"><eventTime>2026-01-01T00:00:00Z</eventTime>%s</notification>"
            .formatted(NetconfSession.NOTIFICATION, event));
    assertTrue(session.call(Operations.LOCK).done()); // its answer comes behind the notification
    return told.get();
  }

  @Test
  void aChangeOfOurPortBySomebodyElseIsTold() throws IOException {
    assertEquals(1, toldOf(OTHERS + "<datastore>running</datastore>" + ELSEWHERE + ON_OURS));
  }

  @Test
  void whatTheSwitchHasTakenBackByItselfIsTold() throws IOException {
    assertEquals(1, toldOf(SWITCHES + ON_OURS));
  }

  @Test
  void aChangeThatNamesNobodyOrNothingIsTold() throws IOException {
    assertEquals(1, toldOf(ON_OURS));
    assertEquals(2, toldOf(OTHERS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/i:interfaces",
        "/i:interfaces/i:interface",
        "/i:interfaces/i:interface[i:name=\"Ethernet1\"]",
        "/interfaces/interface[name='Ethernet1']/ethernet",
        "/n:native/n:interface[n:name='Gi1/0/1']",
        "/ni:network-instances/ni:network-instance[ni:name='default']/ni:vlans",
        ""
      })
  void aChangeThatMayBeOnOurPortIsTold(String target) throws IOException {
    assertEquals(1, toldOf(OTHERS + TARGET.formatted(target)));
  }

  @Test
  void whatWeHaveDoneOurselvesIsNotTold() throws IOException {
    assertEquals(0, toldOf(OURS + ON_OURS));
    assertEquals(0, toldOf(OURS));
  }

  @Test
  void whatIsOnOtherPortsIsNotTold() throws IOException {
    assertEquals(0, toldOf(OTHERS + ELSEWHERE));
    assertEquals(0, toldOf(OTHERS + ELSEWHERE.replace("Ethernet11", "Ethernet2")), "given back");
  }

  @Test
  void whatIsOnlySavedIsNotTold() throws IOException {
    assertEquals(0, toldOf(OTHERS + "<datastore>startup</datastore>" + ON_OURS));
  }

  @Test
  void otherEventsAreNotTold() throws IOException {
    assertEquals(
        0,
        toldOfEvent(
            "<netconf-confirmed-commit"
                + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\">"
                + OTHERS
                + "<confirm-event>start</confirm-event></netconf-confirmed-commit>"));
  }

  /** Without interleave the session would be good for nothing else any more. */
  @Test
  void aSwitchThatCannotTellBesidesIsNotAskedTo() {
    for (List<String> can :
        List.of(capabilities(), capabilities(NOTIFICATION), capabilities(INTERLEAVE))) {
      ScriptedPeer peer = new ScriptedPeer(can, rpc -> ScriptedPeer.OK);
      NetconfSession session = open(peer);
      events.subscribe(session);
      assertTrue(session.call(Operations.LOCK).done());
      assertEquals(List.of(Operations.HELLO, Operations.LOCK), peer.heard);
    }
  }

  @Test
  void aSwitchThatRefusesIsServedAndNotAskedAgain() {
    ScriptedPeer peer =
        peer(rpc ->
            rpc.startsWith("<create-subscription")
                ? "<rpc-error><error-tag>access-denied</error-tag></rpc-error>"
                : ScriptedPeer.OK);
    NetconfSession session = open(peer);
    events.subscribe(session);
    assertTrue(session.call(Operations.LOCK).done());
    ScriptedPeer next = peer(rpc -> ScriptedPeer.OK);
    NetconfSession fresh = open(next);
    events.subscribe(fresh);
    assertTrue(fresh.call(Operations.LOCK).done());
    assertFalse(next.heard.contains(ChangeEvents.SUBSCRIBE), next.heard::toString);
  }

  @Test
  void aSwitchThatHangsOverItIsServedWithoutItInTheEnd() {
    for (int i = 0; i < 2; i++) {
      NetconfSession session = open(peer(rpc -> ScriptedPeer.NOTHING));
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        CompletableFuture<Void> hung =
            CompletableFuture.runAsync(() -> events.subscribe(session), threads);
        Await.until("it waits", PATIENCE, () -> time.pending() > 0);
        time.advance(DEADLINE);
        CompletionException e = assertThrows(CompletionException.class, hung::join);
        assertEquals(Failure.Kind.TIMEOUT, ((Failure) e.getCause()).kind());
      }
    }
    ScriptedPeer peer = peer(rpc -> ScriptedPeer.OK);
    NetconfSession session = open(peer);
    events.subscribe(session);
    assertTrue(session.call(Operations.LOCK).done());
    assertFalse(peer.heard.contains(ChangeEvents.SUBSCRIBE), peer.heard::toString);
  }

  /** A session that is told, and that the driver watches as it does. */
  private NetconfSession told(ScriptedPeer peer) {
    NetconfSession session = open(peer);
    events.subscribe(session);
    session.whenOver(() -> events.over(session));
    return session;
  }

  private static ScriptedPeer willing() {
    return peer(rpc -> ScriptedPeer.OK);
  }

  private static void breaks(ScriptedPeer peer, NetconfSession session) throws IOException {
    peer.tell("<notification xmlns=\"%s\"><eventTime>".formatted(NetconfSession.NOTIFICATION));
    Await.until("it is over", PATIENCE, session::ended);
  }

  private void breaksSoMany(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      ScriptedPeer peer = willing();
      NetconfSession session = told(peer);
      assertTrue(peer.heard.contains(ChangeEvents.SUBSCRIBE), "try " + i);
      breaks(peer, session);
    }
  }

  /** What it tells cannot be read, however often it is asked anew. */
  @Test
  void aSwitchWhoseSessionsEndOverWhatItTellsIsServedWithoutAndTriedSeldom() throws IOException {
    breaksSoMany(ChangeEvents.BREAKS_MOST);
    ScriptedPeer peer = willing();
    NetconfSession session = told(peer);
    assertTrue(session.call(Operations.LOCK).done());
    assertFalse(peer.heard.contains(ChangeEvents.SUBSCRIBE), peer.heard::toString);
    time.advance(ChangeEvents.SELDOM.minusSeconds(1));
    events.subscribe(session);
    assertFalse(peer.heard.contains(ChangeEvents.SUBSCRIBE), peer.heard::toString);
    time.advance(Duration.ofSeconds(1));
    events.subscribe(session);
    events.subscribe(session);
    assertEquals(1, peer.heard.stream().filter(ChangeEvents.SUBSCRIBE::equals).count());
    breaks(peer, session);
    ScriptedPeer next = willing();
    assertTrue(told(next).call(Operations.LOCK).done());
    assertFalse(next.heard.contains(ChangeEvents.SUBSCRIBE), "one more is enough");
  }

  /** How a switch ends a session where it was to tell of the change that we have it make. */
  private enum End {
    FRAMING {
      @Override
      void of(ScriptedPeer peer) throws IOException {
        peer.tellOutOfFrame("<notification/>");
      }
    },
    STREAM {
      @Override
      void of(ScriptedPeer peer) {
        throw new Failure(Failure.Kind.INTERNAL, "it crashes");
      }
    };

    abstract void of(ScriptedPeer peer) throws IOException;
  }

  private static ScriptedPeer endsOver(String operation, End end) {
    AtomicReference<ScriptedPeer> self = new AtomicReference<>();
    ScriptedPeer peer =
        peer(rpc -> {
          if (rpc.equals(operation)) {
            try {
              end.of(self.get());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
          return ScriptedPeer.OK;
        });
    self.set(peer);
    return peer;
  }

  /** Most of what it tells comes while it does what it is asked to. */
  @ParameterizedTest
  @EnumSource
  void aSessionThatEndsBetweenAQuestionAndItsAnswerCounts(End end) {
    for (int i = 0; i < ChangeEvents.BREAKS_MOST; i++) {
      ScriptedPeer peer = endsOver(Operations.COMMIT, end);
      NetconfSession session = told(peer);
      assertTrue(peer.heard.contains(ChangeEvents.SUBSCRIBE), "try " + i);
      assertThrows(Failure.class, () -> session.call(Operations.COMMIT));
    }
    ScriptedPeer peer = endsOver(Operations.COMMIT, end);
    NetconfSession session = told(peer);
    assertTrue(session.call(Operations.LOCK).done());
    assertFalse(peer.heard.contains(ChangeEvents.SUBSCRIBE), peer.heard::toString);
  }

  @Test
  void sessionsThatLastedOrThatWeEndedAreNoneInThatRow() throws IOException {
    breaksSoMany(ChangeEvents.BREAKS_MOST - 1);
    told(willing()).close();
    told(endsOver(Operations.CLOSE, End.STREAM)).close();
    ScriptedPeer silent =
        peer(
            rpc -> rpc.startsWith("<create-subscription") ? ScriptedPeer.OK : ScriptedPeer.NOTHING);
    NetconfSession asked = told(silent);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var hung = CompletableFuture.runAsync(() -> asked.call(Operations.LOCK), threads);
      Await.until("it waits", PATIENCE, () -> time.pending() > 0);
      time.advance(DEADLINE);
      assertThrows(CompletionException.class, hung::join);
    }
    ScriptedPeer lasting = willing();
    NetconfSession lasts = told(lasting);
    time.advance(ChangeEvents.LASTING);
    breaks(lasting, lasts);
    breaksSoMany(ChangeEvents.BREAKS_MOST - 1);
  }
}

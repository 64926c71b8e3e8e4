package io.patchbay.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What belongs to a request and what does not, over the unix endpoint and its server. */
class NetlinkSessionTest {
  @TempDir Path folder;

  private static MessageWriter question() {
    return MessageWriter.link(Rtm.GETLINK, 0, 1);
  }

  private static byte[] link(int index, int sequence, int flags) {
    return MessageWriter.link(Rtm.NEWLINK, flags, index).encode(sequence, 0);
  }

  private static byte[] done(int sequence) {
    return new MessageWriter(Nlmsg.DONE, Nlmsg.MULTI).i32(0).encode(sequence, 0);
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private <T> T against(
      Function<NetlinkMessage, List<byte[]>> replies, Function<NetlinkSession, T> test) {
    Path socket = folder.resolve("netlink");
    try (NetlinkServer server =
            NetlinkServer.listen(
                socket, bytes -> replies.apply(NetlinkMessage.decode(bytes).getFirst()));
        NetlinkSession session =
            new NetlinkSession(
                NetlinkEndpoint.unix(socket), Time.system(), Duration.ofSeconds(5))) {
      return test.apply(session);
    }
  }

  @Test
  void anAnswerEndsWithItsAcknowledgement() {
    List<NetlinkMessage> answer =
        against(
            asked -> List.of(link(7, asked.sequence(), 0), NetlinkReplies.ok(asked)),
            session -> session.exchange("ask", question()));
    assertEquals(7, answer.getFirst().i32(4));
    assertEquals(1, answer.size());
  }

  @Test
  void repliesToOthersAreDropped() {
    List<NetlinkMessage> answer =
        against(
            asked ->
                List.of(
                    link(1, asked.sequence() - 1, 0),
                    new MessageWriter(Nlmsg.ERROR, 0).i32(-22).encode(asked.sequence() - 1, 0),
                    link(2, asked.sequence(), 0),
                    NetlinkReplies.ok(asked)),
            session -> session.exchange("ask", question()));
    assertEquals(List.of(2), answer.stream().map(message -> message.i32(4)).toList());
  }

  @Test
  void aRefusalIsAFailureWithItsErrnoAndTheKernelsWords() {
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                against(
                    asked -> List.of(NetlinkReplies.refusal(asked, Errno.EBUSY, "VF 3 is in use")),
                    session -> session.exchange("set VF 3", question())));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertEquals(Optional.of(Errno.EBUSY), Errno.behind(failure));
    assertEquals("set VF 3: EBUSY (Device or resource busy): VF 3 is in use", failure.getMessage());
  }

  /** The kernel quotes the whole request unless asked not to; hand-assembled, errno 34, RANGE. */
  @Test
  void anExplanationBehindAQuotedRequestIsFound() {
    byte[] refusal =
        Hex.bytes(
            "40000000 0200 0002 01000000 00000000 deffffff"
                + "20000000 1200 0500 01000000 00000000 00000000 01000000 00000000 00000000"
                + "0a00 0100 68657265 21 00 0000");
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                against(asked -> List.of(refusal), session -> session.exchange("ask", question())));
    assertEquals("ask: ERANGE (Numerical result out of range): here!", failure.getMessage());
  }

  @Test
  void anUnknownErrnoKeepsItsNumber() {
    Failure failure = Errno.failure(4711, "ask");
    assertTrue(failure.getMessage().startsWith("ask: errno 4711"), failure.getMessage());
    assertEquals(Optional.of(Errno.OTHER), Errno.behind(failure));
  }

  @Test
  void aDumpIsAllDatagramsUpToItsEnd() {
    List<NetlinkMessage> answer =
        against(
            asked ->
                List.of(
                    joined(
                        link(1, asked.sequence(), Nlmsg.MULTI),
                        link(2, asked.sequence(), Nlmsg.MULTI)),
                    link(3, asked.sequence(), Nlmsg.MULTI),
                    done(asked.sequence())),
            session -> session.dump("list", question()));
    assertEquals(List.of(1, 2, 3), answer.stream().map(message -> message.i32(4)).toList());
  }

  @Test
  void aDumpThatWasDisturbedIsAskedAgain() {
    List<NetlinkMessage> answer =
        against(
            asked ->
                List.of(
                    link(
                        asked.sequence(),
                        asked.sequence(),
                        Nlmsg.MULTI | (asked.sequence() < 3 ? Nlmsg.DUMP_INTERRUPTED : 0)),
                    done(asked.sequence())),
            session -> session.dump("list", question()));
    assertEquals(List.of(3), answer.stream().map(message -> message.i32(4)).toList());
  }

  @Test
  void aLargeAnswerIsNotCut() {
    byte[] large = new byte[60_000];
    large[59_999] = 42;
    List<NetlinkMessage> answer =
        against(
            asked ->
                List.of(
                    MessageWriter.link(Rtm.NEWLINK, 0, 1)
                        .attribute(Ifla.VFINFO_LIST, large)
                        .encode(asked.sequence(), 0),
                    NetlinkReplies.ok(asked)),
            session -> session.exchange("ask", question()));
    Attribute attribute =
        answer.getFirst().attributes(Rtm.LINK_HEADER).find(Ifla.VFINFO_LIST).orElseThrow();
    assertEquals(42, attribute.u8(59_999));
  }

  @Test
  void silenceIsATimeout() {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    Path socket = folder.resolve("netlink");
    try (NetlinkServer server =
            NetlinkServer.listen(
                socket,
                bytes -> {
                  asked.add("asked");
                  return List.of();
                });
        NetlinkSession session =
            new NetlinkSession(
                NetlinkEndpoint.unix(socket), Time.system(), Duration.ofMillis(50))) {
      Failure failure = assertThrows(Failure.class, () -> session.exchange("ask", question()));
      assertEquals(Failure.Kind.TIMEOUT, failure.kind());
      assertEquals(1, asked.size());
    }
  }

  @Test
  void aServerThatGoesIsUnavailable() {
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                against(
                    asked -> {
                      throw new IllegalStateException("handler fails");
                    },
                    session -> session.exchange("ask", question())));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Files.notExists(folder.resolve("netlink")));
  }

  @Test
  void requestsOfManyThreadsKeepApart() throws Exception {
    int threads = 50;
    List<Integer> seen =
        against(
            asked -> List.of(link(asked.i32(4), asked.sequence(), 0), NetlinkReplies.ok(asked)),
            session -> {
              try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Callable<Integer>> tasks = new ArrayList<>();
                for (int i = 1; i <= threads; i++) {
                  int index = i;
                  tasks.add(() ->
                      session
                          .exchange("ask", MessageWriter.link(Rtm.GETLINK, 0, index))
                          .getFirst()
                          .i32(4));
                }
                return executor.invokeAll(tasks).stream().map(f -> f.resultNow()).toList();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertEquals(IntStream.rangeClosed(1, threads).boxed().toList(), seen);
  }

  @Test
  void damagedDataIsNoticed() {
    assertThrows(
        Failure.class,
        () -> NetlinkMessage.decode(Hex.bytes("50000000 10000000 00000000 00000000")));
    NetlinkMessage message =
        NetlinkMessage.decode(
                Hex.bytes(
                    "24000000 1000 0000 00000000 00000000"
                        + "00000000 00000000 00000000 00000000 0900 0300"))
            .getFirst();
    assertThrows(Failure.class, () -> message.attributes(Rtm.LINK_HEADER));
  }

  @Test
  void aSocketPathMustFitTheKernelsField() {
    Path tooLong = Path.of("/tmp/" + "x".repeat(110));
    Failure failure = assertThrows(Failure.class, () -> NetlinkEndpoint.unix(tooLong));
    assertTrue(failure.getMessage().contains("107"), failure.getMessage());
  }
}

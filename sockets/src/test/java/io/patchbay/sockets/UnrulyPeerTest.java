package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.stub.ServerCallStreamObserver;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer that writes HTTP/2 by hand and heeds none of the limits that the server has told it (RFC
 * 9113). TLS lies beneath all this and makes no difference to it.
 */
@Timeout(120)
class UnrulyPeerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME_MAX = 16_384;
  private static final int FRAMES_MAX = 4096;
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int BEYOND = 10_000;

  @TempDir Path folder;
  private final io.patchbay.sockets.Channels channels = new io.patchbay.sockets.Channels();
  private final Set<ServerCallStreamObserver<String>> watches = ConcurrentHashMap.newKeySet();
  private final AtomicInteger said = new AtomicInteger();
  private final Echo echo =
      new Echo(
          text -> {
            said.incrementAndGet();
            return text;
          },
          watches::add);

  private final AtomicInteger warnings = new AtomicInteger();
  private final Logger grpc = Logger.getLogger("io.grpc.netty"); // held, or it is forgotten
  private final Handler listener =
      new StreamHandler() {
        @Override
        public void publish(LogRecord event) {
          if (event.getLevel().intValue() >= Level.WARNING.intValue()) {
            warnings.incrementAndGet();
          }
        }
      };

  @BeforeEach
  void listen() {
    grpc.addHandler(listener);
  }

  @AfterEach
  void close() {
    grpc.removeHandler(listener);
    channels.close();
  }

  private GrpcServer start(String scheme) {
    String url = scheme.equals("unix") ? "unix://" + folder.resolve("s.sock") : "tcp://127.0.0.1:0";
    return GrpcServer.start(List.of(Url.parse(url)), List.of(echo));
  }

  /** The bytes of one connection, and what comes back on it. */
  private static final class RawConnection implements AutoCloseable {
    private final SocketChannel socket;

    /** How often each error code of HTTP/2 (RFC 9113, 7) has ended a stream. */
    final Map<Integer, Integer> resets = new ConcurrentHashMap<>();

    /** The error code with which the server ended the connection, if it said one. */
    volatile OptionalInt goAway = OptionalInt.empty();

    volatile boolean ended;

    RawConnection(Url url) throws IOException {
      SocketAddress address =
          url.isUnix()
              ? UnixDomainSocketAddress.of(url.path())
              : new InetSocketAddress(url.host(), url.port());
      socket = SocketChannel.open(address);
      write(PREFACE);
      write(frame(SETTINGS, 0, 0, new byte[0]));
      Thread.ofVirtual().start(this::read);
    }

    void write(byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        socket.write(buffer);
      }
    }

    private void read() {
      try (DataInputStream in = new DataInputStream(Channels.newInputStream(socket))) {
        while (true) {
          int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
          int type = in.readUnsignedByte();
          in.skipNBytes(5);
          ByteBuffer payload = ByteBuffer.wrap(in.readNBytes(length));
          if (type == RST_STREAM) {
            resets.merge(payload.getInt(), 1, Integer::sum);
          } else if (type == GOAWAY) {
            goAway = OptionalInt.of(payload.getInt(4));
          }
        }
      } catch (IOException e) {
        ended = true;
      }
    }

    int resets(int code) {
      return resets.getOrDefault(code, 0);
    }

    @Override
    public String toString() {
      return "resets " + resets + ", goaway " + goAway + (ended ? ", ended" : "");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** The header block of a call, by HPACK without compression (RFC 7541, 6.2.2). */
  private static byte[] block(String method) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(0x83); // :method POST
    block.write(0x86); // :scheme http
    block.write(0x04); // :path
    text(block, "/" + Echo.NAME + "/" + method);
    block.write(0x01); // :authority
    text(block, "localhost");
    entry(block, "content-type", "application/grpc");
    entry(block, "te", "trailers");
    return block.toByteArray();
  }

  private static void entry(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    int rest = text.length();
    block.write(Math.min(rest, 127));
    if (rest >= 127) {
      rest -= 127;
      while (rest >= 128) {
        block.write(rest % 128 + 128);
        rest /= 128;
      }
      block.write(rest);
    }
    block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A call with an empty message. */
  private static byte[] call(int stream, byte[] block) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(frame(HEADERS, END_HEADERS, stream, block));
    bytes.writeBytes(frame(DATA, END_STREAM, stream, new byte[5]));
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void streamsBeyondTheLimitAreRefusedAndTheOthersCostLittle(String scheme) throws IOException {
    try (GrpcServer server = start(scheme)) {
      Url url = server.addresses().getFirst();
      assertEquals("a", Echo.say(channels.to(url), "a"));
      int most = GrpcServer.STREAMS_PER_CONNECTION_MAX;
      try (RawConnection peer = new RawConnection(url)) {
        byte[] block = block("Watch");
        peer.write(call(1, block));
        Await.until("the first is served", PATIENCE, () -> watches.size() == 1);
        long before = used();
        for (int i = 1; i < most; i++) {
          peer.write(call(2 * i + 1, block));
        }
        for (int i = most; i < most + BEYOND; i++) {
          peer.write(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, block));
        }
        boolean all =
            Await.comesTrue(
                PATIENCE, () -> watches.size() >= most && peer.resets(REFUSED_STREAM) >= BEYOND);
        assertTrue(all, () -> watches.size() + " are open; " + peer);
        assertEquals(most, watches.size());
        assertEquals(Map.of(REFUSED_STREAM, BEYOND), peer.resets);
        assertFalse(peer.ended, peer::toString);
        long each = (used() - before) / most;
        assertTrue(each < 30_000, each + " bytes a stream");
        assertEquals("b", Echo.say(channels.to(url), "b"));
        // Whoever goes on with a stream that was refused is not worth listening to.
        peer.write(frame(DATA, END_STREAM, 2 * most + 1, new byte[5]));
        Await.until("the server has hung up", PATIENCE, () -> peer.ended);
        assertEquals(OptionalInt.of(PROTOCOL_ERROR), peer.goAway);
      }
      Await.until(
          "all have ended",
          PATIENCE,
          () -> watches.stream().allMatch(ServerCallStreamObserver::isCancelled));
      assertEquals(0, warnings.get());
      assertEquals("c", Echo.say(channels.to(url), "c"));
    }
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void aCallWithTooManyHeadersIsRefused(String scheme) throws IOException {
    try (GrpcServer server = start(scheme)) {
      Url url = server.addresses().getFirst();
      try (RawConnection peer = new RawConnection(url)) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(block("Say"));
        for (int i = 0; i < 17; i++) { // of which 16 would do
          entry(block, "x-" + i, "v".repeat(GrpcServer.METADATA_BYTES_MAX / 16));
        }
        byte[] bytes = block.toByteArray();
        peer.write(call(1, block("Say")));
        Await.until("the first is served", PATIENCE, () -> said.get() == 1);
        send(peer, bytes);
        Await.until("refused", PATIENCE, () -> !peer.resets.isEmpty() || peer.ended);
        assertEquals(Map.of(PROTOCOL_ERROR, 1), peer.resets);
        assertEquals(1, said.get());
        peer.write(call(5, block("Say")));
        Await.until("the next is served", PATIENCE, () -> said.get() == 2);
        assertFalse(peer.ended, peer::toString);
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void farTooManyHeadersEndTheConnection(String scheme) throws IOException {
    try (GrpcServer server = start(scheme)) {
      Url url = server.addresses().getFirst();
      try (RawConnection peer = new RawConnection(url)) {
        peer.write(call(1, block("Say")));
        Await.until("the first is served", PATIENCE, () -> said.get() == 1);
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(block("Say"));
        entry(block, "x", "v".repeat(2 * GrpcServer.METADATA_BYTES_MAX));
        try {
          send(peer, block.toByteArray());
        } catch (IOException e) {
          // The server need not read to the end before it hangs up.
        }
        Await.until("the server has hung up", PATIENCE, () -> peer.ended);
        assertEquals(OptionalInt.of(PROTOCOL_ERROR), peer.goAway);
        assertEquals(1, said.get());
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
    }
  }

  /** As one block in as many frames as it needs. */
  private static void send(RawConnection peer, byte[] block) throws IOException {
    for (int at = 0; at < block.length; at += FRAME_MAX) {
      int end = Math.min(block.length, at + FRAME_MAX);
      byte[] part = Arrays.copyOfRange(block, at, end);
      int flags = end == block.length ? END_HEADERS : 0;
      peer.write(frame(at == 0 ? HEADERS : CONTINUATION, flags, 3, part));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void headersWithoutEndEndTheConnection(String scheme) throws IOException {
    try (GrpcServer server = start(scheme)) {
      Url url = server.addresses().getFirst();
      try (RawConnection peer = new RawConnection(url)) {
        peer.write(call(1, block("Say")));
        Await.until("the first is served", PATIENCE, () -> said.get() == 1);
        int sent = endless(peer);
        Await.until("the server has hung up", PATIENCE, () -> peer.ended);
        assertEquals(OptionalInt.of(ENHANCE_YOUR_CALM), peer.goAway);
        assertTrue(sent < FRAMES_MAX, sent + " frames");
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
    }
  }

  /** How many frames the server has taken before it hung up. */
  private static int endless(RawConnection peer) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry(entry, "x", "v".repeat(8000));
    int frames = 0;
    try {
      peer.write(frame(HEADERS, 0, 3, block("Say")));
      for (; frames < FRAMES_MAX; frames++) {
        peer.write(frame(CONTINUATION, 0, 3, entry.toByteArray()));
      }
    } catch (IOException e) {
      assertTrue(frames > 0, e::toString);
    }
    return frames;
  }
}

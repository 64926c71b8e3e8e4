package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
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

  @AfterEach
  void close() {
    channels.close();
  }

  private GrpcServer start(String scheme) {
    String url = scheme.equals("unix") ? "unix://" + folder.resolve("s.sock") : "tcp://127.0.0.1:0";
    return GrpcServer.start(List.of(Url.parse(url)), List.of(echo));
  }

  /** The bytes of one connection, and what comes back on it. */
  private static final class RawConnection implements AutoCloseable {
    private final SocketChannel socket;
    final AtomicInteger refused = new AtomicInteger();
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

    /** Writes, unless the server has hung up, which ends it. */
    void write(byte[] bytes) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      try {
        while (buffer.hasRemaining()) {
          socket.write(buffer);
        }
      } catch (IOException e) {
        ended = true;
      }
    }

    private void read() {
      try (DataInputStream in = new DataInputStream(Channels.newInputStream(socket))) {
        while (true) {
          int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
          int type = in.readUnsignedByte();
          in.skipNBytes(5 + length);
          if (type == RST_STREAM) {
            refused.incrementAndGet();
          } else if (type == GOAWAY) {
            ended = true;
          }
        }
      } catch (IOException e) {
        ended = true;
      }
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
      long before = used();
      int most = GrpcServer.STREAMS_PER_CONNECTION_MAX;
      int asked = most + 10_000;
      try (RawConnection peer = new RawConnection(url)) {
        byte[] block = block("Watch");
        for (int i = 0; i < asked && !peer.ended; i++) {
          peer.write(call(2 * i + 1, block));
        }
        Await.until(
            "each is open or refused",
            PATIENCE,
            () -> peer.ended || watches.size() + peer.refused.get() >= asked);
        assertTrue(watches.size() <= most, watches.size() + " are open");
        long each = (used() - before) / most;
        assertTrue(each < 30_000, each + " bytes a stream");
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
      Await.until(
          "all have ended",
          PATIENCE,
          () -> watches.stream().allMatch(ServerCallStreamObserver::isCancelled));
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
        for (int i = 0; i < 20; i++) {
          entry(block, "x-" + i, "v".repeat(GrpcServer.METADATA_BYTES_MAX / 16));
        }
        byte[] bytes = block.toByteArray();
        send(peer, bytes);
        Await.until("refused", PATIENCE, () -> peer.ended || peer.refused.get() > 0);
        assertEquals(0, said.get());
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
    }
  }

  /** As one block in as many frames as it needs. */
  private static void send(RawConnection peer, byte[] block) {
    for (int at = 0; at < block.length; at += FRAME_MAX) {
      int end = Math.min(block.length, at + FRAME_MAX);
      byte[] part = Arrays.copyOfRange(block, at, end);
      int flags = end == block.length ? END_HEADERS : 0;
      peer.write(frame(at == 0 ? HEADERS : CONTINUATION, flags, 1, part));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void headersWithoutEndEndTheConnection(String scheme) throws IOException {
    try (GrpcServer server = start(scheme)) {
      Url url = server.addresses().getFirst();
      try (RawConnection peer = new RawConnection(url)) {
        int sent = endless(peer);
        Await.until("the server has hung up", PATIENCE, () -> peer.ended);
        assertTrue(sent < FRAMES_MAX, sent + " frames");
        assertEquals("b", Echo.say(channels.to(url), "b"));
      }
    }
  }

  private static int endless(RawConnection peer) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry(entry, "x", "v".repeat(8000));
    peer.write(frame(HEADERS, 0, 1, block("Say")));
    int frames = 0;
    while (frames < FRAMES_MAX && !peer.ended) {
      peer.write(frame(CONTINUATION, 0, 1, entry.toByteArray()));
      frames++;
    }
    return frames;
  }
}

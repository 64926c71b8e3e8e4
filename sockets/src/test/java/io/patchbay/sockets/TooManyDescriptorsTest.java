package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import io.patchbay.sockets.sys.Errno;
import io.patchbay.sockets.sys.ManyDescriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A peer that sends a row of descriptors in one write: 64 may come (contracts/nsm.md 3.1). */
class TooManyDescriptorsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The first bytes of every connection (RFC 9113, 3.4). */
  private static final byte[] PREFACE = {'P', 'R'};

  @TempDir Path folder;
  private final Channels channels = new Channels();
  private GrpcServer server;
  private Channel other;
  private OpenFiles files;

  @BeforeEach
  void open() throws IOException {
    files = new OpenFiles(Files.createDirectory(folder.resolve("files")), 253);
    Url url = Url.parse("unix://" + folder.resolve("s.sock"));
    server = GrpcServer.start(List.of(url), List.of(new Echo(text -> text)));
    other = channels.to(url);
    assertEquals("a", Echo.say(other, "a"));
  }

  @AfterEach
  void close() {
    channels.close();
    server.close();
    files.close();
  }

  private Socket connect() throws IOException {
    Socket peer = Socket.newSocketDomain();
    peer.connect(new DomainSocketAddress(server.addresses().getFirst().path()));
    return peer;
  }

  private int send(Socket peer, int number, int count) {
    return ManyDescriptors.send(
        peer.intValue(), PREFACE[number], files.descriptors().subList(0, count));
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 253})
  void endTheirConnectionAndNoOther(int count) throws IOException {
    Socket peer = connect();
    try {
      assertEquals(1, send(peer, 0, 1));
      Await.until("the first has come", PATIENCE, () -> files.extra() == 1);
      assertEquals(1, send(peer, 1, count));
      files.awaitNoExtra();
      Await.until("the server has hung up", PATIENCE, () -> send(peer, 1, 1) == -Errno.EPIPE);
      assertEquals("b", Echo.say(other, "b"));
    } finally {
      peer.close();
    }
    files.awaitNoExtra();
    assertEquals("c", Echo.say(other, "c"));
  }

  @Test
  void asManyAsAllowedComeAndGoWithTheirConnection() throws IOException {
    Socket peer = connect();
    try {
      assertEquals(1, send(peer, 0, 64));
      Await.until("all have come", PATIENCE, () -> files.extra() == 64);
    } finally {
      peer.close();
    }
    files.awaitNoExtra();
    assertEquals("b", Echo.say(other, "b"));
  }
}

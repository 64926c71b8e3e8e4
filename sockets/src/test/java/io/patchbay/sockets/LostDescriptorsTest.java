package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.util.concurrent.EventExecutor;
import io.patchbay.base.Url;
import io.patchbay.sockets.sys.Descriptor.Identity;
import io.patchbay.sockets.sys.MessageBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process without a free descriptor (EMFILE): the kernel drops what comes, and says MSG_CTRUNC.
 */
class LostDescriptorsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(100);

  @TempDir Path folder;
  private final Channels channels = new Channels();
  private final Set<FdPort> ports = ConcurrentHashMap.newKeySet();
  private OpenFiles files;

  @BeforeEach
  void open() throws IOException {
    files = new OpenFiles(folder, 3);
  }

  @AfterEach
  void nothingLeaks() {
    each(FdReader.BLOCK::remove);
    channels.close();
    files.awaitNoExtra();
    files.close();
  }

  /** On every thread that reads sockets; they live as long as the process. */
  private static void each(Runnable change) {
    for (EventExecutor loop : EventLoops.GROUP) {
      assertTrue(loop.submit(change).awaitUninterruptibly(PATIENCE.toMillis()));
    }
  }

  /** Reads file 0 at once if the text says so, and answers with the text. */
  private String handle(String text) {
    FdPort port = Peer.current().descriptors().orElseThrow();
    ports.add(port);
    if (text.startsWith("want")) {
      Identity wanted = files.identity(0);
      Duration patience = text.startsWith("want soon") ? SHORT : PATIENCE;
      int descriptor = port.receive(wanted.device(), wanted.inode(), patience);
      return OpenFiles.readAndClose(descriptor);
    }
    return text;
  }

  private String say(Channel channel, String text) {
    Descriptors all = new Descriptors(files.descriptors());
    return Echo.say(channel, CallOptions.DEFAULT.withCallCredentials(all), text);
  }

  @Test
  void theAskerTimesOutAndEverythingElseGoesOnOnTheSameConnection() {
    Url url = Url.parse("unix://" + folder.resolve("lost.sock"));
    try (GrpcServer server = GrpcServer.start(List.of(url), List.of(new Echo(this::handle)))) {
      Channel channel = channels.to(server.addresses().getFirst());
      each(() -> FdReader.BLOCK.set(MessageBlock.exhausted()));
      String large = "x".repeat(200_000);
      assertEquals(large, say(channel, large));
      var lost = assertThrows(StatusRuntimeException.class, () -> say(channel, "want soon"));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, lost.getStatus().getCode());
      assertTrue(lost.getMessage().contains(files.identity(0).toString()), lost.getMessage());
      assertEquals(0, files.extra(), "descriptors that were dropped");
      each(FdReader.BLOCK::remove);
      assertEquals("content 0", say(channel, "want it"));
      assertEquals(1, ports.size(), "connections");
    }
  }
}

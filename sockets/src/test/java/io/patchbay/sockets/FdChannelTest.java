package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.ReferenceCountUtil;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The unix channel by itself: bytes and descriptors against a peer that is not ours. */
class FdChannelTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;

  private String socketPath() {
    return folder.resolve("raw.sock").toString();
  }

  private Channel serve(ChannelHandler handler) throws InterruptedException {
    return new ServerBootstrap()
        .group(EventLoops.GROUP)
        .channelFactory(FdServerChannel::new)
        .childHandler(handler)
        .bind(new DomainSocketAddress(socketPath()))
        .sync()
        .channel();
  }

  private Bootstrap client() {
    return new Bootstrap()
        .group(EventLoops.GROUP)
        .channelFactory(FdChannel::new)
        .handler(new ChannelInboundHandlerAdapter());
  }

  private static FdPort port(Channel channel) {
    return ((PortAddress) channel.remoteAddress()).port();
  }

  /** Writes back what it reads; each time, up to three of our descriptors leave with it. */
  private static final class Mirror extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Channel> connected = new CompletableFuture<>();
    private final Iterator<Integer> descriptors;

    Mirror(List<Integer> descriptors) {
      this.descriptors = descriptors.iterator();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      connected.complete(context.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      for (int i = 0; i < 3 && descriptors.hasNext(); i++) {
        port(context.channel()).send(descriptors.next());
      }
      context.write(bytes);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void bytesAndDescriptorsComeThroughUnmovedAndInOrder(int seed) throws Exception {
    assumeTrue(isPythonThere(), "needs python3 with socket.send_fds");
    try (OpenFiles files = new OpenFiles(Files.createDirectory(folder.resolve("files")), 300)) {
      Mirror mirror = new Mirror(files.descriptors());
      Channel server = serve(mirror);
      Process peer = startPeer(seed);
      try (var lines = peer.inputReader()) {
        List<String> printed = lines.lines().takeWhile(line -> !line.equals("done")).toList();
        List<String> sent =
            files.identities().stream().map(id -> id.device() + " " + id.inode()).toList();
        assertEquals(sent, printed);
        FdPort port = port(mirror.connected.get());
        for (Identity each : files.identities()) {
          Descriptor.close(port.receive(each.device(), each.inode(), SOON));
        }
      } finally {
        peer.outputWriter().close();
        assertTrue(peer.waitFor(SOON.toSeconds(), TimeUnit.SECONDS));
        server.close().sync();
      }
      files.awaitNoExtra();
    }
  }

  private Process startPeer(int seed) throws IOException {
    Path script = folder.resolve("echo_peer.py");
    try (var source = FdChannelTest.class.getResourceAsStream("echo_peer.py")) {
      Files.copy(Objects.requireNonNull(source), script);
    }
    List<String> command =
        new ArrayList<>(List.of("python3", script.toString(), socketPath(), "4000000", "" + seed));
    for (int i = 0; i < 300; i++) {
      command.add(folder.resolve("files/file-" + i).toString());
    }
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static boolean isPythonThere() throws InterruptedException {
    try {
      String check = "import socket; socket.send_fds";
      return new ProcessBuilder("python3", "-c", check).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void abruptClosesLeakNothing(boolean reading) throws Exception {
    try (OpenFiles files = new OpenFiles(Files.createDirectory(folder.resolve("files")), 4)) {
      Channel server =
          new ServerBootstrap()
              .group(EventLoops.GROUP)
              .channelFactory(FdServerChannel::new)
              .childOption(ChannelOption.AUTO_READ, reading)
              .childHandler(new CloseSome())
              .bind(new DomainSocketAddress(socketPath()))
              .sync()
              .channel();
      for (int i = 0; i < 500; i++) {
        Channel client = client().connect(server.localAddress()).sync().channel();
        files.descriptors().forEach(port(client)::send);
        client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1 + i % 5]));
        client.close();
      }
      files.awaitNoExtra();
      server.close().sync();
    }
  }

  /** Closes every other connection at its first bytes. */
  @ChannelHandler.Sharable
  private static final class CloseSome extends ChannelInboundHandlerAdapter {
    private final AtomicInteger reads = new AtomicInteger();

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      ReferenceCountUtil.release(bytes);
      if (reads.incrementAndGet() % 2 == 0) {
        context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      assertInstanceOf(IOException.class, cause);
    }
  }

  @Test
  void descriptorsWithoutRoomInTheSocketWaitForIt() throws Exception {
    try (OpenFiles files = new OpenFiles(Files.createDirectory(folder.resolve("files")), 100)) {
      Mirror mirror = new Mirror(List.of());
      Channel server = serve(mirror);
      Channel client = client().connect(server.localAddress()).sync().channel();
      mirror.connected.get().config().setAutoRead(false);
      client.writeAndFlush(Unpooled.wrappedBuffer(new byte[2_000_000]));
      files.descriptors().forEach(port(client)::send);
      client.writeAndFlush(Unpooled.wrappedBuffer(new byte[200]));
      mirror.connected.get().config().setAutoRead(true);
      for (Identity each : files.identities()) {
        FdPort port = port(mirror.connected.get());
        Descriptor.close(port.receive(each.device(), each.inode(), SOON));
      }
      client.close().sync();
      files.awaitNoExtra();
      server.close().sync();
    }
  }

  @Test
  void aConnectThatFailsLeavesNothingOpen() throws Exception {
    ChannelFuture missing = client().connect(new DomainSocketAddress(socketPath())).await();
    assertInstanceOf(IOException.class, missing.cause());
    assertFalse(missing.channel().isOpen());
    Channel server = serve(new ChannelInboundHandlerAdapter());
    server.close().sync();
    ChannelFuture dead = client().connect(new DomainSocketAddress(socketPath())).await();
    assertInstanceOf(ConnectException.class, dead.cause());
    assertFalse(dead.channel().isOpen());
  }
}

package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors beside gRPC calls, in both directions. */
class DescriptorsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MANY = 65;

  @TempDir Path folder;
  private final Channels channels = new Channels();
  private OpenFiles files;

  @BeforeEach
  void open() throws IOException {
    files = new OpenFiles(folder, MANY);
  }

  @AfterEach
  void nothingLeaks() {
    channels.close();
    files.awaitNoExtra();
    files.close();
  }

  private GrpcServer serve(UnaryOperator<String> handler) {
    Url url = Url.parse("unix://" + folder.resolve("fd.sock"));
    return GrpcServer.start(List.of(url), List.of(new Echo(handler)));
  }

  private Channel channel(GrpcServer server) {
    return channels.to(server.addresses().getFirst());
  }

  private static String say(Channel channel, Descriptors descriptors, String text) {
    return Echo.say(channel, CallOptions.DEFAULT.withCallCredentials(descriptors), text);
  }

  private static FdPort callersPort() {
    return Peer.current().descriptors().orElseThrow();
  }

  private static String read(FdPort port, Identity identity) {
    return OpenFiles.readAndClose(port.receive(identity.device(), identity.inode(), PATIENCE));
  }

  @Test
  void oneGoesWithACall() {
    try (GrpcServer server = serve(text -> read(callersPort(), files.identity(3)))) {
      Descriptors sent = new Descriptors(List.of(files.descriptor(3)));
      assertEquals("content 3", say(channel(server), sent, "x"));
      assertEquals("content 3", say(channel(server), sent, "again"));
    }
  }

  @Test
  void oneComesWithTheAnswer() {
    UnaryOperator<String> handler =
        text -> {
          callersPort().send(files.descriptor(7));
          return text;
        };
    try (GrpcServer server = serve(handler)) {
      Descriptors none = new Descriptors(List.of());
      assertTrue(none.port().isEmpty());
      say(channel(server), none, "x");
      assertEquals("content 7", read(none.port().orElseThrow(), files.identity(7)));
    }
  }

  @Test
  void manyAndSomeTwiceGoBothWaysWithOneCall() {
    List<Identity> all = files.identities();
    UnaryOperator<String> handler =
        text -> {
          FdPort port = callersPort();
          String read = all.stream().map(each -> read(port, each)).collect(Collectors.joining());
          files.descriptors().forEach(port::send);
          files.descriptors().forEach(port::send);
          return read;
        };
    String expected =
        IntStream.range(0, MANY).mapToObj(i -> "content " + i).collect(Collectors.joining());
    try (GrpcServer server = serve(handler)) {
      List<Integer> twice =
          Collections.nCopies(2, files.descriptors()).stream().flatMap(List::stream).toList();
      Descriptors sent = new Descriptors(twice);
      assertEquals(expected, say(channel(server), sent, "x".repeat(100_000)));
      FdPort port = sent.port().orElseThrow();
      assertEquals(
          expected, all.stream().map(each -> read(port, each)).collect(Collectors.joining()));
    }
  }

  /** How a manager reaches an endpoint whose socket lies in the endpoint's own container. */
  @Test
  void aSocketIsReachedThroughItsDescriptor() {
    Url hidden = Url.parse("unix://" + folder.resolve("hidden.sock"));
    try (GrpcServer endpoint =
            GrpcServer.start(List.of(hidden), List.of(new Echo(text -> "hidden " + text)));
        GrpcServer manager = serve(text -> passOn(callersPort(), text))) {
      int descriptor = Descriptor.openPath(hidden.path());
      Identity identity = Descriptor.identify(descriptor);
      Descriptors sent = new Descriptors(List.of(descriptor));
      String name = identity.device() + " " + identity.inode();
      assertEquals("hidden " + name, say(channel(manager), sent, name));
      Descriptor.close(descriptor);
      assertEquals(List.of(hidden), endpoint.addresses());
    }
  }

  private String passOn(FdPort port, String name) {
    String[] numbers = name.split(" ", 2);
    int socket = port.receive(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), PATIENCE);
    Url url = Url.parse("unix:///proc/self/fd/" + socket);
    try {
      return Echo.say(channels.to(url), name);
    } finally {
      channels.drop(url);
      Descriptor.close(socket);
    }
  }

  @Test
  void onTcpNothingIsSent() {
    UnaryOperator<String> handler = text -> text + Peer.current().descriptors().isPresent();
    try (GrpcServer server =
        GrpcServer.start(List.of(Url.parse("tcp://127.0.0.1:0")), List.of(new Echo(handler)))) {
      Descriptors sent = new Descriptors(files.descriptors());
      assertEquals("x false", say(channel(server), sent, "x "));
      assertTrue(sent.port().isEmpty());
    }
  }

  @Test
  void oneThatNeverComesIsATimeout() {
    Identity unknown = new Identity(1, 2);
    UnaryOperator<String> handler = text -> "" + callersPort().receive(1, 2, Duration.ofMillis(50));
    try (GrpcServer server = serve(handler)) {
      Descriptors none = new Descriptors(List.of());
      var late = assertThrows(StatusRuntimeException.class, () -> say(channel(server), none, ""));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, late.getStatus().getCode());
      assertTrue(late.getMessage().contains(unknown.toString()), late.getMessage());
    }
  }

  @Test
  void concurrentCallsWithLargeMessagesKeepTheirs() throws Exception {
    UnaryOperator<String> handler =
        text -> {
          int number = Integer.parseInt(text.substring(0, 2));
          FdPort port = callersPort();
          port.send(files.descriptor(number));
          return read(port, files.identity(number)) + text;
        };
    try (GrpcServer server = serve(handler);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> work =
          IntStream.range(0, 640)
              .<Callable<Void>>mapToObj(i -> () -> call(server, i % 64))
              .toList();
      for (Future<Void> each : threads.invokeAll(work)) {
        each.get();
      }
    }
  }

  /** {@link #nothingLeaks} counts: of what came and went, nothing may stay. */
  @Test
  void twentyThousandCallsLeakNothing() throws Exception {
    UnaryOperator<String> handler =
        text -> {
          int number = Integer.parseInt(text);
          FdPort port = callersPort();
          port.send(files.descriptor((number + 1) % MANY));
          return read(port, files.identity(number));
        };
    try (GrpcServer server = serve(handler);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> work =
          IntStream.range(0, 16).<Callable<Void>>mapToObj(i -> () -> calls(server)).toList();
      for (Future<Void> each : threads.invokeAll(work)) {
        each.get();
      }
      // Each side keeps each file once, however often it came.
      Await.until("the rest is closed", PATIENCE, () -> files.extra() <= 2 * MANY);
    }
  }

  private Void calls(GrpcServer server) {
    for (int i = 0; i < 20_000 / 16; i++) {
      int number = i % MANY;
      Descriptors sent =
          new Descriptors(List.of(files.descriptor(number), files.descriptor((number + 7) % MANY)));
      assertEquals("content " + number, say(channel(server), sent, "" + number));
    }
    return null;
  }

  private Void call(GrpcServer server, int number) {
    Descriptors both = new Descriptors(List.of(files.descriptor(number)));
    String text = "%02d".formatted(number) + "x".repeat(number * 1000);
    assertEquals("content " + number + text, say(channel(server), both, text));
    assertEquals("content " + number, read(both.port().orElseThrow(), files.identity(number)));
    return null;
  }
}

package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcServerTest {
  private static final Metadata.Key<String> NOTE =
      Metadata.Key.of("note", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;
  private final Channels channels = new Channels();

  @AfterEach
  void close() {
    channels.close();
  }

  private Url listen(String scheme) {
    return scheme.equals("unix") ? socket("sub/echo.sock") : Url.parse("tcp://127.0.0.1:0");
  }

  private Url socket(String name) {
    return Url.parse("unix://" + folder.resolve(name));
  }

  private static GrpcServer start(Url url, UnaryOperator<String> handler) {
    return GrpcServer.start(List.of(url), List.of(new Echo(handler)));
  }

  @Test
  void aFolderMadeForASocketGoesWithIt() throws IOException {
    start(socket("made/one.sock"), text -> text).close();
    assertFalse(Files.exists(folder.resolve("made")));
    Path there = Files.createDirectory(folder.resolve("there"));
    start(socket("there/one.sock"), text -> text).close();
    assertTrue(Files.exists(there), "it was not made for the socket");
    GrpcServer first = start(socket("made/one.sock"), text -> text);
    GrpcServer second = start(socket("made/two.sock"), text -> text);
    first.close();
    assertTrue(Files.exists(folder.resolve("made/two.sock")), "somebody else's is in it");
    second.close();
  }

  @Test
  void aSecondCloseIsSilent() {
    List<String> said = new CopyOnWriteArrayList<>();
    Handler listener =
        new StreamHandler() {
          @Override
          public void publish(LogRecord event) {
            said.add(event.getMessage());
          }
        };
    Logger grpc = Logger.getLogger("io.grpc.protobuf.services"); // held, or it is forgotten
    grpc.addHandler(listener);
    try {
      GrpcServer server = start(socket("a.sock"), text -> text);
      server.close();
      server.close();
    } finally {
      grpc.removeHandler(listener);
    }
    assertEquals(List.of(), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void answersCallsAndStreams(String scheme) {
    Echo echo =
        new Echo(
            text -> "<" + text + ">",
            observer -> {
              observer.onNext("1");
              observer.onNext("2");
              observer.onCompleted();
            });
    try (GrpcServer server = GrpcServer.start(List.of(listen(scheme)), List.of(echo))) {
      Channel channel = channels.to(server.addresses().getFirst());
      assertEquals("<hello>", Echo.say(channel, "hello"));
      String big = "x".repeat(3_000_000);
      assertEquals("<" + big + ">", Echo.say(channel, big));
      var answers = Echo.watch(channel);
      assertEquals("1", answers.next());
      assertEquals("2", answers.next());
      assertFalse(answers.hasNext());
    }
  }

  @Test
  void manyWatchesOnOneConnectionLeaveRoomForACallAndTheLastOneBeyondWaits() {
    Set<ServerCallStreamObserver<String>> watches = ConcurrentHashMap.newKeySet();
    Echo echo = new Echo(text -> text, watches::add);
    try (GrpcServer server = GrpcServer.start(List.of(listen("unix")), List.of(echo))) {
      Channel channel = channels.to(server.addresses().getFirst());
      int most = GrpcServer.STREAMS_PER_CONNECTION_MAX;
      for (int i = 0; i < most - 1; i++) {
        Echo.watch(channel);
      }
      Await.until("all are open", Duration.ofSeconds(30), () -> watches.size() == most - 1);
      assertEquals("still", Echo.say(channel, "still"));
      Echo.watch(channel);
      Await.until("one more is", Duration.ofSeconds(30), () -> watches.size() == most);
      CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS);
      var waited =
          assertThrows(StatusRuntimeException.class, () -> Echo.say(channel, soon, "one too many"));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, waited.getStatus().getCode());
      watches.iterator().next().onCompleted();
      assertEquals("again", Echo.say(channel, "again"));
    }
  }

  @Test
  void servesSeveralAddressesAndNamesRealPorts() {
    List<Url> listen =
        List.of(Url.parse("tcp://:0"), socket("a.sock"), Url.parse("tcp://127.0.0.1:0"));
    try (GrpcServer server = GrpcServer.start(listen, List.of(new Echo(text -> text)))) {
      List<Url> real = server.addresses();
      assertEquals(listen.get(1), real.get(1));
      assertEquals("", real.get(0).host());
      assertTrue(real.get(0).port() > 0 && real.get(2).port() > 0);
      assertEquals("a", Echo.say(channels.to(real.get(1)), "a"));
      Url any = Url.parse("tcp://localhost:" + real.get(0).port());
      assertEquals("b", Echo.say(channels.to(any), "b"));
    }
  }

  @Test
  void knowsTheCallerOnUnix() {
    AtomicReference<Peer> seen = new AtomicReference<>();
    Url url = socket("peer.sock");
    try (GrpcServer server = start(url, text -> note(seen, text))) {
      Echo.say(channels.to(server.addresses().getFirst()), "");
      Peer peer = seen.get();
      assertEquals(ProcessHandle.current().pid(), peer.pid().orElseThrow());
      assertEquals(url.toString(), peer.address());
      assertTrue(
          peer.uid().isPresent() && peer.gid().isPresent() && peer.descriptors().isPresent());
    }
  }

  @Test
  void knowsTheCallersAddressOnTcp() {
    AtomicReference<Peer> seen = new AtomicReference<>();
    try (GrpcServer server = start(listen("tcp"), text -> note(seen, text))) {
      Echo.say(channels.to(server.addresses().getFirst()), "");
      assertTrue(seen.get().pid().isEmpty() && seen.get().descriptors().isEmpty());
      assertTrue(seen.get().address().matches("tcp://127\\.0\\.0\\.1:[0-9]+"));
    }
    assertThrows(IllegalStateException.class, Peer::current);
  }

  private static String note(AtomicReference<Peer> seen, String text) {
    seen.set(Peer.current());
    return text;
  }

  @Test
  void healthSaysServing() {
    try (GrpcServer server = start(socket("h.sock"), text -> text)) {
      var health = HealthGrpc.newBlockingStub(channels.to(server.addresses().getFirst()));
      for (String name : List.of("", Echo.NAME)) {
        var request = HealthCheckRequest.newBuilder().setService(name).build();
        assertEquals(ServingStatus.SERVING, health.check(request).getStatus());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void acceptsAnyAuthority(String scheme) {
    try (GrpcServer server = start(listen(scheme), text -> text)) {
      Channel channel = channels.to(server.addresses().getFirst());
      String path = "/var/lib/kubelet/plugins_registry/a.sock";
      CallOptions options = CallOptions.DEFAULT.withAuthority(path);
      assertEquals("a", Echo.say(channel, options, "a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void carriesLargeMetadataBothWays(String scheme) {
    String large = "m".repeat(100 * 1024);
    UnaryOperator<String> handler =
        text -> {
          ResponseHeaders.put(NOTE, "first");
          ResponseHeaders.put(NOTE, RequestHeaders.current().get(NOTE) + "!");
          return text;
        };
    try (GrpcServer server = start(listen(scheme), handler)) {
      Metadata headers = new Metadata();
      headers.put(NOTE, large);
      AtomicReference<Metadata> answered = new AtomicReference<>();
      Channel channel =
          ClientInterceptors.intercept(
              channels.to(server.addresses().getFirst()),
              MetadataUtils.newAttachHeadersInterceptor(headers),
              MetadataUtils.newCaptureMetadataInterceptor(answered, new AtomicReference<>()));
      Echo.say(channel, "");
      assertEquals(List.of(large + "!"), toList(answered.get()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void moreMetadataThanAServerTakesAreNotEvenSent(String scheme) {
    AtomicReference<String> arrived = new AtomicReference<>("nothing");
    try (GrpcServer server = start(listen(scheme), text -> arrivedWith(arrived, text))) {
      Channel plain = channels.to(server.addresses().getFirst());
      Metadata headers = new Metadata();
      headers.put(NOTE, "m".repeat(BoundedHeaders.BYTES_MAX - "note".length() - 32));
      Channel most =
          ClientInterceptors.intercept(plain, MetadataUtils.newAttachHeadersInterceptor(headers));
      assertEquals("most", Echo.say(most, "most"));
      arrived.set("nothing");
      Metadata one = new Metadata();
      one.put(Metadata.Key.of("x-bin", Metadata.BINARY_BYTE_MARSHALLER), new byte[1]);
      Channel more =
          ClientInterceptors.intercept(most, MetadataUtils.newAttachHeadersInterceptor(one));
      var refused = assertThrows(StatusRuntimeException.class, () -> Echo.say(more, "more"));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused.getStatus().getCode());
      String text = refused.getStatus().getDescription();
      assertTrue(text.contains("at most") && !text.contains("mmm"), text);
      assertEquals("nothing", arrived.get());
      assertEquals("again", Echo.say(plain, "again"));
    }
  }

  private static String arrivedWith(AtomicReference<String> arrived, String text) {
    arrived.set(text);
    return text;
  }

  private static List<String> toList(Metadata headers) {
    return StreamSupport.stream(headers.getAll(NOTE).spliterator(), false).toList();
  }

  @Test
  void failuresBecomeStatuses() {
    Echo echo =
        new Echo(
            text -> {
              throw new Failure(Failure.Kind.NOT_FOUND, "no service '" + text + "'");
            },
            observer -> {
              throw new IllegalArgumentException("secret");
            });
    try (GrpcServer server = GrpcServer.start(List.of(socket("f.sock")), List.of(echo))) {
      Channel channel = channels.to(server.addresses().getFirst());
      var known = assertThrows(StatusRuntimeException.class, () -> Echo.say(channel, "x"));
      assertEquals(Status.Code.NOT_FOUND, known.getStatus().getCode());
      assertEquals("no service 'x'", known.getStatus().getDescription());
      var unknown = assertThrows(StatusRuntimeException.class, () -> Echo.watch(channel).hasNext());
      assertEquals(Status.Code.INTERNAL, unknown.getStatus().getCode());
      assertFalse(unknown.getMessage().contains("secret"));
    }
  }

  @Test
  void aStaleSocketIsReplacedAndOpenToAll() throws IOException {
    Path path = folder.resolve("stale.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path));
    try (GrpcServer server = start(Url.parse("unix://" + path), text -> text)) {
      assertEquals("a", Echo.say(channels.to(server.addresses().getFirst()), "a"));
      assertEquals("rwxrwxrwx", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void aPrivateSocketIsForItsOwnerAlone() throws IOException {
    Path path = folder.resolve("private/private.sock");
    Url url = Url.parse("unix://" + path);
    try (GrpcServer server = GrpcServer.startPrivately(url, List.of())) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())));
      assertEquals(List.of(url), server.addresses());
    }
    assertFalse(Files.exists(path));
    Url port = Url.parse("tcp://127.0.0.1:0");
    Failure refused = assertThrows(Failure.class, () -> GrpcServer.startPrivately(port, List.of()));
    assertEquals(Failure.Kind.INVALID, refused.kind());
  }

  @Test
  void aSocketInUseAndAFileAreRefused() throws IOException {
    Url url = socket("used.sock");
    try (GrpcServer first = start(url, text -> text)) {
      var refused = assertThrows(Failure.class, () -> start(url, text -> text));
      assertEquals(Failure.Kind.CONFLICT, refused.kind());
      assertTrue(refused.getMessage().contains(url + ": process "), refused.getMessage());
      assertEquals("a", Echo.say(channels.to(first.addresses().getFirst()), "a"));
    }
    Files.writeString(folder.resolve("file"), "precious");
    assertThrows(Failure.class, () -> start(socket("file"), text -> text));
    assertEquals("precious", Files.readString(folder.resolve("file")));
  }

  @Test
  void anotherServersSocketFileIsLeftAlone() throws IOException {
    Url url = socket("taken.sock");
    GrpcServer first = start(url, text -> "first");
    Files.delete(Path.of(url.path()));
    try (GrpcServer second = start(url, text -> "second")) {
      first.close();
      assertEquals("second", Echo.say(channels.to(second.addresses().getFirst()), ""));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://a:1", "tcp://nohost.invalid:1", "tcp://192.0.2.1:1", "unix:///proc/x/y"})
  void impossibleAddressesAreNamed(String text) {
    var failure = assertThrows(Failure.class, () -> start(Url.parse(text), said -> said));
    assertTrue(failure.getMessage().startsWith("cannot serve on " + text), failure.getMessage());
  }

  @Test
  void anAddressThatFailsTakesTheOthersDown() {
    List<Url> listen = List.of(socket("one.sock"), Url.parse("tcp://192.0.2.1:1"));
    List<Echo> services = List.of(new Echo(text -> text));
    assertThrows(Failure.class, () -> GrpcServer.start(listen, services));
    assertFalse(Files.exists(folder.resolve("one.sock")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void aPooledChannelRecoversWhenTheServerRestarts(String scheme) {
    GrpcServer first = start(listen(scheme), text -> "first");
    Url url = first.addresses().getFirst();
    Channel channel = channels.to(url);
    assertEquals("first", Echo.say(channel, ""));
    first.close();
    var down = assertThrows(StatusRuntimeException.class, () -> Echo.say(channel, ""));
    assertEquals(Status.Code.UNAVAILABLE, down.getStatus().getCode());
    try (GrpcServer second = start(url, text -> "second")) {
      CallOptions wait =
          CallOptions.DEFAULT.withWaitForReady().withDeadlineAfter(10, TimeUnit.SECONDS);
      assertEquals("second", Echo.say(channel, wait, ""));
      assertEquals("second", Echo.say(channel, ""));
    }
  }

  @Test
  void closingEndsStreamsThatNeverEnd() {
    CountDownLatch cancelled = new CountDownLatch(1);
    Echo endless =
        new Echo(
            text -> text,
            observer -> {
              observer.setOnCancelHandler(cancelled::countDown);
              observer.onNext("open");
            });
    GrpcServer server = GrpcServer.start(List.of(socket("e.sock")), List.of(endless));
    var stream = Echo.watch(channels.to(server.addresses().getFirst()));
    assertEquals("open", stream.next());
    server.close();
    assertThrows(StatusRuntimeException.class, stream::hasNext);
    Await.until(
        "the handler learns of it", Duration.ofSeconds(10), () -> cancelled.getCount() == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inode://1/2", "tcp://:5002", "tcp://host", "file:///x"})
  void whatCannotBeDialledIsRefused(String text) {
    var failure = assertThrows(Failure.class, () -> channels.to(Url.parse(text)));
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }
}

package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A forwarder could open everything on its node by inode, and inodes are easily guessed: whoever
 * names a file must have a descriptor of it.
 */
@Timeout(60)
class ShownDescriptorsTest {
  private static final Time TIME = Time.system();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofSeconds(1);

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final AtomicInteger used = new AtomicInteger();
  private volatile String endpointUrl = "";

  /** What the endpoint's answer names as it stands, if anything. */
  private volatile String answered = "";

  private Sessions forwarder;
  private List<Url> urls;
  private String mine;
  private String theirs;

  @BeforeEach
  void open() throws IOException {
    mine = "file://" + Files.createFile(folder.toRealPath().resolve("mine"));
    theirs = "file://" + Files.createFile(folder.toRealPath().resolve("theirs"));
    endpointUrl = "file://" + Files.createFile(folder.toRealPath().resolve("endpoint"));
    Url endpoint =
        serve(
                "endpoint",
                Sessions.inMemory(TIME),
                List.of(
                    this::literally,
                    new SendDescriptors(),
                    (call, next) ->
                        Paths.end(
                            call.connection().toBuilder()
                                .setMechanism(kernel(endpointUrl))
                                .build())))
            .getFirst();
    forwarder = Sessions.inMemory(TIME);
    urls =
        serve(
            "forwarder",
            forwarder,
            List.of(ReceiveDescriptors.toUse(TIME, file -> true), this::use, to(endpoint), dial()));
  }

  @AfterEach
  void close() {
    forwarder.all().forEach(Session::close);
    stack.close();
  }

  private List<Url> serve(String name, Sessions sessions, List<Link> links) {
    Tokens tokens = Tokens.selfSigned("spiffe://test/" + name, Duration.ofHours(1), TIME);
    List<Link> all = new ArrayList<>(links);
    all.addFirst(sessions);
    return stack
        .push(
            GrpcServer.start(
                List.of(
                    Url.parse("unix://" + folder.resolve(name + ".sock")),
                    Url.parse("tcp://127.0.0.1:0")),
                List.of(new MeshServer(name, Chain.of(all), sessions, tokens, TIME))))
        .addresses();
  }

  private Connection literally(Call call, Handler next) {
    Connection answer = next.request(call);
    return answered.isEmpty() ? answer : answer.toBuilder().setMechanism(kernel(answered)).build();
  }

  private Connection use(Call call, Handler next) {
    Mechanism picked =
        call.connection().hasMechanism()
            ? call.connection().getMechanism()
            : call.preferences().getFirst();
    Connection answer = next.request(call.edit(Connection.Builder::clearMechanism));
    used.incrementAndGet();
    return answer.toBuilder().setMechanism(picked).build();
  }

  private static Link to(Url next) {
    return (call, on) -> on.request(call.towards(next).preferring(List.of()));
  }

  private Dial dial() {
    return new Dial(
        stack.push(new Channels()),
        Tokens.selfSigned("spiffe://test/hop", Duration.ofHours(1), TIME),
        TIME);
  }

  private static Mechanism kernel(String url) {
    return new KernelParameters(Optional.of(url), Optional.of("nsm-1"), Optional.empty())
        .mechanism();
  }

  /** Names a file as it is on the wire: nothing is sent beside it. */
  private static Mechanism named(String url) {
    return kernel(OwnFile.onTheWire(url));
  }

  /** Asks over a connection of its own; what came by others before is not there. */
  private Connection ask(Url url, Connection connection, Duration patience, Mechanism mechanism) {
    Link on = (call, next) -> next.request(call.towards(url));
    return Chain.of(List.of(Sessions.inMemory(TIME), on, dial()))
        .request(
            Call.of(
                connection.toBuilder().setMechanism(mechanism).build(),
                List.of(),
                new Cause.Asked(),
                TIME.now().plus(patience)));
  }

  private static Connection fresh() {
    return Paths.arrive(
        Connection.newBuilder().setId("c").setNetworkService("service").build(), "client");
  }

  private void refused(Failure.Kind kind, Url url, Connection connection, Mechanism mechanism) {
    int before = used.get();
    Failure failure =
        assertThrows(
            Failure.class,
            () -> ask(url, connection, kind == Failure.Kind.TIMEOUT ? SHORT : PATIENCE, mechanism));
    assertEquals(kind, failure.kind(), Failure.text(failure));
    assertEquals(before, used.get());
  }

  @Test
  void whatACallerNamesItMustHaveShown() {
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), fresh(), named(mine));
    Connection agreed = ask(urls.getFirst(), fresh(), PATIENCE, kernel(mine));
    // Its number may have come to mean another since.
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), agreed, named(mine));
    Connection again = ask(urls.getFirst(), agreed, PATIENCE, kernel(mine));
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), again, named(theirs));
    // What the endpoint has shown is not the caller's to name.
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), again, named(endpointUrl));
    assertEquals(2, used.get());
  }

  @Test
  void whatAnEndpointNamesItMustHaveShown() {
    String real = endpointUrl;
    endpointUrl = OwnFile.onTheWire(theirs);
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), fresh(), kernel(mine));
    endpointUrl = OwnFile.onTheWire(mine); // the caller's, who has shown it, but not the endpoint
    refused(Failure.Kind.TIMEOUT, urls.getFirst(), fresh(), kernel(mine));
    endpointUrl = real;
    var unused = ask(urls.getFirst(), fresh(), PATIENCE, kernel(mine));
    assertEquals(1, used.get());
  }

  /** It would be shown to nobody, and opened by a reader that is less exact. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///proc/1/ns/net",
        "FILE:///proc/1/ns/net",
        " file:///proc/1/ns/net",
        "INODE://4/4026531833",
        "inode://4/4026531833 ",
        " inode://4/4026531833",
        "inode://4/4026531833/",
        "/proc/1/ns/net",
        "unix:///proc/1/ns/net"
      })
  void anythingButAnExactInodeIsRefusedFromBothSides(String url) {
    Failure asked = assertThrows(Failure.class, () -> askLiterally(url));
    assertEquals(Failure.Kind.INVALID, asked.kind(), Failure.text(asked));
    answered = url;
    refused(Failure.Kind.INVALID, urls.getFirst(), fresh(), kernel(mine));
    assertEquals(0, used.get());
    assertTrue(forwarder.all().isEmpty());
  }

  /** A client that does not turn paths into inodes, as no hop between others does. */
  private Connection askLiterally(String url) {
    Link literally =
        (call, next) -> {
          call.session().hold(HeldFiles.KEY, HeldFiles::new, HeldFiles::close);
          return next.request(call.towards(urls.getFirst()));
        };
    return Chain.of(List.of(Sessions.inMemory(TIME), literally, dial()))
        .request(
            Call.of(
                fresh().toBuilder().setMechanism(kernel(url)).build(),
                List.of(),
                new Cause.Asked(),
                TIME.now().plus(PATIENCE)));
  }

  @Test
  void overTcpNothingCanBeShown() {
    Url tcp = urls.getLast();
    refused(Failure.Kind.DENIED, tcp, fresh(), named(mine));
    assertTrue(forwarder.all().isEmpty());
  }
}

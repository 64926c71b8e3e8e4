package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Descriptors on their way from a client through a manager to a forwarder, and from an endpoint
 * back to it, over real unix sockets. Files stand for namespaces.
 */
class DescriptorsTest {
  private static final Time TIME = Time.system();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int FILES = 65;

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final Stack clients = new Stack();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private volatile int failing;
  private Path files;
  private Path endpointFile;
  private Sessions manager;
  private Sessions forwarder;
  private Url managerUrl;

  @BeforeEach
  void open() throws IOException {
    files = Files.createDirectory(folder.toRealPath().resolve("files"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(file(i), "content " + i);
    }
    endpointFile = Files.writeString(files.resolve("endpoint"), "endpoint");
    Url endpoint = serve("endpoint", List.of(new SendDescriptors(), this::fail, this::answer));
    forwarder = Sessions.inMemory(TIME);
    Url forwarderUrl =
        serve(
            "forwarder",
            List.of(
                forwarder,
                ReceiveDescriptors.toUse(TIME, file -> false),
                this::fail,
                this::use,
                towards(endpoint),
                dial()));
    manager = Sessions.inMemory(TIME);
    managerUrl =
        serve(
            "manager",
            List.of(
                manager,
                ReceiveDescriptors.toPassOn(TIME),
                this::fail,
                towards(forwarderUrl),
                dial()));
  }

  @AfterEach
  void nothingLeaks() {
    manager.all().forEach(Session::close);
    forwarder.all().forEach(Session::close);
    clients.close();
    stack.close();
    Await.until("all descriptors closed", PATIENCE, () -> openFiles() == 0);
  }

  private Path file(int number) {
    return files.resolve("file-" + number);
  }

  private Dial dial() {
    return dial(stack.push(new Channels()));
  }

  private static Dial dial(Channels channels) {
    return new Dial(
        channels, Tokens.selfSigned("spiffe://test/hop", Duration.ofHours(1), TIME), TIME);
  }

  private static Link towards(Url next) {
    return (call, on) -> on.request(call.towards(next));
  }

  private Url serve(String name, List<Link> links) {
    Sessions sessions =
        links.stream()
            .filter(Sessions.class::isInstance)
            .map(Sessions.class::cast)
            .findFirst()
            .orElseGet(() -> Sessions.inMemory(TIME));
    Tokens tokens = Tokens.selfSigned("spiffe://test/" + name, Duration.ofHours(1), TIME);
    List<Link> all = new ArrayList<>(links);
    if (!all.contains(sessions)) {
      all.addFirst(sessions);
    }
    Url url = Url.parse("unix://" + folder.resolve(name + ".sock"));
    stack.push(
        GrpcServer.start(
            List.of(url), List.of(new MeshServer(name, Chain.of(all), sessions, tokens, TIME))));
    return url;
  }

  /** Refuses some, half of them only when the next hop has agreed. */
  private Connection fail(Call call, Handler next) {
    if (ThreadLocalRandom.current().nextInt(100) < failing) {
      throw new Failure(Failure.Kind.CONFLICT, "refused");
    }
    Connection answer = next.request(call);
    if (ThreadLocalRandom.current().nextInt(100) < failing) {
      throw new Failure(Failure.Kind.CONFLICT, "refused late");
    }
    return answer;
  }

  /** What a forwarder does: picks the first preference, and looks into both namespaces. */
  private Connection use(Call call, Handler next) {
    Mechanism picked =
        call.connection().hasMechanism()
            ? call.connection().getMechanism()
            : call.preferences().getFirst();
    call.preferences().forEach(each -> seen.add(read(call.session(), each)));
    Connection answer =
        next.request(call.edit(Connection.Builder::clearMechanism).preferring(List.of()));
    assertEquals("endpoint", read(call.session(), answer.getMechanism()));
    return answer.toBuilder().setMechanism(picked).build();
  }

  private static String read(Session session, Mechanism mechanism) {
    Identity file = Identity.parse(url(mechanism)).orElseThrow();
    int descriptor = session.held(HeldFiles.KEY).orElseThrow().find(file).orElseThrow();
    try {
      return Files.readString(Path.of("/proc/self/fd/" + descriptor));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Connection answer(Call call, Handler next) {
    return Paths.end(
        call.connection().toBuilder().setMechanism(kernel("file://" + endpointFile)).build());
  }

  private static Mechanism kernel(String url) {
    return new KernelParameters(Optional.of(url), Optional.of("nsm-1"), Optional.empty())
        .mechanism();
  }

  private static String url(Mechanism mechanism) {
    return mechanism.getParametersOrThrow("inodeURL");
  }

  /** How many descriptors of the folder's files this process has. */
  private long openFiles() {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(this::isOurs).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isOurs(Path link) {
    try {
      return Files.readSymbolicLink(link).startsWith(files);
    } catch (IOException e) {
      return false; // closed since it was listed
    }
  }

  /** A client with a connection of its own to the manager. */
  private final class Client {
    final Sessions sessions = Sessions.inMemory(TIME);
    private final Chain chain =
        Chain.of(List.of(sessions, towards(managerUrl), dial(clients.push(new Channels()))));

    Connection request(String id, Duration patience, List<Mechanism> preferences) {
      Connection fresh =
          Paths.arrive(
              Connection.newBuilder().setId(id).setNetworkService("service").build(), "client");
      Connection connection =
          sessions.find(id).filter(Session::agreed).map(Session::connection).orElse(fresh);
      return chain.request(
          Call.of(connection, preferences, new Cause.Asked(), TIME.now().plus(patience)));
    }
  }

  @Test
  void bothSidesReachTheForwarderAndTheClientKeepsItsOwnUrl() {
    Client client = new Client();
    String own = "file://" + file(3);
    Connection agreed = client.request("one", PATIENCE, List.of(kernel(own)));
    assertEquals(own, url(agreed.getMechanism()));
    assertEquals(Set.of("content 3"), seen);
    Session held = forwarder.all().iterator().next();
    String named = url(held.connection().getMechanism());
    assertEquals(OwnFile.onTheWire(own), named);
    assertEquals(own, url(client.request("one", PATIENCE, List.of(kernel(own))).getMechanism()));
    client.sessions.close("one");
    assertEquals(List.of(), List.copyOf(forwarder.all()));
  }

  @Test
  void manyWithOneRequestAndOnlyTheSelectedOneIsKept() {
    List<Mechanism> preferences =
        IntStream.range(0, FILES).mapToObj(i -> kernel("file://" + file(i))).toList();
    new Client().request("many", PATIENCE, preferences);
    assertEquals(FILES, seen.size());
    Session session = forwarder.all().iterator().next();
    Await.until(
        "only the agreed two are held", PATIENCE, () -> heldBy(session).equals(Set.of(0, -1)));
  }

  private Set<Integer> heldBy(Session session) {
    Set<Integer> held = ConcurrentHashMap.newKeySet();
    Set<Identity> all = forwarderFiles(session);
    IntStream.range(0, FILES)
        .filter(i -> all.contains(Identity.parse(OwnFile.onTheWire("file://" + file(i))).get()))
        .forEach(held::add);
    if (all.contains(Identity.parse(OwnFile.onTheWire("file://" + endpointFile)).get())) {
      held.add(-1);
    }
    return held;
  }

  /** Looks from inside the session's turn, where alone it may be looked at. */
  private static Set<Identity> forwarderFiles(Session session) {
    List<Set<Identity>> found = new ArrayList<>();
    session.turn(
        Call.of(session.connection(), List.of(), new Cause.Refresh(), TIME.now().plus(PATIENCE)),
        call -> {
          found.add(call.session().held(HeldFiles.KEY).orElseThrow().all());
          return call.connection();
        });
    return found.getFirst();
  }

  @Test
  void oneThatNeverComesEndsWithTheCallersDeadlineAndLeavesNothing() {
    Failure late =
        assertThrows(
            Failure.class,
            () ->
                new Client()
                    .request("late", Duration.ofMillis(300), List.of(kernel("inode://1/2"))));
    assertEquals(Failure.Kind.TIMEOUT, late.kind());
    Await.until("nothing is left", PATIENCE, () -> manager.all().isEmpty());
    assertTrue(forwarder.all().isEmpty());
  }

  @Test
  void aPathOfAnotherProcessAndAFloodOfNamesAreRefused() {
    Client client = new Client();
    List<Mechanism> flood =
        IntStream.range(0, 300).mapToObj(i -> kernel("inode://1/" + i)).toList();
    Failure tooMany = assertThrows(Failure.class, () -> client.request("flood", PATIENCE, flood));
    assertEquals(Failure.Kind.INVALID, tooMany.kind());
    HeldFiles asAHop = new HeldFiles();
    Link forged =
        (call, on) -> {
          call.session().hold(HeldFiles.KEY, () -> asAHop, HeldFiles::close);
          return on.request(call.towards(managerUrl));
        };
    Chain chain =
        Chain.of(List.of(Sessions.inMemory(TIME), forged, dial(clients.push(new Channels()))));
    Connection connection = Paths.arrive(Connection.newBuilder().setId("x").build(), "client");
    Failure path =
        assertThrows(
            Failure.class,
            () ->
                chain.request(
                    Call.of(
                        connection,
                        List.of(kernel("file:///proc/1/ns/net")),
                        new Cause.Asked(),
                        TIME.now().plus(PATIENCE))));
    assertEquals(Failure.Kind.INVALID, path.kind());
    assertTrue(path.getMessage().contains("file:///proc/1/ns/net"), path.getMessage());
  }

  @Test
  void tenThousandRequestsWithRandomFailuresLeaveNothingOpen() throws Exception {
    failing = 8;
    int threads = 8;
    try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all =
          IntStream.range(0, threads)
              .mapToObj(t -> workers.submit(() -> work(t, 10_000 / threads)))
              .toList();
      int agreed = 0;
      for (Future<Integer> each : all) {
        agreed += each.get();
      }
      assertTrue(agreed > 1000 && agreed < 9000, agreed + " agreed");
    }
    failing = 0;
    manager.all().forEach(Session::close);
    forwarder.all().forEach(Session::close);
    // What stays for a while are the arrivals of live connections: each file once for each.
    long connections = threads + 3;
    assertTrue(openFiles() <= connections * (FILES + 1), openFiles() + " open");
  }

  /** Some connections are refreshed, most are closed, some are left to the other side. */
  private int work(int thread, int requests) {
    Client client = new Client();
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int agreed = 0;
    for (int i = 0; i < requests; i++) {
      String id = thread + "-" + i / 2;
      try {
        client.request(
            id,
            PATIENCE,
            List.of(
                kernel("file://" + file(random.nextInt(FILES))),
                kernel("file://" + file(random.nextInt(FILES)))));
        agreed++;
        if (random.nextInt(4) > 0) {
          client.sessions.close(id);
        }
      } catch (Failure e) {
        assertEquals(Failure.Kind.CONFLICT, e.kind(), e.getMessage());
      }
    }
    return agreed;
  }
}

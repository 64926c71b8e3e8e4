package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Hop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a manager on a real socket that answers by itself. */
class NscTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Stack world = new Stack();

  @AfterEach
  void stop() {
    world.close();
  }

  private Hop manager() {
    return world.push(new Hop("nsm", folder, Duration.ofMinutes(10), Optional.empty()));
  }

  private NscConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("NSM_NAME", "cnf-1");
    all.put("NSM_CONNECT_TO", "unix://" + folder.resolve("nsm.sock"));
    all.putIfAbsent("NSM_NETWORK_SERVICES", "a/nsm-1,b/nsm-2");
    return Environment.read(NscConfig.class, all);
  }

  private Nsc client(Map<String, String> more) {
    return world.push(Nsc.of(config(more), surroundings(), Time.system()));
  }

  private static Surroundings surroundings() {
    return new Surroundings("inode://4/77", Map.of());
  }

  private static FutureTask<Boolean> inBackground(Runnable task) {
    FutureTask<Boolean> running = new FutureTask<>(task, true);
    Thread.ofVirtual().start(running);
    return running;
  }

  private static Failure failure(FutureTask<Boolean> task) {
    ExecutionException e =
        assertThrows(
            ExecutionException.class, () -> task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    return (Failure) e.getCause();
  }

  @Test
  void connectsAllAndClosesAll() {
    Hop manager = manager();
    Nsc client = client(Map.of());
    client.connect();
    assertEquals(2, manager.has.size());
    assertEquals(2, client.connections().size());
    client.close();
    assertEquals(0, manager.has.size());
  }

  @Test
  void waitsForTheManager() throws Exception {
    Nsc client = client(Map.of());
    FutureTask<Boolean> connecting = inBackground(client::connect);
    Hop manager = manager();
    assertTrue(connecting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(2, manager.has.size());
  }

  @Test
  void triesAgainWhatMayGetBetter() throws Exception {
    Hop manager = manager();
    manager.refuse(new Failure(Failure.Kind.EXHAUSTED, "full"));
    Nsc client = client(Map.of());
    FutureTask<Boolean> connecting = inBackground(client::connect);
    manager.close();
    Hop successor = manager();
    assertTrue(connecting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(2, successor.has.size());
  }

  @Test
  void isRefusedForGoodWithTheTextOfWhoeverRefused() {
    Hop manager = manager();
    manager.refuse(new Failure(Failure.Kind.NOT_FOUND, "no network service 'a' is registered"));
    Nsc client = client(Map.of("NSM_REQUEST_TIMEOUT", "1s"));
    Failure refused = assertThrows(Failure.class, client::connect);
    assertEquals(Failure.Kind.NOT_FOUND, refused.kind());
    assertEquals(
        "network service 'a' (cnf-1-0): asking "
            + manager.url
            + ": no network service 'a' is registered",
        refused.getMessage());
    assertEquals(0, manager.has.size());
  }

  @Test
  void theInitClientLeavesItsConnectionsToTheNext() {
    Hop manager = manager();
    Nsc.once(config(Map.of()), surroundings(), Time.system());
    assertEquals(2, manager.has.size());
    Nsc client = client(Map.of());
    client.connect();
    assertEquals(2, manager.has.size(), "taken over");
    client.close();
    assertEquals(0, manager.has.size());
  }

  @Test
  void theInitClientLeavesNothingWhenItIsRefused() {
    Hop manager = manager();
    NscConfig wrong = config(Map.of("NSM_NETWORK_SERVICES", "a/nsm-1"));
    manager.refuse(new Failure(Failure.Kind.DENIED, "no sufficient privileges"));
    assertThrows(Failure.class, () -> Nsc.once(wrong, surroundings(), Time.system()));
    assertEquals(0, manager.has.size());
  }

  @Test
  void canBeClosedWhileItConnects() {
    Nsc client = client(Map.of());
    FutureTask<Boolean> connecting = inBackground(client::connect);
    client.close();
    assertEquals(Failure.Kind.UNAVAILABLE, failure(connecting).kind());
  }

  @Test
  void refreshesGoOnWithAManagerThatComesBack() {
    Hop manager = manager();
    Nsc client = client(Map.of("NSM_MAX_TOKEN_LIFETIME", "2s"));
    client.connect();
    Connection before = client.connections().getFirst();
    manager.close();
    Hop successor = manager();
    Await.until("the connections are back", PATIENCE, () -> successor.has.size() == 2);
    assertEquals(
        before.getPath().getPathSegments(1).getId(),
        client.connections().getFirst().getPath().getPathSegments(1).getId());
  }

  private static Connection atManager(Hop manager) {
    return manager.sessions.all().iterator().next().connection();
  }

  @Test
  void asksAgainWhenItIsToldToRefresh() {
    Hop manager = manager();
    Nsc client = client(Map.of("NSM_NETWORK_SERVICES", "a/nsm-1"));
    client.connect();
    AtomicInteger asked = new AtomicInteger();
    manager.delay(asked::incrementAndGet);
    manager.announce.relay(
        atManager(manager).toBuilder().setState(State.REFRESH_REQUESTED).build(), false);
    Await.until("asked again", PATIENCE, () -> asked.get() > 0);
  }

  @Test
  void whatTheManagerHasClosedIsAskedForAnew() {
    Hop manager = manager();
    Nsc client = client(Map.of("NSM_NETWORK_SERVICES", "a/nsm-1"));
    client.connect();
    AtomicReference<Connection> asked = new AtomicReference<>(Connection.getDefaultInstance());
    String id = atManager(manager).getId();
    manager.delay(() -> asked.set(atManager(manager)));
    manager.sessions.close(id);
    Await.until("it is back", PATIENCE, () -> manager.has.contains(id));
    assertEquals("", asked.get().getMechanism().getType(), "any mechanism may be chosen anew");
    assertEquals(List.of("cnf-1-0"), ids(client));
  }

  private static List<String> ids(Nsc client) {
    return client.connections().stream().map(Connection::getId).toList();
  }

  @Test
  void aManagerThatComesBackIsAskedAtOnce() {
    Hop manager = manager();
    Nsc client = client(Map.of());
    client.connect();
    manager.close();
    Hop successor = manager();
    Await.until("the connections are back", PATIENCE, () -> successor.has.size() == 2);
  }
}

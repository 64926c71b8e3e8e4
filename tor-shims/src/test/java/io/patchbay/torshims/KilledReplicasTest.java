package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.registry.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas that are processes, one of which is killed now and then, and clients that insist.
 */
@Timeout(240)
class KilledReplicasTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** The first of them was started first, and so is the writer. */
  private final List<ReplicaProcess> replicas = new ArrayList<>();

  private Rig rig;
  private String factory;

  @BeforeEach
  void build() throws IOException {
    rig = opened.push(new Rig(folder));
    rig.where = this::registered;
    factory = rig.tor.runningConfig();
    start();
    start();
  }

  @AfterEach
  void stop() {
    replicas.forEach(ReplicaProcess::close);
    threads.shutdownNow();
    opened.close();
  }

  private void start() throws IOException {
    replicas.add(ReplicaProcess.start(rig.environment));
  }

  private void kill() throws IOException {
    replicas.removeFirst().close();
    start();
  }

  private Url registered() {
    return Kind.ENDPOINTS
        .find(rig.registries.endpoints(), "tor-shim")
        .map(endpoint -> Url.parse(endpoint.getUrl()))
        .orElse(Url.parse("tcp://127.0.0.1:1"));
  }

  /** As a client does whose manager heals: asks again until somebody answers. */
  private <T> Future<T> insist(Supplier<T> call) {
    return threads.submit(() -> {
      while (true) {
        try {
          return call.get();
        } catch (StatusRuntimeException e) {
          Time.system().sleep(Duration.ofMillis(50));
        }
      }
    });
  }

  private Future<Connection> close(Connection connection) {
    return insist(() -> {
      rig.close(connection);
      return connection;
    });
  }

  private void killWhen(String what, BooleanSupplier when) throws Exception {
    Await.until(what, PATIENCE, when);
    kill();
  }

  private boolean carries(int vlan) {
    return rig.tor.runningConfig().contains("<trunk-vlans>" + vlan + "</trunk-vlans>");
  }

  @Test
  void whicheverIsKilledAndWhenTheSwitchEndsRightAndClientsKeepTheirVlans() throws Exception {
    Future<Connection> asked = insist(() -> rig.request("a", "myns", "node-1", PF1));
    killWhen("its change is made, and perhaps not confirmed", () -> carries(100));
    Connection a = asked.get();
    rig.switchTime.advance(Duration.ofHours(1));
    assertTrue(carries(100), "it is confirmed, or made anew");

    kill(); // nothing is under way
    assertTrue(carries(100), "a kill changes nothing");
    Connection again = insist(() -> rig.request(Duration.ofMinutes(10), a)).get();
    assertEquals(a.getMechanism(), again.getMechanism());
    assertEquals(a.getContext(), again.getContext());

    asked = insist(() -> rig.request("b", "other", "node-2", PF2));
    kill(); // somewhere on its way
    Connection b = asked.get();
    assertTrue(carries(100) && carries(200));

    Future<Connection> closed = close(again);
    killWhen("it is taken off", () -> !carries(100));
    var unused = closed.get();
    assertTrue(carries(200));
    unused = close(b).get();
    Await.until("all is as it was", PATIENCE, () -> rig.tor.runningConfig().equals(factory));
  }
}

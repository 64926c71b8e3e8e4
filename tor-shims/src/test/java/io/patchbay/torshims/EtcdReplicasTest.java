package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.torshims.lease.DebianEtcd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas that are processes, each with a disk of its own, and Debian's etcd between them:
 * {@code mvn verify -Petcd}.
 */
@Tag("etcd")
@Timeout(240)
class EtcdReplicasTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  @TempDir private Path home;
  private final Stack opened = new Stack();
  private Rig rig;
  private String factory;
  private DebianEtcd etcd;

  @BeforeEach
  void build() throws IOException {
    rig = opened.push(new Rig(folder));
    rig.where = this::registered;
    rig.environment.put("NSM_MAX_TOKEN_LIFETIME", "20s"); // who is not back by then is given up
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_FABRIC_FILE")),
        FabricFilesTest.FABRIC.replace("mtu: 1500", "port: {mtu: 9000}"));
    factory = rig.tor.runningConfig();
    etcd = opened.push(DebianEtcd.start(home));
    assertEquals("OK", etcd.etcdctl("put", "/fabric/tor-shim/lease", "{}"));
    rig.environment.put("PATCHBAY_LEASE", "etcd");
    rig.environment.put("PATCHBAY_LEASE_DURATION", "20s");
    rig.environment.put("PATCHBAY_ETCD", etcd.access("/fabric").members().getFirst());
    rig.environment.put("PATCHBAY_ETCD_PREFIX", "/fabric");
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private ReplicaProcess replica(String disk) throws IOException {
    Map<String, String> environment = new HashMap<>(rig.environment);
    environment.put("PATCHBAY_STATE_DIR", folder.resolve(disk).toString());
    return opened.push(ReplicaProcess.start(environment));
  }

  private Url registered() {
    return Kind.ENDPOINTS
        .find(rig.registries.endpoints(), "tor-shim")
        .map(endpoint -> Url.parse(endpoint.getUrl()))
        .orElse(Url.parse("tcp://127.0.0.1:1"));
  }

  /** As a client does whose manager heals. */
  private Connection insist(Supplier<Connection> call) {
    AtomicReference<Connection> answer = new AtomicReference<>();
    Await.until(
        "somebody answers",
        PATIENCE,
        () -> {
          try {
            answer.set(call.get());
            return true;
          } catch (StatusRuntimeException e) {
            return false;
          }
        });
    return answer.get();
  }

  @Test
  void oneWithAnEmptyDiskGivesBackWhatTheKilledOneFoundByteForByte() throws IOException {
    ReplicaProcess first = replica("first");
    replica("second");
    Connection a = insist(() -> rig.request("a", "myns", "node-1", "02:00:00:00:01:00"));
    Connection b = insist(() -> rig.request("b", "other", "node-2", "02:00:00:00:02:ab"));
    String running = rig.tor.runningConfig();
    assertTrue(running.contains("<mtu>9000</mtu>"), running);
    assertFalse(a.getMechanism().equals(b.getMechanism()));
    String kept = etcd.etcdctl("get", "--prefix", "/fabric/tor-shim/");
    assertTrue(kept.contains("/fabric/tor-shim/intent/tor-1\n"), kept);
    first.close();
    Connection again = insist(() -> rig.request(Duration.ofMinutes(10), b));
    assertEquals(b.getMechanism(), again.getMechanism());
    assertEquals(running, rig.tor.runningConfig(), "nobody was cut off");
    var unused =
        insist(() -> {
          rig.close(again);
          return again;
        });
    Await.until(
        "all is as it was before the first",
        PATIENCE,
        () -> factory.equals(rig.tor.runningConfig()));
  }
}

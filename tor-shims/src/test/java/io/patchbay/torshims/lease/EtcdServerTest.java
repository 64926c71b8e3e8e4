package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.torshims.gnmi.SwitchAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against {@link DebianEtcd}: {@code mvn verify -Petcd}. */
@Tag("etcd")
@Timeout(120)
class EtcdServerTest extends LeaseStoreContractTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private static Path home;
  private static DebianEtcd etcd;

  @TempDir private Path folder;

  /** Of one test: what the others leave is not its. */
  private String prefix;

  @BeforeAll
  static void start() {
    etcd = DebianEtcd.start(home);
  }

  @AfterAll
  static void end() {
    if (etcd != null) {
      etcd.close();
    }
  }

  @BeforeEach
  void begin(TestInfo test) {
    etcd.begin(); // a test before may have killed it
    prefix = "/" + test.getDisplayName();
    put(shim() + "/lease", "{}");
  }

  private String shim() {
    return prefix + "/tor-shim";
  }

  private String key(String place) {
    return shim() + "/intent" + (place.isEmpty() ? "" : "/" + place);
  }

  private static void put(String key, String text) {
    assertEquals("OK", etcd.etcdctl("put", key, text));
  }

  @Override
  LeaseStore connect() {
    return new EtcdLeases(new EtcdKeys(etcd.access(prefix)), shim(), time);
  }

  @Override
  void deleteLease() {
    assertEquals("1", etcd.etcdctl("del", shim() + "/lease"));
  }

  @Override
  void delete(String place) {
    assertEquals("1", etcd.etcdctl("del", key(place)));
  }

  @Override
  void damage(String place) {
    put(key(place), "{\"entries\":");
  }

  @Override
  String words(String place) {
    return "etcd's key " + key(place);
  }

  @Override
  void stop() {
    etcd.kill();
  }

  @Test
  void peopleCanReadIt() {
    try (Lease first = replica("first")) {
      assertTrue(first.take());
      first.handOver(new Handover("folder", "token"));
      first
          .intents(Set.of("tor-1"), key -> "tor-1", () -> {})
          .orElseThrow()
          .putAll(Map.of("former/tor-1/Ethernet1", "nothing"));
      String told = etcd.etcdctl("get", "--prefix", shim() + "/");
      assertTrue(told.contains("{\"holder\":\"first\",\"seconds\":30"), told);
      assertTrue(told.contains("{\"former/tor-1/Ethernet1\":\"nothing\"}"), told);
      assertTrue(told.contains(shim() + "/intent/tor-1\n"), told);
    }
  }

  @Test
  void aWriterGoesOnWhenEtcdWasKilledAndNothingIsLost() {
    Lease first = replica("first");
    assertTrue(first.take());
    first.handOver(new Handover("folder", "token"));
    var intents = first.intents(Set.of("tor-1"), key -> "tor-1", () -> {}).orElseThrow();
    intents.putAll(Map.of("a", "1"));
    etcd.kill();
    assertEquals(Failure.Kind.UNAVAILABLE, assertThrows(Failure.class, first::take).kind());
    assertEquals(
        Failure.Kind.UNAVAILABLE,
        assertThrows(Failure.class, () -> intents.putAll(Map.of("b", "2"))).kind());
    etcd.begin();
    Await.until("it is found again", PATIENCE, () -> takes(first));
    intents.putAll(Map.of("c", "3"));
    LeaseStore other = store();
    LeaseRecord there = other.read().orElseThrow();
    assertEquals("first", there.holder());
    assertEquals(1, there.transitions());
    assertEquals(Optional.of(new Handover("folder", "token")), there.handover());
    assertEquals(Map.of("a", "1", "c", "3"), other.intents().read("tor-1").orElseThrow().entries());
    Lease second = replica("second");
    assertFalse(second.take());
    second.close();
    first.close();
  }

  private static boolean takes(Lease lease) {
    try {
      return lease.take();
    } catch (Failure e) {
      return false;
    }
  }

  /** The rights are those that docs/fabric.md tells to give. */
  @Test
  void byTlsAndAsAUserWhoMayDoNothingElse() throws IOException {
    SwitchAuthority authority = new SwitchAuthority(folder, "ca");
    authority.issue("etcd", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    authority.issue("shim", new GeneralName(GeneralName.dNSName, "shim"));
    String password = Files.writeString(folder.resolve("password"), "secret\n").toString();
    try (Stack opened = new Stack()) {
      DebianEtcd secured = opened.push(DebianEtcd.startSecured(folder));
      secured.etcdctl("user", "add", "root:root");
      secured.etcdctl("user", "grant-role", "root", "root");
      secured.etcdctl("put", "/patchbay/tor-shim/lease", "{}");
      EtcdAccess access = secured.access("/patchbay", "shim", password);
      EtcdKeys keys = opened.push(new EtcdKeys(access));
      Failure early = assertThrows(Failure.class, () -> keys.read("/patchbay/tor-shim/lease"));
      assertTrue(early.getMessage().contains("authentication is not enabled"), early::toString);

      secured.etcdctl("role", "add", "tor-shim");
      secured.etcdctl(
          "role", "grant-permission", "tor-shim", "readwrite", "--prefix", "/patchbay/tor-shim/");
      secured.etcdctl("user", "add", "shim:secret");
      secured.etcdctl("user", "grant-role", "shim", "tor-shim");
      secured.etcdctl("auth", "enable");
      EtcdLeases store = new EtcdLeases(keys, "/patchbay/tor-shim", time);
      LeaseRecord held =
          store.write(store.read().orElseThrow().takenBy("one", LASTING)).orElseThrow();
      IntentRecord record = new IntentRecord("tor-1", "", "writer", Map.of());
      assertTrue(store.intents().write(record).isPresent());
      Failure denied = assertThrows(Failure.class, () -> keys.read("/patchbay/other/lease"));
      assertEquals(Failure.Kind.DENIED, denied.kind(), denied::toString);
      denied = assertThrows(Failure.class, () -> keys.write("/patchbay/other/lease", "", "{}"));
      assertEquals(Failure.Kind.DENIED, denied.kind(), denied::toString);

      secured.kill(); // and has forgotten all tokens
      secured.begin();
      assertTrue(store.write(held).isPresent());
    }
  }
}

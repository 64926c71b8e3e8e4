package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people change in the files while the shim runs. */
@Timeout(120)
class ReloadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String NEW = "02:00:00:00:03:00";

  @TempDir private Path folder;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder);
    rig.environment.put("PATCHBAY_RELOAD_INTERVAL", "20ms");
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private void change(String file, String from, String to) throws IOException {
    Path path = Path.of(rig.environment.get("PATCHBAY_" + file + "_FILE"));
    String text = Files.readString(path);
    assertTrue(text.contains(from), text);
    Path fresh = Files.writeString(folder.resolve("fresh"), text.replace(from, to));
    Files.move(fresh, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private Optional<Connection> ask(String id, String pfMac) {
    try {
      return Optional.of(rig.request(id, "myns", "node-2", pfMac));
    } catch (StatusRuntimeException e) {
      return Optional.empty();
    }
  }

  private void awaitServed(String pfMac) {
    Await.until("it is served", PATIENCE, () -> ask("b", pfMac).isPresent());
  }

  /** A cable is replaced: nobody who is connected notices, and the switch is asked for nothing. */
  @Test
  void aCableThatIsAddedIsServedAndNobodyElseNotices() throws IOException {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    assertTrue(ask("b", NEW).isEmpty());
    Url before = rig.shim.url();
    change("CABLES", "0200.0000.02AB", NEW);
    awaitServed(NEW);
    assertTrue(!before.equals(rig.shim.url()), "it is another one that serves");
    assertEquals(a.getMechanism(), rig.request(Duration.ofMinutes(10), a).getMechanism());
    Await.until("it is registered", PATIENCE, rig.shim::registered);
    rig.close(a);
  }

  @Test
  void filesThatCannotBeRightChangeNothingAndAreLookedAtAgain() throws IOException {
    Url before = rig.shim.url();
    change("CABLES", "switch: tor-1", "switch: tor-9");
    change("CABLES", "0200.0000.02AB", NEW);
    Connection a = rig.request("a", "myns", "node-1", PF1);
    assertEquals(before, rig.shim.url());
    change("CABLES", "switch: tor-9", "switch: tor-1");
    awaitServed(NEW);
    rig.close(a);
  }

  /** Whoever knows the address finds it again there, although somebody watches meanwhile. */
  @Test
  void itServesWhereItDid() throws IOException {
    Url first = rig.shim.url();
    rig.shim.close();
    rig.environment.put("NSM_LISTEN_ON", first.toString());
    rig.start();
    var watching = rig.monitor();
    assertTrue(watching.hasNext());
    change("CABLES", "0200.0000.02AB", NEW);
    awaitServed(NEW);
    assertEquals(first, rig.shim.url());
  }

  /** A service that has had another VLAN is refused by name; all others are served. */
  @Test
  void aServiceThatDoesNotFitKeepsNoOtherAway() throws IOException {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    rig.close(rig.request("c", "other", "node-2", "02:00:00:00:02:ab")); // VLAN 200
    Url before = rig.shim.url();
    change("FABRIC", "vlans: [200-210, \"220\"]", "vlans: [\"300\"]");
    Await.until("it has begun anew", PATIENCE, () -> !rig.shim.url().equals(before));
    assertEquals(a.getMechanism(), rig.request(Duration.ofMinutes(10), a).getMechanism());
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () -> rig.request("d", "other", "node-2", "02:00:00:00:02:ab"));
    assertTrue(refused.getMessage().contains("has had VLAN 200 so far"), refused::getMessage);
    rig.shim.close();
    rig.start(); // as any other process would
    assertEquals(a.getMechanism(), rig.request(Duration.ofMinutes(10), a).getMechanism());
  }

  /** A file that is only read again is no change. */
  @Test
  void onlyWhatIsOtherIsNews() throws IOException {
    FakeTime time = new FakeTime();
    List<Inventory> news = new ArrayList<>();
    Duration interval = Duration.ofSeconds(10);
    List<Failure> wrong = new ArrayList<>();
    try (InventoryWatch watch = new InventoryWatch(() -> read(wrong), news::add, time)) {
      watch.start(read(wrong), interval);
      time.advance(interval);
      time.advance(interval);
      assertEquals(List.of(), news);
      wrong.add(new Failure(Failure.Kind.INVALID, "half written"));
      change("CABLES", "0200.0000.02AB", NEW);
      time.advance(interval);
      assertEquals(List.of(), news);
      wrong.clear();
      time.advance(interval);
      time.advance(interval);
      assertEquals(1, news.size());
    }
    change("CABLES", NEW, "0200.0000.02AB");
    time.advance(interval);
    assertEquals(1, news.size(), "it has ended");
  }

  /** Each try costs some seconds without service; what somebody has mended is not made to wait. */
  @Test
  void whatCouldNotBeFollowedIsTriedAgainMoreSeldomUntilItIsMended() throws IOException {
    FakeTime time = new FakeTime();
    List<Inventory> tried = new ArrayList<>();
    AtomicBoolean fails = new AtomicBoolean(true);
    Duration interval = Duration.ofSeconds(10);
    try (InventoryWatch watch =
        new InventoryWatch(() -> read(List.of()), now -> tried.add(now) && !fails.get(), time)) {
      watch.start(read(List.of()), interval);
      change("CABLES", "0200.0000.02AB", NEW);
      time.advance(interval);
      time.advance(interval);
      assertEquals(1, tried.size());
      time.advance(Duration.ofMinutes(1));
      assertEquals(2, tried.size());
      change("CABLES", NEW, "02:00:00:00:04:00");
      time.advance(interval);
      assertEquals(3, tried.size());
      fails.set(false);
      change("CABLES", "02:00:00:00:04:00", "02:00:00:00:05:00");
      time.advance(interval);
      time.advance(Duration.ofHours(1));
      assertEquals(4, tried.size());
    }
  }

  private Inventory read(List<Failure> wrong) {
    if (!wrong.isEmpty()) {
      throw wrong.getFirst();
    }
    return Inventory.read(
        io.patchbay.base.Environment.read(TorShimConfig.class, rig.environment),
        Optional.empty(),
        service -> Optional.empty(),
        true);
  }

  @Test
  void aServiceThatIsTakenOutIsRefused() throws IOException {
    assertTrue(ask("b", "02:00:00:00:02:ab").isPresent());
    change("FABRIC", "name: myns", "name: theirs");
    Await.until("it is refused", PATIENCE, () -> ask("c", "02:00:00:00:02:ab").isEmpty());
    assertThrows(StatusRuntimeException.class, () -> rig.request("d", "myns", "node-1", PF1));
  }
}

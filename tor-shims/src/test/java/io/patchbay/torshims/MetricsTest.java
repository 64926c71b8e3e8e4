package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.metrics.AlertRules;
import io.patchbay.metrics.MetricsServer;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.SwitchPorts.Ours;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One switch, one writer, and a fabric with two services in a pool of three VLANs. */
class MetricsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final PortClaim CLAIM = new PortClaim("tor-1", "Ethernet1", 100);

  @TempDir private Path folder;
  private final FakeSwitch fake = new FakeSwitch();
  private final Stack opened = new Stack();
  private final FabricService pooled = service("pooled", "100-102");
  private Segments segments;
  private SwitchWriter writer;
  private PrometheusRegistry registry;

  private static FabricService service(String name, String vlans) {
    Addressing addresses = new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of());
    return new FabricService(name, "ETHERNET", List.of(vlans), addresses, List.of(), 0);
  }

  @BeforeEach
  void start() {
    Journal journal = opened.push(Journal.open(folder.resolve("fabric")));
    FabricServices fabric =
        new FabricServices(
            "example.com", 4094, List.of(pooled, service("fixed", "101")), NodeIdentities.USUAL);
    segments = new Segments(fabric, journal);
    CommitMeasures commits = new CommitMeasures();
    HeardDriver driver = new HeardDriver(fake);
    writer =
        opened.push(
            new SwitchWriter(
                "tor-1",
                new SwitchPorts(
                    "tor-1",
                    driver,
                    new FormerPorts(journal, "tor-1"),
                    new Ours(Set.of(100, 101, 102), 4094, Set.of("Ethernet1"), made -> {})),
                Rig.deaf("tor-1", journal),
                new SwitchWriter.Terms(
                    Duration.ofHours(1), Duration.ofMillis(20), CountDownLatch::await),
                new SwitchAccount("tor-1", History.none(), commits, Time.system()),
                Time.system()));
    registry = new PrometheusRegistry();
    Metrics.registerReplica(registry, () -> true);
    new Metrics(fabric, segments, Map.of("tor-1", new Metrics.Told(writer, driver)), commits)
        .register(registry);
    writer.start();
  }

  @AfterEach
  void stop() {
    fake.release();
    opened.close();
  }

  private String scraped() {
    return MetricsServer.text(registry);
  }

  /** The value of a metric of the switch. */
  private double value(String name) {
    double value = value(name, Double.NaN);
    assertFalse(Double.isNaN(value), () -> "no " + name + " in\n" + scraped());
    return value;
  }

  private double value(String name, double otherwise) {
    String start = "patchbay_switch_" + name + "{switch=\"tor-1\"} ";
    return scraped()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .findFirst()
        .orElse(otherwise);
  }

  private void take() {
    writer.take("a", CLAIM, PATIENCE);
  }

  private void leave() {
    writer.leave("a", CLAIM, PATIENCE);
  }

  @Test
  void tellsWhatWasCommittedAndHowMuchOfItAtOnce() {
    take();
    take(); // a refresh makes no commit
    assertEquals(1, value("commit_seconds_count"));
    assertEquals(1, value("commit_changes_sum"));
    assertEquals(0, value("failures_total"));
    assertEquals(0, value("waiting_changes"));
  }

  @Test
  void tellsHowLongTheOldestChangeWaitsAlsoTheOneAtHand() {
    fake.hold();
    Thread taking = Thread.ofVirtual().start(this::take);
    Await.until("the commit has begun", PATIENCE, () -> fake.applying() == 1);
    Await.until("it takes time", PATIENCE, () -> value("oldest_change_seconds") > 0);
    assertEquals(0, value("waiting_changes"));
    Thread leaving = Thread.ofVirtual().start(this::leave);
    Await.until("another waits", PATIENCE, () -> value("waiting_changes") == 1);
    fake.release();
    Await.until("both are done", PATIENCE, () -> !taking.isAlive() && !leaving.isAlive());
    Await.until("nothing is old", PATIENCE, () -> value("oldest_change_seconds") == 0);
  }

  @Test
  void aSwitchThatIsAwayIsToldWithWhatWaitsForIt() {
    take();
    assertEquals(1, value("reachable"));
    fake.reachable(false);
    leave();
    assertEquals(0, value("reachable"));
    assertEquals(1, value("unsettled_ports"));
    Await.until("it lasts", PATIENCE, () -> value("unsettled_seconds") > 0);
    assertTrue(value("failures_total") > 0);
    fake.reachable(true);
    Await.until("it is settled", PATIENCE, () -> value("unsettled_ports") == 0);
    assertEquals(1, value("reachable"));
    assertEquals(0, value("unsettled_seconds"));
  }

  @Test
  void countsWhatStrangersHaveChangedApartFromItsOwnTroubles() {
    take();
    fake.set("Ethernet1", new Raw("by hand"));
    Await.until("drift is found", PATIENCE, () -> value("drifted_ports_total") == 1);
    assertEquals(1, value("repaired_ports_total"));
    leave();
    fake.losesReplies(true);
    assertThrows(Failure.class, this::take);
    fake.losesReplies(false);
    Await.until("it is put back", PATIENCE, () -> value("repaired_ports_total") == 2);
    assertEquals(1, value("drifted_ports_total"));
  }

  @Test
  void countsThePortsThatHaveLostTheirLink() {
    Set<String> claimed = Set.of("Ethernet1", "Ethernet2");
    assertEquals(0, value("failed_ports"));
    fake.links(Map.of("Ethernet1", false));
    tellLinks(Map.of("Ethernet1", true, "Ethernet2", true), claimed);
    assertEquals(0, value("failed_ports"));
    tellLinks(Map.of("Ethernet1", false, "Ethernet2", true), claimed);
    assertEquals(1, value("failed_ports"));
  }

  private void tellLinks(Map<String, Boolean> links, Set<String> claimed) {
    var unused = writer.links().told(links, claimed, Instant.EPOCH);
  }

  /** It has nothing of ours, so that neither a change nor a look at a port would find out. */
  @Test
  void aSwitchWithoutConnectionsIsToldAsItIs() {
    assertEquals(Optional.empty(), new HeardDriver(fake).reachable(), "nobody has asked it yet");
    fake.reachable(false);
    Await.until("it is seen to be away", PATIENCE, () -> value("reachable", 1) == 0);
    fake.reachable(true);
    Await.until("it is seen to be back", PATIENCE, () -> value("reachable", 0) == 1);
  }

  @Test
  void whatTheUserMayNotDoIsNoSwitchThatIsAway() {
    fake.forbids(true);
    Failure failure = assertThrows(Failure.class, this::take);
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(value("not_permitted_total") >= 1);
    assertEquals(1, value("reachable"));
  }

  @Test
  void aStrangersLockIsNoSwitchThatIsAway() {
    fake.locked(true);
    Failure failure = assertThrows(Failure.class, this::take);
    assertTrue(failure.getMessage().contains("held by session 7"), failure.getMessage());
    assertTrue(value("locked_out_total") >= 1);
    assertEquals(1, value("reachable"));
  }

  private void saysSegments(String service, int own, int others, int free) {
    String line = "patchbay_service_segments{service=\"%s\",state=\"%s\"} %d.0";
    List<String> lines = scraped().lines().toList();
    assertTrue(lines.contains(line.formatted(service, "own", own)), lines::toString);
    assertTrue(lines.contains(line.formatted(service, "others", others)), lines::toString);
    assertTrue(lines.contains(line.formatted(service, "free", free)), lines::toString);
  }

  @Test
  void tellsWhatIsLeftOfAPool() {
    saysSegments("pooled", 0, 1, 2);
    saysSegments("fixed", 1, 0, 0);
    assertEquals(100, segments.vlan(pooled, Optional.empty()));
    saysSegments("pooled", 1, 1, 1);
  }

  @Test
  void everyMetricOfTheAlertsIsThere() {
    take();
    AlertRules rules = AlertRules.readFile(Path.of("../manifests/alerts/tor-shim.yaml"));
    assertEquals(Set.of(), rules.missingIn(scraped()));
  }
}

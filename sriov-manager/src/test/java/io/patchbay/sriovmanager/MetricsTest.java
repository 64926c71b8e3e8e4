package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import io.patchbay.mesh.Sessions;
import io.patchbay.metrics.AlertRules;
import io.patchbay.metrics.MetricsServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two PFs with 32 VFs each, scraped over HTTP. */
class MetricsTest {
  private static final ResourceName FAST = ResourceName.parse("example.com/100g");
  private static final PciAddress PF = FakeMachine.PFS.getFirst();
  private static final PciAddress VF = PF.plus(8);

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final FakeTime time = new FakeTime();
  private final FakeMachine machine = new FakeMachine();
  private final GrantTimes times = new GrantTimes();
  private final HttpClient client = opened.push(HttpClient.newHttpClient());
  private Ledger ledger;
  private Homecoming homecoming;
  private MetricsServer server;

  @BeforeEach
  void serve() throws IOException {
    Hardware hardware = machine.seenBy(new Life());
    Path ledgerFile = folder.resolve("ledger");
    ledger = opened.push(Ledger.open(ledgerFile, time, Patience.USUAL, "boot-1"));
    Stock stock =
        opened.push(
            new Stock(
                ModelNode.CONFIG,
                hardware,
                ledger,
                () -> new Damping(time, Duration.ofSeconds(2)),
                new Stock.Pace(Duration.ofDays(1), Duration.ofDays(1), Duration.ofSeconds(30))));
    stock.start();
    homecoming = opened.push(new Homecoming(ledger, hardware, time));
    Path file = folder.resolve("pci.config");
    Files.writeString(file, SriovConfigTest.GOOD);
    LiveConfig live =
        LiveConfig.open(
            file,
            new Candidates(new PciSysfs(folder, folder)),
            new KeptConfig(folder.resolve("kept")));
    TrafficReader traffic =
        new TrafficReader(
            pf -> List.of(TrafficReaderTest.traffic(0, 17), TrafficReaderTest.traffic(3, 4)), time);
    Metrics metrics = new Metrics(stock, ledger, ledgerFile, live, traffic);
    server =
        opened.push(MetricsServer.start(Url.parse("tcp://127.0.0.1:0"), metrics.registry(times)));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private String scraped() {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      return answer.body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void says(String line) {
    String text = scraped();
    assertTrue(text.lines().anyMatch(line::equals), () -> "no '" + line + "' in\n" + text);
  }

  private void saysVfs(String state, int count) {
    says(
        "patchbay_vfs{pf=\"%s\",resource=\"example.com/100g\",state=\"%s\"} %d.0"
            .formatted(PF, state, count));
  }

  private void reserve() {
    var unused = ledger.reserve(FAST, List.of(VF));
    ledger.report(
        Map.of(
            VF,
            new ClaimRules.Listed(FAST.toString(), new Claim.Use("default", "cnf-1", "app", 0))),
        false);
  }

  @Test
  void tellsHowManyVfsAreInEachState() {
    saysVfs("free", 32);
    saysVfs("broken", 0);
    reserve();
    saysVfs("free", 31);
    saysVfs("reserved", 1);
    says("patchbay_ledger_claims 1.0");
  }

  @Test
  void mapsAVfToItsPodAndForgetsItWithThePod() {
    reserve();
    String pod =
        ("patchbay_vf_pod{container=\"app\",namespace=\"default\",pci_address=\"%s\",pod=\"cnf-1\","
                + "resource=\"example.com/100g\"} 1.0")
            .formatted(VF);
    says(pod);
    ledger.release(List.of(VF), "test");
    assertFalse(scraped().contains("cnf-1"));
  }

  @Test
  void tellsWhatAVfHasCarried() {
    String carried =
        "patchbay_vf_receive_packets_total{pci_address=\"%s\",pf=\"%s\",vf=\"%d\"} %d.0";
    String first = carried.formatted(VF, PF, 0, 17);
    Await.until("read", Duration.ofSeconds(10), () -> scraped().contains(first));
    says(carried.formatted(PF.plus(11), PF, 3, 4));
    says(
        "patchbay_vf_transmit_bytes_total{pci_address=\"%s\",pf=\"%s\",vf=\"0\"} 0.0"
            .formatted(VF, PF));
  }

  @Test
  void tellsHowLongGrantsTake() {
    assertEquals("given", times.of(() -> "given"));
    assertThrows(
        Failure.class,
        () ->
            times.of(() -> {
              throw new Failure(Failure.Kind.CONFLICT, "taken");
            }));
    says("patchbay_grant_seconds_count{outcome=\"granted\"} 1");
    says("patchbay_grant_seconds_count{outcome=\"refused\"} 1");
    says("patchbay_grant_seconds_bucket{outcome=\"granted\",le=\"+Inf\"} 1");
  }

  @Test
  void countsFailedHomecomingsAndWhatIsOnDisk() throws IOException {
    says("patchbay_homecoming_failures_total 0.0");
    says("patchbay_config_problems 0.0");
    reserve();
    var unused =
        ledger.hold(
            VF,
            Hold.wanted("connection-1", "inode://4/1", "nsm-1"),
            namespace -> true,
            () -> machine.seenBy(new Life()).lookAndUntag(VF));
    machine.lose(VF);
    Sessions none = Sessions.durable(time, opened.push(Journal.open(folder.resolve("sessions"))));
    homecoming.look(none, Runnable::run);
    says("patchbay_homecoming_failures_total 1.0");
    says("patchbay_vfs_not_home 1.0");
    says("patchbay_ledger_bytes " + (double) Files.size(folder.resolve("ledger")));
  }

  @Test
  void everyMetricOfTheAlertsIsThere() {
    assertEquals(0, times.of(() -> 0));
    AlertRules rules = AlertRules.readFile(Path.of("../manifests/alerts/sriov-manager.yaml"));
    assertEquals(Set.of(), rules.missingIn(scraped()));
  }

  /** Nothing is left to bring home, and nobody waits for it. */
  @Test
  void aVfThatIsGoneForGoodIsForgottenOnceItsGrantHasEnded() {
    reserve();
    var unused =
        ledger.hold(
            VF,
            Hold.wanted("connection-1", "inode://4/1", "nsm-1"),
            namespace -> true,
            () -> machine.seenBy(new Life()).lookAndUntag(VF));
    machine.lose(VF);
    Sessions none = Sessions.durable(time, opened.push(Journal.open(folder.resolve("sessions"))));
    tryFor(Duration.ofMinutes(20), none);
    assertTrue(ledger.find(VF).isPresent(), "its container may get it back");
    ledger.release(List.of(VF), "its pod is gone");
    machine.find(VF);
    tryFor(Duration.ofMinutes(20), none);
    assertTrue(ledger.find(VF).isPresent(), "it is there, but has no driver");
    String reason = ledger.troubles().all().get(VF);
    assertTrue(reason.contains("cannot come home: ") && reason.contains("; tried since "), reason);
    machine.lose(VF);
    tryFor(Duration.ofMinutes(1), none);
    assertTrue(ledger.find(VF).isEmpty());
    says("patchbay_vfs_not_home 0.0");
  }

  private void tryFor(Duration howLong, Sessions sessions) {
    for (long i = 0; i < howLong.toSeconds(); i++) {
      time.advance(Duration.ofSeconds(1));
      homecoming.look(sessions, Runnable::run);
    }
  }
}

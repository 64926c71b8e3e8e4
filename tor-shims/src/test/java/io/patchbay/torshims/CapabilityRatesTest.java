package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is bound by what a VF was asked for as. */
@Timeout(60)
class CapabilityRatesTest extends OnePort {
  private static final String FAST = "example.com/100g";
  private static final String SLOW = "example.com/25g";
  private static final BoundPolicies RATES =
      new BoundPolicies(
          "basic",
          "basic",
          Map.of(
              FAST, new BoundPolicies.Named("fast-in", "fast-out"),
              SLOW, new BoundPolicies.Named("slow-in", null)));
  private static final PortWish RATED =
      new PortWish("rated", new FabricService.Port(null, false, BoundAcls.NONE, RATES));

  @BeforeEach
  void start() {
    open();
    writer.start();
  }

  private void open() {
    open(
        Set.of(100, 200),
        vlan -> vlan == 100 ? RATED : PortWish.NONE,
        History.in(folder.resolve("history")));
  }

  private static PortClaim claim(String port, String capability) {
    return new PortClaim("tor-1", port, 100, capability, PortWish.NONE);
  }

  private void take(String connection, String port, String capability) {
    writer.take(connection, claim(port, capability), PATIENCE);
  }

  @Test
  void eachPortHasWhatItsVfsWereAskedForAs() {
    take("a", "Ethernet1", FAST);
    take("b", "Ethernet2", SLOW);
    assertEquals(
        "{Ethernet1=trunk VLANs 100, Ethernet1 [qos in]=fast-in, Ethernet1 [qos out]=fast-out,"
            + " Ethernet2=trunk VLANs 100, Ethernet2 [qos in]=slow-in}",
        fake.running());
    writer.leave("b", claim("Ethernet2", SLOW), PATIENCE);
    take("c", "Ethernet2", "example.com/10g");
    assertEquals(new Leaf("basic"), fake.at("Ethernet2 [qos out]"));
  }

  /** What is bound is the port's, so VFs of one service may not be on it with different rates. */
  @Test
  void vfsOfOnePortWereAllAskedForAsWhatHasTheSameRates() {
    take("a", "Ethernet1", FAST);
    take("b", "Ethernet1", FAST);
    Failure refused = assertThrows(Failure.class, () -> take("c", "Ethernet1", SLOW));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertTrue(
        refused
            .getMessage()
            .startsWith(
                "port.qos.in: service rated for example.com/25g wants slow-in of port Ethernet1,"
                    + " and rated for example.com/100g, which is on it, fast-in;"),
        refused::getMessage);
  }

  /** As of clients that were there before their manager told, or of a disk that is lost. */
  @Test
  void whoIsThereForAnUnknownOneKeepsNobodyOffAndGivesWay() {
    fake.set("Ethernet1", new Trunk(new TreeSet<>(Set.of(100)), OptionalInt.empty()));
    writer.close();
    FormerPorts.lose(journal, "tor-1");
    journal.close();
    open();
    writer.start();
    Await.until("the heir is known", PATIENCE, () -> !writer.view().ports().isEmpty());
    take("a", "Ethernet1", SLOW);
    assertEquals(new Leaf("slow-in"), fake.at("Ethernet1 [qos in]"));
    take("b", "Ethernet1", "");
    assertEquals(
        "{Ethernet1=trunk VLANs 100, Ethernet1 [qos in]=slow-in, Ethernet1 [qos out]=basic}",
        fake.running(),
        "nobody loses a rate by who comes");
  }

  /** As they are on a port after the file has changed, or the manager has come to tell. */
  @Test
  void aStartBearsThemTogetherWhateverTheyWant() {
    writer.close();
    journal.close();
    open();
    writer.restore("a", claim("Ethernet1", ""), Instant.EPOCH);
    writer.restore("b", claim("Ethernet1", SLOW), Instant.EPOCH);
    writer.start();
    Await.until(
        "the port is made",
        PATIENCE,
        () ->
            fake.running()
                .equals(
                    "{Ethernet1=trunk VLANs 100, Ethernet1 [qos in]=slow-in, Ethernet1 [qos"
                        + " out]=basic}"));
  }

  @Test
  void aRestartKnowsIt() {
    PortClaim fast = claim("Ethernet1", FAST);
    assertEquals(fast, Json.read(Json.write(fast), PortClaim.class));
    PortClaim old =
        Json.read("{\"switchName\":\"tor-1\",\"port\":\"p\",\"vlan\":5}", PortClaim.class);
    assertEquals(new PortClaim("tor-1", "p", 5), old);
    assertEquals("{\"switchName\":\"tor-1\",\"port\":\"p\",\"vlan\":5}", Json.write(old));
    take("a", "Ethernet1", FAST);
    writer.close();
    journal.close();
    open();
    writer.restore("a", Json.read(Json.write(fast), PortClaim.class), Instant.EPOCH);
    writer.start();
    fake.set("Ethernet1 [qos in]", new Leaf("by hand"));
    Await.until(
        "it is put right",
        PATIENCE,
        () -> fake.at("Ethernet1 [qos in]").equals(new Leaf("fast-in")));
  }
}

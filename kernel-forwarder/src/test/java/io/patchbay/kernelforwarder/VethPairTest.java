package io.patchbay.kernelforwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import io.patchbay.linux.Route;
import io.patchbay.linux.VethEnd;
import io.patchbay.mesh.IpSide;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pair on the real kernel. */
class VethPairTest {
  private TwoPods pods;

  @BeforeEach
  void create() {
    pods = new TwoPods();
  }

  @AfterEach
  void delete() {
    if (pods != null) {
      pods.close();
    }
  }

  private VethPair pair(String id, NetworkNamespace endpoint) {
    return new VethPair(
        id,
        new VethPair.End(pods.client.inodeUrl(), "nsm-1", IpSide.client(TwoPods.context())),
        new VethPair.End(endpoint.inodeUrl(), "svc-x", IpSide.endpoint(TwoPods.context())));
  }

  private VethPair pair() {
    return pair("c1", pods.endpoint);
  }

  private int answers(String address) {
    return Ping.run(
            pods.client,
            new Ping.Plan(
                Optional.empty(),
                IpPrefix.literal(address),
                3,
                Duration.ofMillis(10),
                Duration.ofSeconds(5)))
        .received();
  }

  @Test
  void joinsBothPodsWithAddressesAndRoutes() {
    pair().make();
    assertEquals(Set.of("nsm-1", "svc-x"), pods.links());
    assertEquals(3, answers("10.0.0.2"));
    assertEquals(3, answers("fd00::2"));
    Link made = pods.client.links().require("nsm-1");
    assertEquals(1400, made.mtu());
    assertEquals("nsm-c1", made.alias());
    assertTrue(
        pods.client.links().routes().list().stream()
            .map(Route::destination)
            .toList()
            .contains(IpPrefix.parse("10.9.0.0/16")));
  }

  @Test
  void makingTwiceChangesNothing() {
    pair().make();
    Link made = pods.client.links().require("nsm-1");
    List<?> addresses = pods.client.links().addresses().list(made.index());
    List<Route> routes = pods.client.links().routes().list();
    pair().make();
    assertEquals(made, pods.client.links().require("nsm-1"));
    assertEquals(addresses, pods.client.links().addresses().list(made.index()));
    assertEquals(routes, pods.client.links().routes().list());
  }

  @Test
  void removingTakesBothEndsAndMayBeDoneTwice() {
    VethPair pair = pair();
    pair.make();
    assertTrue(pair.exists());
    pair.remove();
    assertEquals(Set.of(), pods.links());
    assertFalse(pair.exists());
    pair.remove();
  }

  @Test
  void isFoundFromTheEndpointWhenTheClientsEndWasRenamed() {
    pair().make();
    pods.client.links().rename(pods.client.links().require("nsm-1").index(), "other");
    pair().remove();
    assertEquals(Set.of(), pods.links());
  }

  @Test
  void whatAProcessLeftThatDiedAtBirthIsOurs() {
    pair().make();
    Link made = pods.client.links().require("nsm-1");
    pods.client.links().alias(made.index(), "");
    pair().make();
    assertEquals(made.index(), pods.client.links().require("nsm-1").index());
    pods.client.links().alias(made.index(), "");
    pair().remove();
    assertEquals(Set.of(), pods.links());
  }

  @Test
  void aPodMayChangeTheAddressOfItsEnd() {
    pair().make();
    Link made = pods.client.links().require("nsm-1");
    pods.client.links().mac(made.index(), MacAddress.parse("02:00:00:00:00:99"));
    assertTrue(pair().exists());
  }

  @Test
  void aPodsOwnInterfaceIsNeverTouched() {
    pods.client
        .links()
        .createVeth(new VethEnd(pods.client, "nsm-1"), new VethEnd(pods.endpoint, "svc-x"), 1500);
    Link own = pods.client.links().require("nsm-1");
    Failure failure = assertThrows(Failure.class, () -> pair().make());
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("already has an interface 'nsm-1'"));
    assertFalse(pair().exists());
    pair().remove();
    assertEquals(own, pods.client.links().require("nsm-1"));
  }

  @Test
  void aPairOfAnotherConnectionIsAConflictToo() {
    pair("other", pods.endpoint).make();
    assertEquals(Failure.Kind.CONFLICT, assertThrows(Failure.class, () -> pair().make()).kind());
    pair().remove();
    assertEquals(Set.of("nsm-1", "svc-x"), pods.links());
  }

  @Test
  void anEndThatLedElsewhereIsReplaced() {
    try (NetworkNamespace elsewhere = NetworkNamespace.create()) {
      pair("c1", elsewhere).make();
      pair().make();
      assertEquals(3, answers("10.0.0.2"));
      assertEquals(1, elsewhere.links().list().size(), "loopback");
    }
  }

  @Test
  void aNamespaceThatIsGoneTookThePairWithIt() {
    NetworkNamespace gone = NetworkNamespace.create();
    VethPair pair = pair("c1", gone);
    pair.make();
    gone.close();
    io.patchbay.base.Await.until(
        "the pair went with the namespace", Duration.ofSeconds(20), () -> !pair.exists());
    pair.remove();
    Failure failure = assertThrows(Failure.class, pair::make);
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals(Set.of(), pods.links());
  }

  @Test
  void survivesTheJournal() {
    assertEquals(pair(), Json.read(Json.write(pair()), VethPair.class));
  }
}

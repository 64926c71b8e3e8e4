package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressesTest {
  private static FabricService service(String name, int vlan, Addressing addresses) {
    return new FabricService(name, "ETHERNET", List.of("" + vlan), addresses, List.of(), 0);
  }

  private static final FabricService MYNS =
      service(
          "myns",
          100,
          new Addressing("10.0.0.0/28", "10.0.0.1", List.of("10.0.0.4-10.0.0.5"), List.of()));
  private static final FabricService OTHER =
      service("other", 200, new Addressing("10.0.0.0/28", "10.0.0.3", List.of(), List.of()));
  private static final FabricService SIX =
      service("six", 300, new Addressing("fd00::/64", "fd00::1", List.of("fd00::2"), List.of()));
  private static final FabricServices FABRIC =
      new FabricServices("example.com", 4094, List.of(MYNS, OTHER, SIX), NodeIdentities.USUAL);

  private final Addresses addresses = new Addresses(FABRIC);

  private String take(String connection, FabricService service, String... wished) {
    return addresses.take(connection, service, List.of(wished), List.of());
  }

  @Test
  void givesTheLowestThatIsNobodys() {
    assertEquals("10.0.0.2", take("a", MYNS));
    assertEquals("10.0.0.6", take("b", MYNS), "neither a gateway nor an excluded one");
    assertEquals("10.0.0.4", take("c", OTHER), "excluded for one service only");
    assertEquals("10.0.0.5", take("d", OTHER));
    assertEquals("10.0.0.7", take("e", OTHER), "never one of another service's clients");
    addresses.giveBack("b", "10.0.0.6");
    assertEquals("10.0.0.6", take("f", OTHER));
    assertEquals("fd00:0:0:0:0:0:0:3", take("g", SIX));
  }

  @Test
  void aClientThatComesBackKeepsItsAddress() {
    assertEquals("10.0.0.9", take("a", MYNS, "10.0.0.9/28"));
    assertEquals("10.0.0.9", take("a", MYNS, "10.0.0.9"));
    assertEquals("10.0.0.2", take("b", MYNS, "10.0.0.9/28"), "it is another's");
    assertEquals("10.0.0.6", take("c", MYNS, "10.0.0.1/28", "rubbish", "10.9.9.9/8"));
    assertEquals("10.0.0.10", take("d", MYNS, "10.0.0.4", "10.0.0.10"));
  }

  @Test
  void avoidsWhatTheClientCannotUse() {
    assertEquals(
        "10.0.0.8", addresses.take("a", MYNS, List.of("10.0.0.2"), List.of("10.0.0.0/29")));
  }

  @Test
  void adoptsWhatWasGivenBeforeARestart() {
    addresses.adopt("old", "10.0.0.2");
    assertEquals("10.0.0.6", take("new", MYNS, "10.0.0.2/28"));
    assertEquals("10.0.0.2", take("old", MYNS, "10.0.0.2/28"));
  }

  @Test
  void saysWhenNoneIsLeft() {
    for (int i = 0; i < 10; i++) {
      String unused = take("c" + i, MYNS);
    }
    Failure failure = assertThrows(Failure.class, () -> take("late", MYNS));
    assertEquals(Failure.Kind.EXHAUSTED, failure.kind());
    assertEquals(
        "no address left for service myns in 10.0.0.0/28: 10 are in use", failure.getMessage());
  }

  @Test
  void noAddressIsEverTwoConnections() {
    Set<String> gateways = Set.of("10.0.0.1", "10.0.0.3", "fd00:0:0:0:0:0:0:1");
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Addresses some = new Addresses(FABRIC);
      Map<String, String> held = new HashMap<>();
      for (int step = 0; step < 100; step++) {
        String connection = "c" + random.nextInt(20);
        if (held.containsKey(connection)) {
          some.giveBack(connection, held.remove(connection));
          continue;
        }
        FabricService service = FABRIC.services().get(random.nextInt(3));
        try {
          String wish = "10.0.0." + random.nextInt(18) + "/28";
          String given = some.take(connection, service, List.of(wish), List.of());
          held.put(connection, given);
          assertTrue(service.addresses().allows(Prefix.address(given)), "seed " + seed);
          assertFalse(gateways.contains(given), "seed " + seed);
        } catch (Failure e) {
          assertEquals(Failure.Kind.EXHAUSTED, e.kind(), "seed " + seed);
        }
        assertEquals(held.size(), new HashSet<>(held.values()).size(), "seed " + seed);
      }
    }
  }
}

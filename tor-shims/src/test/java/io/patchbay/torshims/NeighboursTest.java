package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What switches hear, and what that says of the first of three cables. */
class NeighboursTest {
  private static final String ONE = "02:00:00:00:00:01";
  private static final String TWO = "02:00:00:00:00:02";
  private static final String THREE = "02:00:00:00:00:03";
  private static final Map<String, String> MACS = Map.of("1", ONE, "2", TWO, "3", THREE);
  private static final String HERE = "the cables file has " + ONE + " of node node-1 at tor-1 p1, ";

  private final FakeTime time = new FakeTime();
  private final Neighbours neighbours =
      new Neighbours(
          new Cables(
              List.of(
                  new Cable("node-1", ONE, "tor-1", "p1"),
                  new Cable("node-2", TWO, "tor-1", "p2"),
                  new Cable("node-1", THREE, "tor-2", "p1"))),
          time);

  /** What is heard is switch, port and NIC, after a slash the next. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          silence,                    '',                                                  ''
          where it should be,         tor-1 p1 1/tor-1 p2 2,                               ''
          beside its NIC's firmware,  tor-1 p1 1/tor-1 p1 x,                               ''
          only a stranger,            tor-1 p1 x,                                          ''
          at another port,            tor-1 p2 1,                LLDP says tor-1 p2
          at another switch,          tor-2 p3 1,                LLDP says tor-2 p3
          another's NIC,              tor-1 p1 2,                LLDP says that 02:00:00:00:00:02 of node node-2 is there
          swapped,                    tor-1 p1 2/tor-1 p2 1,     LLDP says tor-1 p2
          two nodes say the same,     tor-1 p1 2/tor-1 p2 2,                               ''
          the other link of its bond, tor-2 p1 1,                                          ''
          its bond's address,         tor-1 p1 3,                                          ''
          both links of its bond,     tor-1 p1 3/tor-2 p1 3,                               ''
          swapped within its node,    tor-1 p1 3/tor-2 p1 1,     LLDP says tor-2 p1
          a bond of it and another,   tor-1 p1 1/tor-1 p2 1,                               ''
          moved and not yet expired,  tor-1 p1 1/tor-2 p5 1,                               ''
          """)
  void whatIsHeardSpeaksAgainstACable(String what, String heard, String against) {
    Map<String, Map<String, Set<String>>> all = new HashMap<>();
    for (String each : heard.isEmpty() ? List.<String>of() : List.of(heard.split("/"))) {
      List<String> words = new ArrayList<>(List.of(each.split(" ")));
      all.computeIfAbsent(words.get(0), tor -> new HashMap<>())
          .computeIfAbsent(words.get(1), port -> new TreeSet<>())
          .add(MACS.getOrDefault(words.get(2), "02:00:00:00:00:99"));
    }
    all.forEach(neighbours::heard);
    Optional<String> expected = against.isEmpty() ? Optional.empty() : Optional.of(HERE + against);
    assertEquals(expected, neighbours.contradiction("tor-1", "p1"), what);
    assertEquals(Optional.empty(), neighbours.contradiction("tor-1", "p9"));
    time.advance(Neighbours.OLD);
    assertEquals(Optional.empty(), neighbours.contradiction("tor-1", "p1"), "nobody says it now");
  }

  /** Which of its switches hears a NIC with two links says nothing of the other link. */
  @Test
  void aPairIsHeardAtEitherOfItsPortsAndNowhereElse() {
    Cable.Pair pair = new Cable.Pair("tor-2", "p1", List.of(), null);
    Neighbours paired =
        new Neighbours(
            new Cables(List.of(new Cable("node-1", ONE, "tor-1", "p1", List.of(), pair, null))),
            time);
    paired.heard("tor-2", Map.of("p1", Set.of(ONE)));
    assertEquals(Optional.empty(), paired.contradiction("tor-1", "p1"));
    assertEquals(Optional.empty(), paired.contradiction("tor-2", "p1"));
    paired.heard("tor-1", Map.of("p1", Set.of(ONE)));
    assertEquals(Optional.empty(), paired.contradiction("tor-2", "p1"));
    paired.heard("tor-1", Map.of());
    paired.heard("tor-2", Map.of("p2", Set.of(ONE)));
    assertEquals(Optional.of(HERE + "LLDP says tor-2 p2"), paired.contradiction("tor-1", "p1"));
    assertTrue(paired.contradiction("tor-2", "p1").isPresent());
  }

  /** LLDP is spoken by each link of a LAG for itself. */
  @Test
  void aLagIsHeardAtItsMembers() {
    List<String> members = List.of("p1", "p2");
    Neighbours bundled =
        new Neighbours(
            new Cables(
                List.of(
                    new Cable("node-1", ONE, "tor-1", "lag7", members, null, null),
                    new Cable("node-2", TWO, "tor-1", "p3"))),
            time);
    bundled.heard("tor-1", Map.of("p2", Set.of(ONE), "p3", Set.of(TWO)));
    assertEquals(Optional.empty(), bundled.contradiction("tor-1", "lag7"));
    bundled.heard("tor-1", Map.of("p3", Set.of(ONE)));
    assertTrue(bundled.contradiction("tor-1", "lag7").orElse("").endsWith("LLDP says tor-1 p3"));
    bundled.heard("tor-1", Map.of("p1", Set.of(TWO)));
    assertTrue(bundled.contradiction("tor-1", "lag7").orElse("").contains("node-2 is there"));
  }
}

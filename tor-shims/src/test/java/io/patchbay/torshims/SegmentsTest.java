package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SegmentsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static FabricService service(String name, String... vlans) {
    return new FabricService(
        name,
        "ETHERNET",
        List.of(vlans),
        new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of()),
        List.of(),
        0);
  }

  private static FabricServices fabric(FabricService... services) {
    return new FabricServices("example.com", 4094, List.of(services), NodeIdentities.USUAL);
  }

  @Test
  void aServiceKeepsItsVlanOverARestart() {
    FabricService pooled = service("pooled", "100-110");
    FabricService fixed = service("fixed", "100");
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      Segments segments = new Segments(fabric(pooled, fixed), journal);
      assertEquals(
          101, segments.vlan(pooled, Optional.empty()), "a fixed VLAN is never given to another");
      assertEquals(101, segments.vlan(pooled, Optional.empty()));
    }
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FabricService first = service("a", "101-110");
      Segments segments = new Segments(fabric(first, pooled, fixed), journal);
      assertEquals(102, segments.vlan(first, Optional.empty()));
      assertEquals(101, segments.vlan(pooled, Optional.empty()));
    }
  }

  /** Every take at every switch looks. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nobodyWhoLooksWaitsForAVlanThatIsBeingWrittenDown() throws Exception {
    FabricService red = service("red", "100-110");
    FabricService blue = service("blue", "100-110");
    BrittleMap kept = new BrittleMap();
    Segments segments = new Segments(fabric(red, blue), kept);
    assertEquals(100, segments.vlan(red, Optional.empty()));
    CountDownLatch slow = new CountDownLatch(1);
    kept.answersAfter(slow);
    int before = kept.begun();
    Thread asking = Thread.ofVirtual().start(() -> segments.vlan(blue, Optional.empty()));
    Await.until("it is being written", PATIENCE, () -> kept.begun() > before);
    assertEquals(Optional.of("red"), segments.service(100));
    assertEquals(100, segments.vlan(red, Optional.empty()));
    assertEquals(101, segments.likely(blue));
    assertEquals(new Segments.Use(1, 0, 10), segments.use(red));
    assertEquals(Optional.empty(), segments.objection(blue));
    assertEquals(Optional.empty(), segments.service(101), "nobody may rely on it yet");
    slow.countDown();
    asking.join();
    assertEquals(Optional.of("blue"), segments.service(101));
  }

  @Test
  void whatTheFileFixesIsWrittenDownAtOnce() {
    BrittleMap kept = new BrittleMap();
    FabricServices fabric =
        fabric(service("one", "100"), service("two", "101"), service("three", "102"));
    var first = new Segments(fabric, kept);
    assertEquals(Optional.of("three"), first.service(102));
    assertEquals(1, kept.writes());
    assertEquals(
        Map.of("segment/one", "100", "segment/two", "101", "segment/three", "102"), kept.entries());
    assertEquals(Optional.of("two"), new Segments(fabric, kept).service(101));
    assertEquals(1, kept.writes());
  }

  @Test
  void anEmptyPoolAndAChangedFileAreErrors() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FabricService one = service("one", "100-101");
      FabricService two = service("two", "100-101");
      FabricService three = service("three", "100-101");
      Segments segments = new Segments(fabric(one, two, three), journal);
      assertEquals(100, segments.vlan(one, Optional.empty()));
      assertEquals(101, segments.vlan(two, Optional.empty()));
      assertEquals(
          Failure.Kind.EXHAUSTED,
          assertThrows(Failure.class, () -> segments.vlan(three, Optional.empty())).kind());
      Failure changed =
          assertThrows(
              Failure.class, () -> segments.vlan(service("one", "300-301"), Optional.empty()));
      assertEquals(Failure.Kind.CONFLICT, changed.kind());
      assertTrue(changed.getMessage().contains("VLAN 100"), changed.getMessage());
    }
  }

  /** A slip in a file must neither keep others away nor leave a mark when it is mended. */
  @Test
  void aServiceThatDoesNotFitHasNoneAndSaysWhyAndTheOthersHaveTheirs() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FabricService one = service("one", "100");
      Segments first = new Segments(fabric(one), journal);
      assertEquals(Optional.empty(), first.objection(one));
      FabricService thief = service("thief", "100");
      FabricService moved = service("one", "101");
      FabricService next = service("next", "102");
      Segments segments = new Segments(fabric(thief, moved, next), journal);
      assertTrue(segments.objection(thief).orElse("").startsWith("no VLAN left for service thief"));
      assertTrue(segments.objection(moved).orElse("").contains("has had VLAN 100 so far"));
      for (FabricService refused : List.of(thief, moved)) {
        Failure failure =
            assertThrows(Failure.class, () -> segments.vlan(refused, Optional.empty()));
        assertEquals(Failure.Kind.CONFLICT, failure.kind());
      }
      assertEquals(102, segments.vlan(next, Optional.empty()));
      assertEquals(
          Map.of("segment/one", "100", "segment/next", "102"), Map.copyOf(journal.entries()));
    }
  }

  // ---- the disk was found empty, and a switch still carries VLANs ----

  @Test
  void aVlanOfThePastGoesBackToTheServiceWhoseClientHasIt() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FormerPorts formers = new FormerPorts(journal, "tor-1");
      PortClaim past = new PortClaim("tor-1", "Ethernet1/1", 100);
      formers.inherit(Set.of(past), Instant.EPOCH);
      FabricService red = service("red", "100-102");
      FabricService blue = service("blue", "100-102");
      Segments segments = new Segments(fabric(red, blue), journal);
      assertEquals(101, segments.vlan(blue, Optional.empty()), "100 may be another's");
      assertEquals(100, segments.vlan(red, Optional.of(100)));
      FabricService green = service("green", "100-102");
      assertEquals(102, segments.vlan(green, Optional.of(100)), "that is red's now");
    }
  }

  @Test
  void whatASwitchKnowsByNameGoesBackToItsServiceAloneAndIsKept() {
    FabricService red = service("red", "100-102");
    FabricService blue = service("blue", "100-102");
    FabricService other = service("other", "200-201");
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      Segments segments = new Segments(fabric(red, blue, other), journal);
      segments.recover(
          Map.of(100, "patchbay-blue", 101, "patchbay-gone", 102, "patchbay-other", 201, "red"));
      assertEquals(Optional.of("blue"), segments.service(100));
      assertEquals(101, segments.vlan(red, Optional.empty()), "none was its");
      assertEquals(200, segments.vlan(other, Optional.empty()), "102 is not in its pool");
      segments.recover(Map.of(102, "patchbay-blue"));
      assertEquals(Optional.empty(), segments.service(102), "it has one");
    }
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      assertEquals(
          100, new Segments(fabric(red, blue, other), journal).vlan(blue, Optional.empty()));
    }
  }

  @Test
  void aVlanOfThePastThatNobodyComesBackForIsFreeInTheEnd() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FormerPorts formers = new FormerPorts(journal, "tor-1");
      PortClaim past = new PortClaim("tor-1", "Ethernet1", 100);
      formers.inherit(Set.of(past), Instant.EPOCH);
      FabricService red = service("red", "100-100", "100");
      FabricService blue = service("blue", "100-101");
      Segments segments = new Segments(fabric(blue), journal);
      assertEquals(101, segments.vlan(blue, Optional.empty()));
      formers.disinherit(past);
      assertEquals(100, segments.vlan(red, Optional.empty()));
    }
  }

  @Test
  void nothingIsGivenFromAPoolWhileASwitchIsUnread() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FormerPorts.lose(journal, "tor-1");
      FabricService pooled = service("pooled", "100-102");
      FabricService fixed = service("fixed", "100");
      Segments segments = new Segments(fabric(pooled, fixed), journal);
      assertEquals(100, segments.vlan(fixed, Optional.empty()), "the file says so");
      Failure unread = assertThrows(Failure.class, () -> segments.vlan(pooled, Optional.empty()));
      assertEquals(Failure.Kind.UNAVAILABLE, unread.kind());
      assertTrue(unread.getMessage().contains("[tor-1]"), unread.getMessage());
      new FormerPorts(journal, "tor-1").found();
      assertEquals(101, segments.vlan(pooled, Optional.empty()));
    }
  }

  /** Nobody would ever read it. */
  @Test
  void aSwitchThatHasLeftTheFileKeepsNoVlanForGood() {
    try (Journal journal = Journal.open(folder.resolve("j"))) {
      FormerPorts.lose(journal, "tor-1");
      FormerPorts.lose(journal, "tor-9");
      FormerPorts gone = new FormerPorts(journal, "tor-9");
      Instant now = Instant.EPOCH.plusSeconds(60);
      gone.inherit(Set.of(new PortClaim("tor-9", "Ethernet1", 100)), now);
      gone.inherit(Set.of(new PortClaim("tor-9", "Ethernet1", 101)), now.plusSeconds(1));
      new FormerPorts(journal, "tor-1")
          .inherit(Set.of(new PortClaim("tor-1", "Ethernet1", 102)), Instant.EPOCH);
      FormerPorts.forgetOthers(journal, Set.of("tor-1"), now);
      assertEquals(Set.of("tor-1"), FormerPorts.lost(journal));
      assertEquals(Set.of(101, 102), FormerPorts.inherited(journal));
    }
  }

  @Test
  void noVlanIsEverTwoServices() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      Path file = folder.resolve("j" + seed);
      Map<Integer, String> owners = new HashMap<>();
      for (int restart = 0; restart < 3; restart++) {
        List<FabricService> services = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          if (random.nextBoolean() || i == 0) {
            services.add(service("s" + i, "100-103"));
          }
        }
        try (Journal journal = Journal.open(file)) {
          Segments segments = new Segments(fabric(services.toArray(FabricService[]::new)), journal);
          for (FabricService service : services) {
            try {
              int vlan = segments.vlan(service, Optional.empty());
              assertEquals(
                  service.name(),
                  owners.computeIfAbsent(vlan, v -> service.name()),
                  "seed " + seed);
            } catch (Failure e) {
              assertEquals(Failure.Kind.EXHAUSTED, e.kind(), "seed " + seed);
            }
          }
        }
      }
    }
  }
}

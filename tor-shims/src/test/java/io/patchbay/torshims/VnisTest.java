package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VnisTest {
  private final BrittleMap kept = new BrittleMap();

  private static FabricService service(String name, String vlans, int vniBase) {
    return new FabricService(
        name,
        "ETHERNET",
        List.of(vlans),
        new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of()),
        List.of(),
        0,
        FabricService.Port.NONE,
        List.of(),
        new Evpn(vniBase, 65000));
  }

  /** Of switches tor-1 and tor-2. */
  private Segments segments(FabricService... services) {
    FabricServices fabric =
        new FabricServices("example.com", 4094, List.of(services), NodeIdentities.USUAL);
    Segments segments = new Segments(fabric, kept);
    for (String tor : List.of("tor-1", "tor-2")) {
      var unused = fabric.evpn(tor, segments.services()).where(tor, kept);
    }
    return segments;
  }

  private static Failure refused(Segments segments, FabricService service) {
    return assertThrows(Failure.class, () -> segments.vlan(service, Optional.empty()));
  }

  private static VlanNames.Holder holder(Segments segments, FabricService service, int vlan) {
    return segments.holder(service.segment(vlan).orElseThrow());
  }

  /** It has left the file, and is on a switch that is away; the other would have its VNI 10100. */
  @Test
  void aVniIsAnothersOnlyOnceEachSwitchHasShownThatItIsGone() {
    FabricService red = service("red", "100", 10000);
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
    FabricService blue = service("blue", "200", 9900);
    for (int restart = 0; restart < 2; restart++) {
      Segments segments = segments(blue);
      assertEquals(
          "no segment for service blue with VLAN 200: VNI 10100 of network-instance patchbay-blue"
              + " is still reserved for network-instance patchbay-red, and switches [tor-1, tor-2]"
              + " have not told whether; wait until that is gone from all switches, or choose"
              + " another evpn.vniBase",
          segments.objection(blue).orElse(""));
      assertEquals(Failure.Kind.CONFLICT, refused(segments, blue).kind());
      assertTrue(segments.asksForVnis("tor-1"));
      segments.hearVnis("tor-1", Map.of());
      assertTrue(refused(segments, blue).getMessage().contains("switches [tor-2] have not told"));
      segments.hearVnis("tor-2", Map.of(10100, "patchbay-red"));
      assertTrue(
          refused(segments, blue).getMessage().contains("which is on switches [tor-2]; wait"));
    }
    Segments segments = segments(blue);
    segments.hearVnis("tor-1", Map.of());
    segments.hearVnis("tor-2", Map.of());
    assertEquals(Optional.empty(), segments.objection(blue));
    assertEquals(200, segments.vlan(blue, Optional.empty()));
    FabricService both = service("red", "100", 10000);
    assertEquals(Failure.Kind.CONFLICT, refused(segments(both), both).kind(), "it is blue's now");
  }

  /** Nobody is asked for ever. */
  @Test
  void aSwitchIsAskedOnceAndAgainWhileSomethingIsToGo() {
    FabricService red = service("red", "100", 10000);
    Segments segments = segments(red);
    assertTrue(segments.asksForVnis("tor-1"));
    segments.hearVnis("tor-1", Map.of(10100, "patchbay-red"));
    assertFalse(segments.asksForVnis("tor-1"));
    assertFalse(segments.asksForVnis("tor-9"), "it has never had a segment");
    segments.hearVnis("tor-1", Map.of(10100, "patchbay-red", 10200, "patchbay-gone"));
    assertTrue(segments.asksForVnis("tor-1"), "nobody is to have that");
  }

  /** It cannot be asked any more: what it carries still keeps the VNI, and nothing else does. */
  @Test
  void aSwitchThatCannotBeAskedAnyMoreIsWaitedForWhileSomethingOfItIsOwned() {
    FabricService red = service("red", "100", 10000);
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
    kept.put("former/tor-2/Ethernet1", "{}");
    FabricService blue = service("blue", "200", 9900);
    Segments segments = segments(blue);
    EvpnServices.keepMarks(kept, Set.of("tor-1"));
    segments.hearVnis("tor-1", Map.of());
    assertTrue(refused(segments, blue).getMessage().contains("switches [tor-2] can never tell"));
    EvpnServices.keepMarks(kept, Set.of("tor-1", "tor-2"));
    assertTrue(refused(segments, blue).getMessage().contains("switches [tor-2] have not told"));
    kept.remove("former/tor-2/Ethernet1");
    EvpnServices.keepMarks(kept, Set.of("tor-1"));
    assertEquals(Set.of("tor-1"), EvpnServices.switches(kept));
    segments.hearVnis("tor-1", Map.of());
    assertEquals(200, segments.vlan(blue, Optional.empty()));
  }

  /** It moves by its own: its clients are on the old VNI where a switch is away. */
  @Test
  void aServiceThatGetsAnotherVniKeepsTheFirstToo() {
    FabricService red = service("red", "100", 10000);
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
    FabricService moved = service("red", "100", 20000);
    FabricService blue = service("blue", "200", 9900);
    Segments segments = segments(moved, blue);
    assertEquals(VlanNames.Holder.ITSELF, holder(segments, moved, 100));
    assertEquals(Failure.Kind.CONFLICT, refused(segments, blue).kind());
    assertEquals(VlanNames.Holder.ANOTHER, holder(segments, blue, 200), "nor may a switch have it");
  }

  @Test
  void aPoolGivesWhatHasAFreeVni() {
    FabricService red = service("red", "100", 10000);
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
    FabricService blue = service("blue", "200-201", 9900);
    Segments segments = segments(blue);
    assertEquals(Optional.empty(), segments.objection(blue));
    assertEquals(201, segments.vlan(blue, Optional.empty()));
  }

  /** Else the port would be told, and a crash would leave nobody who knows. */
  @Test
  void noVlanIsGivenWhoseVniCannotBeWrittenDown() {
    FabricService red = service("red", "100-101", 10000);
    Segments segments = segments(red);
    kept.away(true);
    assertEquals(Failure.Kind.UNAVAILABLE, refused(segments, red).kind());
    assertEquals(Optional.empty(), segments.service(100));
    assertEquals(VlanNames.Holder.NOBODY, holder(segments, red, 100));
  }

  /** It got its {@code evpn} while they were there. */
  @Test
  void whoeverHasTheVlanKeepsItWhileTheVniIsAnothers() {
    FabricService red = service("red", "100", 10000);
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
    kept.put("segment/blue", "200");
    FabricService blue = service("blue", "200", 9900);
    Segments segments = segments(blue);
    assertEquals(200, segments.vlan(blue, Optional.of(200)));
    assertEquals(VlanNames.Holder.ANOTHER, holder(segments, blue, 200));
    assertEquals(Failure.Kind.CONFLICT, refused(segments, blue).kind());
    Failure other = assertThrows(Failure.class, () -> segments.vlan(blue, Optional.of(100)));
    assertEquals(Failure.Kind.CONFLICT, other.kind());
  }

  /** Its journal is of a build that kept no VNIs, and was started while a switch was unread. */
  @Test
  void whoeverHasTheVlanKeepsItWhileASwitchIsUnread() {
    kept.put("segment/red", "100");
    kept.put("evpn/tor-1", "asked for segments");
    FormerPorts.lose(kept, "tor-3");
    FabricService red = service("red", "100", 10000);
    Segments segments = segments(red);
    assertEquals(VlanNames.Holder.NOBODY, holder(segments, red, 100), "it stays where it is");
    assertEquals(100, segments.vlan(red, Optional.of(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, refused(segments, red).kind());
    segments.hearVnis("tor-1", Map.of(10100, "patchbay-red"));
    assertEquals(VlanNames.Holder.ITSELF, holder(segments, red, 100));
    assertEquals(100, segments.vlan(red, Optional.empty()));
  }

  // ---- the disk was found empty ----

  /** No service with {@code evpn} can be had there, so it is not asked either. */
  @Test
  void aVniDoesNotWaitForASwitchThatHasNoSegments() {
    FormerPorts.lose(kept, "tor-9");
    FabricService red =
        new FabricService(
            "red",
            "ETHERNET",
            List.of("100"),
            new Addressing("10.0.0.0/24", "10.0.0.1", List.of(), List.of()),
            List.of("tor-1", "tor-2"),
            0,
            FabricService.Port.NONE,
            List.of(),
            new Evpn(10000, 65000));
    assertEquals(VlanNames.Holder.ITSELF, holder(segments(red), red, 100), "at the start");
    kept.remove("vni/10100");
    assertEquals(100, segments(red).vlan(red, Optional.empty()));
  }

  @Test
  void noVniIsGivenBeforeEachSwitchHasToldWhatItHas() {
    FormerPorts.lose(kept, "tor-1");
    FabricService blue = service("blue", "200", 9900);
    Segments segments = segments(blue);
    Failure unread = refused(segments, blue);
    assertEquals(Failure.Kind.UNAVAILABLE, unread.kind());
    assertTrue(unread.getMessage().contains("switches [tor-1] have not been read"));
    segments.hearVnis("tor-1", Map.of(10100, "patchbay-red"));
    new FormerPorts(kept, "tor-1").found();
    assertTrue(refused(segments, blue).getMessage().contains("patchbay-red"), "it is gone's");
    assertTrue(kept.entries().containsKey("vni/10100"), "also after the next start");
  }

  /** A switch that is read is enough for whoever had it, for clients live there. */
  @Test
  void whatASwitchTellsIsItsServicesAgainBeforeAllAreRead() {
    FormerPorts.lose(kept, Set.of("tor-1", "tor-2"));
    FabricService red = service("red", "100", 10000);
    Segments segments = segments(red);
    segments.hearVnis("tor-1", Map.of(10100, "patchbay-red"));
    new FormerPorts(kept, "tor-1").found();
    assertEquals(100, segments.vlan(red, Optional.empty()));
  }
}

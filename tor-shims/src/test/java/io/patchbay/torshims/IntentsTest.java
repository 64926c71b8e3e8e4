package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.torshims.lease.FakeIntents;
import io.patchbay.torshims.lease.FakeLease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntentsTest {
  private static final Set<String> SWITCHES = Set.of("tor-1", "tor-1/a", "tor-2");
  private static final Map<String, String> OWNED =
      Map.of(
          "former/tor-1/Ethernet1/1", "{\"raw\":\"by hand\",\"parkingVlan\":0}",
          "former/gone/Ethernet1", "{\"raw\":\"by hand\",\"parkingVlan\":0}",
          "heir/tor-1/a/Ethernet1/100", "2026-01-01T00:00:00Z",
          "segment/tor-1", "100",
          "vni/10100", "patchbay-tor-1",
          "persist", "mine");

  @TempDir private Path folder;
  private final FakeIntents store = new FakeIntents();
  private Journal journal;

  @BeforeEach
  void open() {
    journal = Journal.open(folder.resolve("fabric"));
  }

  @AfterEach
  void close() {
    journal.close();
  }

  private DurableMap intents() {
    return intents(journal, store);
  }

  private static DurableMap intents(Journal journal, FakeIntents store) {
    return Intents.open(journal, new FakeLease().inMemory(store), SWITCHES, () -> {});
  }

  /** But for what says that it is there. */
  private static Map<String, String> known(DurableMap intents) {
    Map<String, String> known = new TreeMap<>(intents.entries());
    known.keySet().removeIf(key -> key.startsWith("known/") || key.startsWith("here/"));
    return known;
  }

  @Test
  void withoutAnythingInCommonItIsTheFolder() {
    assertSame(journal, Intents.open(journal, new FakeLease(), SWITCHES, () -> {}));
    assertEquals(Map.of(), journal.entries());
  }

  @Test
  void whatTheFolderKnowsMovesAndWhatIsOfThisReplicaStays() {
    Map<String, String> own = Map.of("folder", "f", "link/tor-1/Ethernet1", "up", "undo/tor-1", "");
    journal.putAll(OWNED);
    journal.putAll(own);
    assertEquals(OWNED, known(intents()));
    assertEquals(own, journal.entries());
    assertEquals(OWNED, known(intents()), "nor is it lost by the next");
  }

  /** A build before had it there while the rest was in common. */
  @Test
  void whichSwitchesMayHaveSegmentsMovesWheneverItIsFound() {
    journal.putAll(OWNED);
    var unused = intents();
    journal.put("evpn/tor-2", "asked for segments");
    assertTrue(EvpnServices.isMarked("tor-2", intents()));
    assertEquals(Map.of(), journal.entries());
    assertEquals(Set.of("tor-2"), EvpnServices.switches(intents()));
    assertEquals("100", intents().entries().get("segment/tor-1"));
  }

  /** Somebody has gone back to a lease that keeps nothing, and come again. */
  @Test
  void whatTheFolderKnowsGoesBeforeWhatIsInCommon() {
    intents().putAll(Map.of("former/tor-2/Ethernet7", "old", "persist", "old"));
    journal.putAll(OWNED);
    assertEquals(OWNED, known(intents()));
  }

  /** Its process is killed between any two lines that it takes out of its journal. */
  @Test
  void whatHasMovedIsThereWheneverTheFolderIsLeftHalfEmptied() {
    for (int lines = 0; lines <= OWNED.size(); lines++) {
      FakeIntents store = new FakeIntents();
      DyingStorage storage = new DyingStorage();
      try (Journal dying = Journal.open(storage)) {
        dying.putAll(OWNED);
        storage.left = lines;
        try {
          var unused = intents(dying, store);
        } catch (Failure e) {
          storage.left = Integer.MAX_VALUE; // it is started anew
        }
      }
      try (Journal next = Journal.open(storage)) {
        assertEquals(OWNED, known(intents(next, store)), "after " + lines);
        assertEquals(Map.of(), next.entries());
      }
    }
  }

  /** Takes so many lines, and fails then. */
  private static final class DyingStorage implements Journal.Storage {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int left = Integer.MAX_VALUE;

    @Override
    public byte[] read() {
      return bytes.toByteArray();
    }

    @Override
    public void truncate(long size) {
      assertEquals(bytes.size(), size);
    }

    @Override
    public void append(byte[] line) throws IOException {
      if (left-- <= 0) {
        throw new IOException("killed");
      }
      bytes.write(line);
    }

    @Override
    public void force() {}

    @Override
    public void replace(byte[] whole, boolean durable) {
      bytes.reset();
      bytes.writeBytes(whole);
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public void close() {}
  }

  /** As if its disk were lost; of the others everything is known. */
  @Test
  void aSwitchOfWhichSomebodyHasRemovedWhatWasKeptIsReadAnew() {
    journal.putAll(OWNED);
    assertEquals(Set.of(), FormerPorts.lost(intents()));
    store.delete("tor-1/a");
    DurableMap left = intents();
    assertEquals(Set.of("tor-1/a"), FormerPorts.lost(left));
    assertTrue(left.entries().containsKey("former/tor-1/Ethernet1/1"));
    assertEquals(Map.of(), new FormerPorts(left, "tor-1/a").heirs(), "it was with that switch");
    assertEquals(Set.of("Ethernet1/1"), new FormerPorts(left, "tor-1").ports());
  }

  /** Its process is killed before it has written all that says that they are there. */
  @Test
  void aSwitchThatWasAboutToBeKnownIsNotLost() {
    journal.putAll(OWNED);
    store.refuses("here/tor-2");
    assertThrows(Failure.class, this::intents);
    store.refuses("");
    assertEquals(Set.of(), FormerPorts.lost(intents()));
  }

  @Test
  void onlyASwitchThatHasPortsCanHaveOrphans() {
    journal.putAll(OWNED);
    DurableMap intents = intents();
    FormerPorts.orphan(intents, SWITCHES);
    assertTrue(new FormerPorts(intents, "tor-1").areOrphaned());
    assertTrue(!new FormerPorts(intents, "tor-2").areOrphaned());
  }
}

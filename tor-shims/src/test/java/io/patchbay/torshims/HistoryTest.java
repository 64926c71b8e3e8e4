package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.torshims.History.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("history");
  }

  private static Event event(String switchName, int number) {
    return new Event(
        "2026-01-01T00:00:00Z",
        switchName,
        "Ethernet" + number,
        "take",
        List.of("c" + number),
        "access VLAN 10",
        "trunk VLANs 100",
        "done");
  }

  @Test
  void outlivesTheProcess() {
    History.in(file).add(List.of(event("tor-1", 1), event("tor-2", 2)));
    History.in(file).add(List.of(event("tor-1", 3)));
    History later = History.in(file);
    assertEquals(
        List.of(event("tor-1", 1), event("tor-2", 2), event("tor-1", 3)), later.latest("", 10));
    assertEquals(List.of(event("tor-2", 2), event("tor-1", 3)), later.latest("", 2));
    assertEquals(List.of(event("tor-1", 1), event("tor-1", 3)), later.latest("tor-1", 10));
  }

  @Test
  void keepsTheLatestInBoundedRoom() throws IOException {
    History history = History.in(file, 2000);
    for (int i = 0; i < 500; i++) {
      history.add(List.of(event("tor-1", i)));
    }
    try (var files = Files.list(folder)) {
      long bytes = files.mapToLong(each -> each.toFile().length()).sum();
      assertTrue(bytes < 5000, bytes + " bytes");
    }
    List<Event> kept = history.latest("", 1000);
    assertTrue(kept.size() >= 9, kept.size() + " events");
    assertEquals(event("tor-1", 499), kept.getLast());
    assertEquals(event("tor-1", 500 - kept.size()), kept.getFirst());
  }

  @Test
  void aTornLineIsLeftOut() throws IOException {
    History.in(file).add(List.of(event("tor-1", 1)));
    Files.writeString(file, "{\"at\": \"20\n", StandardOpenOption.APPEND);
    History.in(file).add(List.of(event("tor-1", 2)));
    assertEquals(List.of(event("tor-1", 1), event("tor-1", 2)), History.in(file).latest("", 10));
  }

  @Test
  void whatComesBehindATornLineIsNotTornWithIt() throws IOException {
    History.in(file).add(List.of(event("tor-1", 1)));
    Files.writeString(file, "{\"at\": \"20", StandardOpenOption.APPEND);
    History.in(file).add(List.of(event("tor-1", 2)));
    assertEquals(List.of(event("tor-1", 1), event("tor-1", 2)), History.in(file).latest("", 10));
  }

  private static Event begun(Event event) {
    return new Event(
        event.at(),
        event.switchName(),
        event.port(),
        event.cause(),
        event.connections(),
        "",
        event.after(),
        History.BEGUN);
  }

  @Test
  void whatWasBegunIsToldUntilItsEndIs() {
    Event one = begun(event("tor-1", 1));
    Event two = begun(event("tor-1", 2));
    History.in(file).add(List.of(one, two, event("tor-1", 1)));
    History later = History.in(file);
    assertEquals(List.of(two, event("tor-1", 1)), later.latest("", 10));
    assertEquals(Map.of("Ethernet2", two), later.begun("tor-1"));
    assertEquals(Map.of(), later.begun("tor-2"));
  }

  @Test
  void aDiskThatRefusesStopsNobody() {
    History history = History.in(folder.resolve("no such folder").resolve("history"));
    history.add(List.of(event("tor-1", 1)));
    assertEquals(List.of(), history.latest("", 10));
  }

  @Test
  void aByteThatIsNoTextCostsOnlyItsLine() throws IOException {
    History.in(file).add(List.of(begun(event("tor-1", 1))));
    Files.write(file, new byte[] {'{', (byte) 0xff, '\n'}, StandardOpenOption.APPEND);
    Files.writeString(file, "null\n{}\n", StandardOpenOption.APPEND);
    History.in(file).add(List.of(event("tor-1", 2)));
    History later = History.in(file);
    assertEquals(Map.of("Ethernet1", begun(event("tor-1", 1))), later.begun("tor-1"));
    assertEquals(List.of(begun(event("tor-1", 1)), event("tor-1", 2)), later.latest("", 10));
  }

  @Test
  void aFileThatCannotBeReadKeepsNobodyFromStarting() throws IOException {
    Files.createDirectory(file);
    History history = History.in(file);
    assertEquals(Map.of(), history.begun("tor-1"));
    Failure failure = assertThrows(Failure.class, () -> history.latest("", 10));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
  }
}

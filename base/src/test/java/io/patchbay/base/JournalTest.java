package io.patchbay.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("state/session.journal");
  }

  @Test
  void knowsAfterReopeningWhatWasPutAndNotWhatWasRemoved() {
    try (Journal journal = Journal.open(file())) {
      journal.put("a", "1");
      journal.put("b", "2");
      journal.put("a", "3");
      journal.remove("b");
    }
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("a", "3"), journal.entries());
    }
  }

  /** A name from outside may be cut in the middle of a character. */
  @Test
  void keepsTextThatUtf8CannotSay() {
    Map<String, String> odd =
        Map.of("half-\ud83d", "\ude00\ud83d", "whole-\ud83d\ude00", "\u00e9\n");
    try (Journal journal = Journal.open(file())) {
      odd.forEach(journal::put);
    }
    try (Journal journal = Journal.open(file())) {
      assertEquals(odd, journal.entries());
    }
  }

  @Test
  void dropsATornLastLine() throws IOException {
    try (Journal journal = Journal.open(file())) {
      journal.put("a", "1");
    }
    Files.writeString(file(), "0badc0de {\"k\":\"b\"", StandardOpenOption.APPEND);
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("a", "1"), journal.entries());
      journal.put("c", "2");
    }
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("a", "1", "c", "2"), journal.entries());
    }
  }

  @Test
  void namesADamagedLineInTheMiddle() throws IOException {
    try (Journal journal = Journal.open(file())) {
      journal.put("a", "1");
      journal.put("b", "2");
    }
    Files.writeString(file(), Files.readString(file()).replaceFirst("\"1\"", "\"9\""));
    Failure failure = assertThrows(Failure.class, () -> Journal.open(file()));
    assertTrue(failure.getMessage().contains("session.journal:1: damaged"), failure.getMessage());
  }

  @Test
  void refusesASecondOpener() {
    try (Journal journal = Journal.open(file())) {
      journal.put("a", "1");
      Failure failure = assertThrows(Failure.class, () -> Journal.open(file()));
      assertEquals(Failure.Kind.CONFLICT, failure.kind());
    }
  }

  @Test
  void isCompactedAndKeepsWhatCounts() throws IOException {
    String big = "x".repeat(100_000);
    try (Journal journal = Journal.open(file())) {
      journal.put("keep", "me");
      for (int i = 0; i < 50; i++) {
        journal.put("big", big + i);
      }
    }
    assertTrue(Files.size(file()) < 1 << 20, "compacted: " + Files.size(file()));
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("keep", "me", "big", big + 49), journal.entries());
    }
  }

  /** Killed between the snapshot's first byte and its rename. */
  @Test
  void aSnapshotThatWasNeverFinishedCountsForNothing() throws IOException {
    String big = "x".repeat(100_000);
    try (Journal journal = Journal.open(file())) {
      journal.put("keep", "me");
    }
    Path next = file().resolveSibling(file().getFileName() + ".next");
    Files.writeString(next, "0badc0de {\"k\":\"kee".repeat(100_000));
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("keep", "me"), journal.entries());
      for (int i = 0; i < 50; i++) {
        journal.put("big", big + i);
      }
    }
    assertFalse(Files.exists(next), "renamed");
    try (Journal journal = Journal.open(file())) {
      assertEquals(Map.of("keep", "me", "big", big + 49), journal.entries());
    }
  }

  @Test
  void concurrentWritersLoseNothing() throws InterruptedException {
    try (Journal journal = Journal.open(file())) {
      List<Thread> writers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int id = i;
        writers.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (int n = 0; n < 20; n++) {
                    journal.put("k" + id, "v" + n);
                  }
                }));
      }
      for (Thread writer : writers) {
        writer.join();
      }
    }
    try (Journal journal = Journal.open(file())) {
      assertEquals(16, journal.entries().size());
      assertTrue(journal.entries().values().stream().allMatch("v19"::equals));
    }
  }

  @Test
  void whatOutlivesTheProcessOnlyIsThereInTheSameBoot() {
    try (Journal journal = Journal.open(file(), Journal.Durability.PROCESS)) {
      journal.put("a", "1");
      journal.put("b", "2");
      journal.remove("b");
    }
    try (Journal journal = Journal.open(file(), Journal.Durability.PROCESS)) {
      assertEquals(Map.of("a", "1"), journal.entries());
    }
  }

  @Test
  void whatAnEarlierBootLeftIsVoidHoweverDamagedItIs() throws IOException {
    try (Journal journal = Journal.open(file(), Optional.of("first-boot"))) {
      journal.put("a", "1");
      journal.put("b", "2");
    }
    Files.writeString(file(), Files.readString(file()).replaceFirst("\"1\"", "\"9\""));
    try (Journal journal = Journal.open(file(), Optional.of("second-boot"))) {
      assertEquals(Map.of(), journal.entries());
      journal.put("c", "3");
    }
    try (Journal journal = Journal.open(file(), Optional.of("second-boot"))) {
      assertEquals(Map.of("c", "3"), journal.entries());
    }
    try (Journal journal = Journal.open(file(), Optional.of("first-boot"))) {
      assertEquals(Map.of(), journal.entries());
    }
  }

  @Test
  void whatThisBootDamagedIsAnErrorThatNamesTheLine() throws IOException {
    try (Journal journal = Journal.open(file(), Journal.Durability.PROCESS)) {
      journal.put("a", "1");
      journal.put("b", "2");
    }
    Files.writeString(file(), Files.readString(file()).replaceFirst("\"1\"", "\"9\""));
    Failure failure =
        assertThrows(Failure.class, () -> Journal.open(file(), Journal.Durability.PROCESS));
    assertTrue(failure.getMessage().contains("session.journal:2: damaged"), failure.getMessage());
  }

  @Test
  void aCompactedJournalStillNamesItsBoot() throws IOException {
    String big = "x".repeat(100_000);
    try (Journal journal = Journal.open(file(), Journal.Durability.PROCESS)) {
      journal.put("keep", "me");
      for (int i = 0; i < 50; i++) {
        journal.put("big", big + i);
      }
    }
    assertTrue(Files.size(file()) < 2_000_000, "compacted to " + Files.size(file()));
    try (Journal journal = Journal.open(file(), Journal.Durability.PROCESS)) {
      assertEquals(Map.of("keep", "me", "big", big + 49), journal.entries());
    }
  }

  /** A disk that fails when it is told to. */
  private static final class Disk implements Journal.Storage {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean forceFails;
    private boolean replaceFails;
    private int replaced;
    private int forced;
    private int forces;
    private int forcedSoon;

    @Override
    public byte[] read() {
      return bytes.toByteArray();
    }

    @Override
    public void truncate(long length) {
      assertEquals(bytes.size(), length);
    }

    @Override
    public void append(byte[] line) {
      bytes.writeBytes(line);
    }

    @Override
    public void force() throws IOException {
      if (forceFails) {
        forceFails = false;
        throw new IOException("Input/output error");
      }
      forced = bytes.size();
      forces++;
    }

    @Override
    public void forceSoon() {
      forcedSoon = bytes.size();
    }

    @Override
    public void replace(byte[] whole, boolean durable) throws IOException {
      if (replaceFails) {
        throw new IOException("No space left on device");
      }
      replaced++;
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

  @Test
  void whatIsWrittenIsWrittenEvenIfItCannotBeCompacted() {
    Disk disk = new Disk();
    disk.replaceFails = true;
    Journal journal = Journal.open(disk);
    String large = "x".repeat(1 << 20);
    for (int i = 0; i < 6; i++) {
      journal.put("k", large + i);
    }
    assertEquals(Map.of("k", large + 5), journal.entries());
    disk.replaceFails = false;
    for (int i = 6; i < 10; i++) {
      journal.put("k", large + i);
    }
    assertEquals(1, disk.replaced);
    assertEquals(Map.of("k", large + 9), Journal.open(disk).entries());
  }

  @Test
  void afterAForceThatFailedAllIsWrittenAnew() {
    Disk disk = new Disk();
    Journal journal = Journal.open(disk);
    journal.put("a", "1");
    disk.forceFails = true;
    assertThrows(Failure.class, () -> journal.put("b", "2"));
    assertEquals(0, disk.replaced);
    journal.put("c", "3");
    assertEquals(1, disk.replaced);
    journal.put("d", "4");
    assertEquals(1, disk.replaced);
    assertEquals(Map.of("a", "1", "b", "2", "c", "3", "d", "4"), Journal.open(disk).entries());
  }

  @Test
  void aFolderThatIsMadeForItIsItsOwnersAlone() throws IOException {
    Path made = folder.resolve("a/b");
    Journal.open(made.resolve("journal")).close();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
    Journal.open(open.resolve("journal")).close();
    assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(open)));
  }

  @Test
  void whatARebootMakesVoidDoesNotWaitForTheDisk() {
    Disk disk = new Disk();
    Journal journal = Journal.open(disk);
    journal.put("a", "1");
    int before = disk.forced;
    journal.putUntilReboot("b", "2");
    assertEquals(before, disk.forced);
    assertEquals(disk.bytes.size(), disk.forcedSoon);
    assertEquals(Map.of("a", "1", "b", "2"), Journal.open(disk).entries());
    journal.put("c", "3");
    assertEquals(disk.bytes.size(), disk.forced);
  }

  @Test
  void severalKeysWaitForTheDiskOnce() {
    Disk disk = new Disk();
    Journal journal = Journal.open(disk);
    int forces = disk.forces;
    journal.putAll(Map.of("a", "1", "b", "2", "c", "3"));
    assertEquals(disk.bytes.size(), disk.forced);
    journal.removeAll(List.of("a", "c", "unknown"));
    assertEquals(disk.bytes.size(), disk.forced);
    assertEquals(forces + 2, disk.forces);
    assertEquals(Map.of("b", "2"), Journal.open(disk).entries());
  }

  @Test
  void whatAnEarlierProcessDidNotForceIsForcedFirst() {
    Disk disk = new Disk();
    Journal.open(disk).putUntilReboot("a", "1");
    assertEquals(0, disk.forced);
    var unused = Journal.open(disk);
    assertEquals(disk.bytes.size(), disk.forced);
  }

  @Test
  void afterAForceThatFailedNothingIsLeftForLater() {
    Disk disk = new Disk();
    Journal journal = Journal.open(disk);
    disk.forceFails = true;
    assertThrows(Failure.class, () -> journal.put("a", "1"));
    journal.putUntilReboot("b", "2");
    assertEquals(1, disk.replaced);
  }
}

package io.patchbay.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalKeysTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void areThoseOfAJournalThatIsOpen(Journal.Durability durability) throws IOException {
    Path file = folder.resolve("journal");
    try (Journal journal = Journal.open(file, durability)) {
      assertEquals(Set.of(), JournalKeys.of(file));
      journal.put("a", "1");
      journal.put("b", "{}");
      journal.put("a", "2");
      assertEquals(Set.of("a", "b"), JournalKeys.of(file));
      journal.remove("a");
      assertEquals(Set.of("b"), JournalKeys.of(file));
    }
    Files.writeString(file, "0badc0de {\"k\":\"c\",", StandardOpenOption.APPEND);
    assertEquals(Set.of("b"), JournalKeys.of(file));
  }
}

package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Journal;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UndoLogTest {
  @TempDir private Path folder;

  @Test
  void whatWasBegunOnASwitchThatIsInTheFileNoMoreIsForgotten() {
    try (Journal journal = Journal.open(folder.resolve("fabric"))) {
      new UndoLog(journal, "tor-1").settled();
      new UndoLog(journal, "tor-2").settled();
      journal.put("former/tor-2/Ethernet1", "kept");
      UndoLog.forgetOthers(journal, Set.of("tor-1"));
      assertEquals(Set.of("undo/tor-1", "former/tor-2/Ethernet1"), journal.entries().keySet());
    }
  }
}

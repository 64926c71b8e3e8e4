package io.patchbay.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracesTest {
  @TempDir Path folder;

  @Test
  void areFilesFoldersAndWhatIsWrittenInLedgers() throws IOException {
    try (Journal ledger = Journal.open(folder.resolve("manager/ledger"))) {
      ledger.put("boot", "1");
      Set<String> before = files();
      assertEquals(List.of(), Traces.left(before, files()));
      ledger.put("0000:5e:10.3", "{}");
      Files.createFile(Files.createDirectory(folder.resolve("pod")).resolve("netns"));
      Files.createFile(folder.resolve("manager/history"));
      assertEquals(
          List.of(
              "entry node-2 manager/ledger 0000:5e:10.3",
              "file node-2 pod/",
              "file node-2 pod/netns"),
          Traces.left(before, files()));
      ledger.remove("0000:5e:10.3");
      Files.delete(folder.resolve("pod/netns"));
      Files.delete(folder.resolve("pod"));
      assertEquals(List.of(), Traces.left(before, files()));
    }
  }

  private Set<String> files() {
    Set<String> lines = new TreeSet<>();
    Traces.files("node-2", folder, lines);
    return lines;
  }
}

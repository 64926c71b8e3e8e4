package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CablesFileTest {
  @TempDir Path folder;
  private final FakeTime time = new FakeTime();

  private void write(String port) throws IOException {
    Files.writeString(
        folder.resolve("cables.yaml"),
        "cables:\n- {node: n, pfMac: '02:00:00:00:00:01', switch: tor-1, port: %s}\n"
            .formatted(port));
  }

  private static String port(CablesFile file) {
    return file.cables().cables().getFirst().port();
  }

  @Test
  void isReadAgainAndABrokenOneChangesNothing() throws IOException {
    CablesFile file = new CablesFile(folder.resolve("cables.yaml"), time);
    assertEquals(CableMap.NONE, file.cables(), "a missing file keeps nobody from starting");
    assertTrue(file.problem().orElseThrow().contains("cables.yaml"));
    write("Ethernet1");
    time.advance(CablesFile.INTERVAL);
    assertEquals("Ethernet1", port(file));
    assertEquals(Optional.empty(), file.problem());
    write("Ethernet2");
    assertEquals("Ethernet1", port(file), "not read at each look at a carrier");
    time.advance(CablesFile.INTERVAL);
    assertEquals("Ethernet2", port(file));
    Files.writeString(folder.resolve("cables.yaml"), "cables: 7");
    time.advance(CablesFile.INTERVAL);
    assertEquals("Ethernet2", port(file));
    assertTrue(file.problem().orElseThrow().endsWith("the cables known before stand"));
  }
}

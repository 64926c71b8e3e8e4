package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileLeaseTest extends LeaseContractTest {
  @TempDir private Path folder;

  @Override
  Lease replica(String name) {
    return new FileLease(file(), name);
  }

  private Path file() {
    return folder.resolve("state").resolve("writer.lock");
  }

  /** Another process: takes it, says so, and waits for its end. */
  static final class Other {
    private Other() {}

    static void main(String[] arguments) throws IOException {
      boolean taken = new FileLease(Path.of(arguments[0]), "the other process").take();
      System.out.println(taken ? "taken" : "not taken");
      var unused = System.in.read();
    }
  }

  private Process other() throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Other.class.getName(),
            file().toString());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String answer(Process process) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    return String.valueOf(out.readLine());
  }

  @Test
  void theKernelTakesItFromAProcessThatIsKilled() throws IOException, InterruptedException {
    Process holder = other();
    assertEquals("taken", answer(holder));
    Lease mine = replica("me");
    assertFalse(mine.take());
    assertEquals("the other process", mine.holder());
    holder.destroyForcibly().waitFor();
    assertTrue(mine.take());
    Process late = other();
    assertEquals("not taken", answer(late));
    late.destroyForcibly().waitFor();
    assertTrue(mine.take());
    mine.close();
  }

  /** Nobody may remove it; but who does must not end up with two writers. */
  @Test
  void whoeverFindsAnotherFileInItsPlaceHasLostIt() throws IOException {
    Lease first = replica("first");
    assertTrue(first.take());
    Files.move(file(), folder.resolve("elsewhere"));
    assertFalse(first.take());
    Files.createFile(file());
    assertFalse(first.take());
    first.close();
  }

  @Test
  void whoWaitsForAFileThatIsReplacedDoesNotTakeIt() throws IOException {
    Lease first = replica("first");
    Lease second = replica("second");
    assertTrue(first.take());
    assertFalse(second.take());
    Files.delete(file());
    first.close();
    Failure refused = assertThrows(Failure.class, second::take);
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    second.close();
  }

  @Test
  void aFolderThatCannotBeIsToldAtOnce() throws IOException {
    Files.writeString(folder.resolve("state"), "a file");
    Failure refused = assertThrows(Failure.class, () -> replica("me"));
    assertTrue(refused.getMessage().contains(file().toString()), refused.getMessage());
  }

  @Test
  void aHolderNeedsNoClock() {
    Lease lease = replica("me");
    assertTrue(lease.terms().sure().compareTo(Duration.ofDays(300)) > 0);
    lease.close();
  }
}

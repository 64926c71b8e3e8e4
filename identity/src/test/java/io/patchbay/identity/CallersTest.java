package io.patchbay.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a process, and that it is the one that asked. */
class CallersTest {
  private static final String HOST = "net:[4026531840]";
  private static final String POD = "net:[4026532999]";

  @TempDir Path folder;
  private Path pods;

  @BeforeEach
  void start() throws IOException {
    pods = Files.createDirectory(folder.resolve("pods"));
    Files.writeString(pods.resolve("shop_client-0"), POD + "\n");
    process("self", HOST, 1);
  }

  private Path process(String pid, String network, long started) throws IOException {
    Path process = folder.resolve("proc").resolve(pid);
    Files.createDirectories(process.resolve("ns"));
    Files.createSymbolicLink(process.resolve("ns/net"), Path.of(network));
    Files.createSymbolicLink(process.resolve("exe"), Path.of("/opt/java"));
    Files.writeString(process.resolve("cmdline"), "java\0Patchbay\0nsmgr\0");
    Files.writeString(process.resolve("status"), "Name:\tjava\nUid:\t5\t7\t7\t7\n");
    Files.writeString(process.resolve("stat"), line(started));
    return process;
  }

  private static String line(long started) {
    return "12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + started + " 20 21\n";
  }

  private Callers callers() {
    return new Callers(folder.resolve("proc"), new PodNetworks(pods));
  }

  @Test
  void aProcessIsWhatTheKernelAndTheNodeSay() throws IOException {
    var unused = process("12", HOST, 100);
    var pod = process("13", POD, 100);
    var other = process("14", "net:[1]", 100);
    List<String> words = List.of("java", "Patchbay", "nsmgr");
    assertEquals(
        new Caller(12, 7, "/opt/java", words, Rule.Network.host, Optional.empty()),
        callers().look(12));
    assertEquals(Optional.of(new Caller.Pod("shop", "client-0")), callers().look(13).pod());
    assertEquals(Rule.Network.pod, callers().look(13).network());
    assertEquals(Rule.Network.other, callers().look(14).network());
  }

  @Test
  void aNumberThatHasPassedToAnotherProcessIsNotBelieved() throws IOException {
    Path process = process("12", HOST, 100);
    AtomicInteger looks = new AtomicInteger();
    Callers recycled =
        new Callers(folder.resolve("proc"), new PodNetworks(pods)) {
          @Override
          String stat(Path of) throws IOException {
            if (looks.incrementAndGet() == 2) {
              Files.writeString(process.resolve("stat"), line(101));
            }
            return super.stat(of);
          }
        };
    Failure e = assertThrows(Failure.class, () -> recycled.look(12));
    assertEquals(Failure.Kind.DENIED, e.kind());
    assertTrue(
        String.valueOf(e.getMessage()).contains("process 12 has become another one"),
        e.getMessage());
  }

  @Test
  void aProcessThatHasGoneIsNobody() {
    Failure e = assertThrows(Failure.class, () -> callers().look(99));
    assertEquals(Failure.Kind.DENIED, e.kind());
  }
}

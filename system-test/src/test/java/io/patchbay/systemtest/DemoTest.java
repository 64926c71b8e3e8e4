package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Await;
import io.patchbay.base.Json;
import io.patchbay.cli.demo.World;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The demonstration as users start it: it holds, it finds each action that is left out at the step
 * that proves it, and however it ends it leaves nothing on the machine.
 */
class DemoTest {
  private static final Duration WHOLE = Duration.ofMinutes(4);
  private static final Duration SOON = Duration.ofSeconds(20);

  /** 128 and SIGTERM's number, as shells have it. */
  private static final int TERMINATED = 143;

  /** 128 and SIGINT's number. */
  private static final int INTERRUPTED = 130;

  private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

  private static final AtomicInteger TESTS = new AtomicInteger();

  /** Where the demonstration makes its working folder; a short name, as sockets need. */
  private final Path temporary =
      Path.of("/tmp", "t" + ProcessHandle.current().pid() + "-" + TESTS.getAndIncrement());

  @TempDir Path own;
  private Set<String> before = Set.of();

  @BeforeEach
  void look() throws IOException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "needs root: makes namespaces and interfaces");
    var unused = Files.createDirectory(temporary);
    before = machine();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (!Files.exists(temporary)) {
      return; // skipped
    }
    try {
      Set<String> left = machine();
      left.removeAll(before);
      assertEquals(Set.of(), left);
    } finally {
      World.remove(temporary);
    }
  }

  @Test
  void holds() throws Exception {
    assertEquals(0, run(), this::screen);
    JsonNode report = report();
    assertTrue(report.get("ok").asBoolean(), report::toPrettyString);
    for (String wire : List.of("hardware", "second", "kernel")) {
      assertEquals(20, report.at("/" + wire + "/sent").asInt(), wire);
      assertEquals(20, report.at("/" + wire + "/received").asInt(), wire);
    }
    assertEquals(100, report.at("/hardware/vlan").asInt());
    assertEquals(200, report.at("/second/vlan").asInt());
    assertTrue(report.at("/hardware/isolated").asBoolean());
    assertTrue(report.at("/second/isolated").asBoolean());
    assertEquals(
        Json.parseYaml("lost", "{switch: tor-2, sent: 40, received: 40}", JsonNode.class),
        report.get("lost"));
    assertEquals(
        "0/2 nodes are available: 2 Insufficient example.com/10g.",
        report.get("pending_reason").asText());
    assertTrue(
        report
            .get("refused_reason")
            .asText()
            .endsWith("no network service 'nowhere@example.com' is registered"),
        () -> report.get("refused_reason").asText());
    assertTrue(report.get("recovered").asBoolean());
    assertTrue(report.get("exhausted").asBoolean());
    assertEquals(
        Json.parseYaml(
            "clean",
            "{vfs_home: true, switch_restored: true, allocatable_restored: true, leftovers: []}",
            JsonNode.class),
        report.get("clean"));
  }

  @Test
  void holdsOnAnotherRack() throws Exception {
    Path rack = OtherRack.in(own.resolve("other"));
    assertEquals(0, run("--rack", rack.toString()), this::screen);
    JsonNode report = report();
    assertTrue(report.get("ok").asBoolean(), report::toPrettyString);
    assertEquals("left", report.at("/hardware/node").asText());
    assertEquals("right", report.at("/second/node").asText());
    assertTrue(report.at("/hardware/vf").asText().startsWith("0000:af:"), report::toPrettyString);
    assertEquals("swp1", report.at("/hardware/port").asText());
    assertEquals(1100, report.at("/hardware/vlan").asInt());
    assertEquals(1200, report.at("/second/vlan").asInt());
    assertEquals("leaf-8", report.at("/lost/switch").asText());
    assertTrue(report.get("exhausted").asBoolean());
  }

  @ParameterizedTest(name = "--break {0}")
  @CsvSource({
    "port,    cnf-1 reaches myns and nobody else,     pings of cnf-1 answered by myns",
    "home,    another pod on the same NIC goes,       nsm-1 at home",
    "journal, a pod deleted right after is cleaned,   0000:5e:10.0 on node-2 with vlan 200",
  })
  void finds(String broken, String step, String seen) throws Exception {
    assertEquals(1, run("--break", broken), this::screen);
    assertFound(step, seen);
  }

  private void assertFound(String step, String seen) {
    JsonNode report = report();
    assertFalse(report.get("ok").asBoolean());
    JsonNode steps = report.get("steps");
    assertEquals(step, steps.get(steps.size() - 1).get("name").asText(), this::screen);
    String failure = report.get("failure").asText();
    assertTrue(failure.startsWith(step + ": "), failure);
    assertTrue(failure.contains(seen), failure);
  }

  /** What is kept after a failure is there to be looked at, with its report; then all goes. */
  @Test
  void keepsWhatItFoundUntilItIsTold() throws Exception {
    Process demo = start("--break", "tag", "--keep");
    try {
      Await.until("it is kept", WHOLE, () -> screen().contains("Everything is left running"));
      assertFound("cnf-1 reaches myns and nobody else", "cnf-1's VF on VLAN 100");
    } finally {
      stop(demo);
    }
    assertEquals(TERMINATED, demo.exitValue(), this::screen);
  }

  @Test
  void endsAtOnceWhenTold() throws Exception {
    Process demo = start();
    try {
      Await.until("daemons start", SOON, () -> screen().contains("rack powered on"));
    } finally {
      stop(demo);
    }
    assertEquals(TERMINATED, demo.exitValue(), this::screen);
  }

  /** As a terminal does it: everybody in the foreground is interrupted, also who is at it. */
  @Test
  void aSecondControlCChangesNothing() throws Exception {
    Process demo = start();
    try {
      Await.until("daemons start", SOON, () -> screen().contains("rack powered on"));
      interrupt(demo);
      interrupt(demo);
      assertTrue(demo.waitFor(SOON.toSeconds(), TimeUnit.SECONDS), "it ends when interrupted");
    } finally {
      stop(demo);
    }
    assertEquals(INTERRUPTED, demo.exitValue(), this::screen);
  }

  private static void interrupt(Process demo) throws Exception {
    Process kill = new ProcessBuilder("kill", "-INT", "--", "-" + demo.pid()).start();
    assertEquals(0, kill.waitFor());
  }

  private int run(String... arguments) throws Exception {
    Process demo = start(arguments);
    try {
      assertTrue(demo.waitFor(WHOLE.toSeconds(), TimeUnit.SECONDS), this::screen);
      return demo.exitValue();
    } finally {
      stop(demo);
    }
  }

  private static void stop(Process demo) throws InterruptedException {
    demo.destroy();
    assertTrue(demo.waitFor(SOON.toSeconds(), TimeUnit.SECONDS), "it ends when told to");
  }

  private Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=INT", // which a shell keeps from what it runs in the background
                "setsid", // a process group of its own, as a shell gives it
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary,
                "-Dpatchbay.home=" + Sources.ROOT,
                "-cp",
                System.getProperty("java.class.path"),
                "io.patchbay.cli.Patchbay",
                "demo",
                "--report",
                own.resolve("report.json").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(own.resolve("screen").toFile())
        .start();
  }

  private String screen() {
    try {
      return Files.readString(own.resolve("screen"));
    } catch (IOException e) {
      throw new IllegalStateException("no screen", e);
    }
  }

  private JsonNode report() {
    return Json.readFile(own.resolve("report.json"), JsonNode.class);
  }

  /** What others may do on this machine meanwhile is not in here. */
  private Set<String> machine() throws IOException {
    Set<String> all = new TreeSet<>(folders());
    all.addAll(processes());
    try (NetworkNamespace network = NetworkNamespace.own()) {
      network.links().list().stream().map(Link::name).map("link "::concat).forEach(all::add);
    }
    if (Files.isDirectory(NAMED_NAMESPACES)) {
      all.addAll(names(NAMED_NAMESPACES));
    }
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts.filter(mount -> mount.contains(temporary.toString())).forEach(all::add);
    }
    return all;
  }

  private Set<String> folders() {
    return names(temporary);
  }

  private static Set<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      Set<String> names = new TreeSet<>();
      files.map(Path::toString).forEach(names::add);
      return names;
    } catch (IOException e) {
      throw new IllegalStateException("cannot list " + folder, e);
    }
  }

  /** The processes of worlds in our folder: all inside have it in their environment. */
  private Set<String> processes() {
    Set<String> found = new TreeSet<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Path environment = Path.of("/proc", Long.toString(process.pid()), "environ");
      try {
        if (Files.readString(environment, StandardCharsets.ISO_8859_1).contains("=" + temporary)) {
          found.add("process " + process.pid());
        }
      } catch (IOException e) {
        continue; // it has ended meanwhile
      }
    }
    return found;
  }
}

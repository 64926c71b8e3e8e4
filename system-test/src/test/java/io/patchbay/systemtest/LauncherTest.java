package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script on a machine that lacks something: a home, a PATH and JDKs of our own. */
@Timeout(60)
class LauncherTest {
  /** What the script needs itself; none of them is java or mvn. */
  private static final List<String> TOOLS =
      List.of(
          "bash", "dirname", "readlink", "grep", "find", "touch", "mkdir", "mv", "rm", "timeout");

  @TempDir Path folder;
  private final Map<String, String> environment = new TreeMap<>();

  private record Ended(int status, List<String> said, List<String> printed) {}

  @BeforeEach
  void anEmptyMachine() throws IOException {
    Files.copy(
        Sources.ROOT.resolve("patchbay"),
        folder.resolve("patchbay"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    for (String tool : TOOLS) {
      Files.copy(tool(tool), bin.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
    }
    environment.put("PATH", bin.toString());
    environment.put("HOME", folder.toString());
    environment.put("PATCHBAY_JDKS", folder + "/jvm/*");
  }

  private static Path tool(String name) {
    return List.of("/usr/bin", "/bin").stream()
        .map(place -> Path.of(place, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " on this machine"));
  }

  /** A JDK that tells its version, and otherwise the last of what it is to run. */
  private void jdk(String name, String version) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("jvm").resolve(name).resolve("bin"));
    program(
        bin.resolve("java"),
        """
        if [ "$1" = -version ]; then echo 'openjdk version "%s" 2025-09-16' >&2; exit; fi
        echo "%s ${@: -2}"
        """
            .formatted(version, name));
  }

  /** A Maven that notes each build, and then does something more. */
  private void maven(String more) throws IOException {
    program(folder.resolve("bin/mvn"), "echo built >> %s/builds\n%s".formatted(folder, more));
  }

  private void program(Path file, String script) throws IOException {
    Files.writeString(file, "#!%s/bash\n%s\n".formatted(environment.get("PATH"), script));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private long builds() throws Exception {
    assertEquals(0, run("demo").status());
    try (Stream<String> builds = Files.lines(folder.resolve("builds"))) {
      return builds.count();
    }
  }

  private Ended run(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(folder.resolve("bin/bash").toString());
    command.add(folder.resolve("patchbay").toString());
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Path said = folder.resolve("said");
    Path printed = folder.resolve("printed");
    Process process = builder.redirectError(said.toFile()).redirectOutput(printed.toFile()).start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it ends by itself");
    return new Ended(process.exitValue(), Files.readAllLines(said), Files.readAllLines(printed));
  }

  private void refused(String line) throws Exception {
    assertEquals(new Ended(2, List.of(line), List.of()), run("demo"));
  }

  @Test
  void withoutAJdk25ThereIsOneLineThatSaysSo() throws Exception {
    String line =
        "patchbay: no JDK 25 found in JAVA_HOME, PATH or the usual folders; install one (for"
            + " example temurin-25-jdk) or set JAVA_HOME";
    refused(line);
    jdk("old", "17.0.15");
    refused(line);
    environment.put("JAVA_HOME", folder.resolve("jvm/old").toString());
    refused(line);
  }

  @Test
  void aJdk25IsFoundInTheUsualFoldersAndByJavaHome() throws Exception {
    jdk("a-25", "25.0.1");
    jdk("b-25", "25");
    jdk("c-26", "26");
    assertEquals(new Ended(0, List.of(), List.of("a-25 nsmgr --help")), run("nsmgr", "--help"));
    environment.put("JAVA_HOME", folder.resolve("jvm/b-25").toString());
    assertEquals(List.of("b-25 nsmgr --help"), run("nsmgr", "--help").printed());
    environment.put("JAVA_HOME", folder.resolve("jvm/c-26").toString());
    assertEquals(List.of("a-25 nsmgr --help"), run("nsmgr", "--help").printed());
  }

  @Test
  void withoutMavenThereIsOneLineThatSaysSo() throws Exception {
    jdk("a-25", "25.0.1");
    Files.createDirectories(folder.resolve("api/src"));
    refused("patchbay: Maven is needed to build; install it (apt-get install maven)");
  }

  @Test
  void buildsAgainWhatHasChangedSince() throws Exception {
    jdk("a-25", "25.0.1");
    Path main = Files.createDirectories(folder.resolve("api/src/main/java")).resolve("A.java");
    Path test = Files.createDirectories(folder.resolve("api/src/test/java")).resolve("T.java");
    Path pom = folder.resolve("pom.xml");
    Path modulePom = folder.resolve("api/pom.xml");
    for (Path file : List.of(main, test, pom, modulePom)) {
      changed(Files.createFile(file), -60);
    }
    maven("mkdir -p %s/bench/target/lib".formatted(folder));
    assertEquals(1, builds());
    assertEquals(1, builds());
    int wanted = 1;
    for (Path file : List.of(main, pom, modulePom)) {
      changed(file, 60);
      wanted++;
      assertEquals(wanted, builds(), file::toString);
      changed(file, -60);
      assertEquals(wanted, builds(), file::toString);
    }
    changed(test, 60);
    assertEquals(wanted, builds());
  }

  @Test
  void whatChangesWhileItBuildsIsBuiltNextTime() throws Exception {
    jdk("a-25", "25.0.1");
    Path main = Files.createDirectories(folder.resolve("api/src/main/java")).resolve("A.java");
    changed(Files.createFile(main), -60);
    maven("mkdir -p %s/bench/target/lib; touch %s".formatted(folder, main));
    assertEquals(1, builds());
    assertEquals(2, builds());
  }

  private static void changed(Path file, int seconds) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(seconds)));
  }
}

package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script on a machine that lacks something: a home, a PATH and JDKs of our own. */
@Timeout(60)
class LauncherTest {
  /** What the script needs itself; none of them is java or mvn. */
  private static final List<String> TOOLS =
      List.of("bash", "dirname", "readlink", "grep", "find", "touch");

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
    Path java =
        Files.writeString(
            bin.resolve("java"),
            """
            #!%s/bash
            if [ "$1" = -version ]; then echo 'openjdk version "%s" 2025-09-16' >&2; exit; fi
            echo "%s ${@: -2}"
            """
                .formatted(environment.get("PATH"), version, name));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
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
}

package io.patchbay.hwsim.snmp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line tools of Debian's package {@code snmp}, pointed at somebody on loopback. */
public final class NetSnmp {
  private final Path folder;
  private final int port;
  private final SnmpLogin login;

  /**
   * @param folder for its configuration, in which the words of the login are: others could see them
   *     among a command's arguments
   */
  public NetSnmp(Path folder, int port, SnmpLogin login) throws IOException {
    this.folder = folder;
    this.port = port;
    this.login = login;
    Files.writeString(
        folder.resolve("snmp.conf"),
        """
        defVersion 3
        defSecurityName %s
        defSecurityLevel authPriv
        defAuthType SHA-256
        defPrivType AES
        defAuthPassphrase %s
        defPrivPassphrase %s
        mibs :
        """
            .formatted(login.user(), login.authPassphrase(), login.privPassphrase()));
  }

  /** What came of a command; a line that tells an object begins with a dot. */
  public record Outcome(int status, String text) {
    /** Those lines. */
    public List<String> lines() {
      return text.lines().map(String::strip).filter(line -> line.startsWith(".")).toList();
    }
  }

  /**
   * Runs a tool with numeric output: snmpget, snmpwalk, snmpset, snmptrap ... Throws {@link
   * IOException} where it is not there, or does not end within half a minute.
   */
  public Outcome run(String tool, String... arguments) throws IOException, InterruptedException {
    return run(tool, List.of(), arguments);
  }

  /** The same with options of the tool's own. */
  public Outcome run(String tool, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tool, "-On", "-Oe", "-t", "5", "-r", "1"));
    command.addAll(options);
    command.add("127.0.0.1:" + port);
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SNMPCONFPATH", folder.toString());
    builder.environment().put("SNMP_PERSISTENT_DIR", folder.toString());
    Path output = Files.createTempFile(folder, "output", "");
    Process process;
    try {
      process = builder.redirectOutput(output.toFile()).start();
    } catch (IOException e) {
      throw new IOException("no " + tool + "; it is in Debian's package snmp", e);
    }
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(tool + " does not end");
    }
    return new Outcome(
        process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1).strip());
  }
}

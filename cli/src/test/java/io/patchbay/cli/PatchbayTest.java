package io.patchbay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment.Variable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * The command line as its users meet it: real processes, their one line and their exit status.
 * Nobody tells them who they are: a mistake is told before anybody waits for that.
 */
@Timeout(120)
class PatchbayTest {
  private static final String PCI =
      "physicalFunctions: {'0000:01:00.0': {pfKernelDriver: p, vfKernelDriver: v, capabilities:"
          + " [c], serviceDomains: [d.test]}}";

  @TempDir Path folder;

  /** What a process left: its status and what it said on standard error. */
  private record Ended(int status, List<String> said) {}

  private Ended run(Map<String, String> environment, String... words) throws Exception {
    List<String> command = java("-XX:TieredStopAtLevel=1");
    command.addAll(List.of(words));
    return ended(command, environment);
  }

  private static List<String> java(String option) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(option, "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Patchbay.class.getName()));
    return command;
  }

  private Ended ended(List<String> command, Map<String, String> environment) throws Exception {
    Path said = folder.resolve("said");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPIFFE_ENDPOINT_SOCKET", "unix://" + folder.resolve("nobody.sock"));
    builder.environment().put("NSM_LOG_LEVEL", "WARN");
    builder.environment().putAll(environment);
    builder.directory(folder.toFile());
    builder.redirectError(said.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends by itself");
    } finally {
      process.destroyForcibly().waitFor();
    }
    return new Ended(process.exitValue(), Files.readAllLines(said, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nsc               | NSM_NETWORK_SERVICES  | kernel://@d/i   | is not service",
        "nsc --once        | NSM_NETWORK_SERVICES  | memif://svc/i   | this client takes kernel://",
        "nsc               | NSM_CONNECT_TO        | http://manager  | write unix:///path",
        "nsc               | NSM_REQUEST_TIMEOUT   | soon            | not a duration",
        "nsmgr             | NSM_REGISTRY_URL      | registry        | no port",
        "registry          | NSM_LISTEN_ON         | tcp://:x        | no port",
        "registry-proxy    | PATCHBAY_DOMAINS      | example.com     | is not key:value",
        "kernel-forwarder  | NSM_LABELS            | p2p             | is not key:value",
        "sriov-manager     | NODE_NAME             | ''              | set it to this node's name",
        "device-plugin     | PATCHBAY_VF_SOCKET    | ''              | an empty URL",
        "tor-shim          | NSM_LISTEN_ON         | unix:///x       | write tcp://:5003",
        "nse-icmp-responder| NSM_CIDR_PREFIX       | ten/8           | is not an IPv4 or IPv6",
        "nse-icmp-responder| NSM_REGISTER_SERVICE  | perhaps         | neither true nor false",
      })
  void aBadVariableIsOneLineThatNamesIt(String words, String variable, String text, String why)
      throws Exception {
    Map<String, String> environment = environment();
    environment.put(variable, text);
    Ended ended = run(environment, words.split(" "));
    assertEquals(2, ended.status(), ended::toString);
    assertEquals(1, ended.said().size(), ended::toString);
    String line = ended.said().getFirst();
    assertTrue(line.startsWith("patchbay " + words.split(" ")[0] + ": " + variable), line);
    assertTrue(line.contains(why), line);
  }

  /** All of it right, so that only what a test changes is wrong. */
  private Map<String, String> environment() throws IOException {
    Map<String, String> environment = new TreeMap<>(files());
    environment.put("NODE_NAME", "node-1");
    environment.put("NSM_SRIOV_CONFIG_FILE", file("p.yaml", PCI));
    return environment;
  }

  private Map<String, String> files() throws IOException {
    return Map.of(
        "PATCHBAY_STATE_DIR",
        folder.resolve("state").toString(),
        "PATCHBAY_SWITCHES_FILE",
        file(
            "s.yaml",
            "switches: [{name: t, address: h, login: {user: u, keyFile: k, hostKeyFile: f}}]"),
        "PATCHBAY_FABRIC_FILE",
        file(
            "f.yaml",
            "domain: d\n"
                + "services: [{name: s, vlans: ['1'], addresses: {prefix: 10.0.0.0/8, gateway:"
                + " 10.0.0.1}}]"),
        "PATCHBAY_CABLES_FILE",
        file("c.yaml", "cables: []"));
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void aBadFileIsOneLineWithItsNameAndLine() throws Exception {
    Map<String, String> environment = environment();
    environment.put(
        "PATCHBAY_CABLES_FILE",
        file("c.yaml", "cables:\n- {node: n, pfMac: '020000000001', switch: x, port: p}\n"));
    Ended ended = run(environment, "tor-shim");
    assertEquals(2, ended.status(), ended::toString);
    assertEquals(
        List.of(
            "patchbay tor-shim: %s/c.yaml:2:36: cables[0].switch: no switch 'x', only [t]"
                .formatted(folder)),
        ended.said());
  }

  @ParameterizedTest
  @CsvSource({
    "tor-shim, PATCHBAY_SWITCHES_FILE",
    "tor-shim, PATCHBAY_FABRIC_FILE",
    "tor-shim, PATCHBAY_CABLES_FILE",
    "sriov-manager, NSM_SRIOV_CONFIG_FILE"
  })
  void aFileThatIsNotThereIsOneLineWithItsName(String daemon, String variable) throws Exception {
    Map<String, String> environment = environment();
    environment.put(variable, "/nowhere/file.yaml");
    assertEquals(
        new Ended(1, List.of("patchbay " + daemon + ": no such file: /nowhere/file.yaml")),
        run(environment, daemon));
  }

  /** The policies of connections have no variable: they lie in the folder that it runs in. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nsmgr",
        "kernel-forwarder",
        "sriov-manager",
        "tor-shim",
        "nse-icmp-responder",
        "nsc",
        "nsc --once"
      })
  void aBadPolicyForConnectionsIsOneLineWithItsName(String words) throws Exception {
    String policy = "etc/nsm/opa/common/mine.rego";
    Files.createDirectories(folder.resolve(policy).getParent());
    file(policy, "package mine");
    isAboutPolicy(policy, run(environment(), words.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({
    "nsmgr, PATCHBAY_MONITOR_POLICIES",
    "nsmgr, NSM_REGISTRY_SERVER_POLICIES",
    "nsmgr, NSM_REGISTRY_CLIENT_POLICIES",
    "registry, NSM_REGISTRY_SERVER_POLICIES",
    "registry, NSM_REGISTRY_CLIENT_POLICIES",
    "registry-proxy, NSM_REGISTRY_SERVER_POLICIES",
    "registry-proxy, NSM_REGISTRY_CLIENT_POLICIES",
    "kernel-forwarder, NSM_REGISTRY_CLIENT_POLICIES",
    "sriov-manager, NSM_REGISTRY_CLIENT_POLICIES",
    "tor-shim, NSM_REGISTRY_CLIENT_POLICIES",
    "nse-icmp-responder, NSM_REGISTRY_CLIENT_POLICIES"
  })
  void aBadPolicyOfAVariableIsOneLineWithItsName(String daemon, String variable) throws Exception {
    Map<String, String> environment = environment();
    environment.put(variable, file("mine.rego", "package mine"));
    isAboutPolicy(folder.resolve("mine.rego").toString(), run(environment, daemon));
  }

  private static void isAboutPolicy(String policy, Ended ended) {
    assertEquals(2, ended.status(), ended::toString);
    assertEquals(1, ended.said().size(), ended::toString);
    assertTrue(ended.said().getFirst().contains(": policy " + policy), ended::toString);
  }

  /**
   * Who is not root may be called so: what counts is what the kernel looks at. Without being root
   * it can still read this class path, which may lie in root's home.
   */
  @Test
  void whoIsNotRootIsToldSoInOneLine() throws Exception {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(
          List.of(
              "setpriv",
              "--reuid=65534",
              "--inh-caps=+dac_read_search",
              "--ambient-caps=+dac_read_search"));
    }
    command.addAll(java("-Duser.name=root"));
    command.add("demo");
    assertEquals(
        new Ended(
            2,
            List.of(
                "patchbay demo: needs root, to make namespaces and interfaces of its own;"
                    + " use sudo")),
        ended(command, Map.of()));
  }

  @Test
  void anUnknownLogLevelIsOneLineWithThoseThereAre() throws Exception {
    assertEquals(
        new Ended(
            2,
            List.of(
                "patchbay: NSM_LOG_LEVEL='LOUD': not a level; write TRACE, DEBUG, INFO, WARN, ERROR"
                    + " or OFF")),
        run(Map.of("NSM_LOG_LEVEL", "LOUD"), "nsc"));
  }

  @Test
  void anUnknownCommandIsNamed() throws Exception {
    Ended ended = run(Map.of(), "nsmgrr");
    assertEquals(2, ended.status(), ended::toString);
    assertTrue(ended.said().getFirst().contains("nsmgrr"), ended::toString);
  }

  static final List<Daemon<?>> DAEMONS = Daemons.all();

  @ParameterizedTest
  @FieldSource("DAEMONS")
  void helpNamesEveryVariableWithItsFallback(Daemon<?> daemon) {
    StringWriter said = new StringWriter();
    CommandLine line = Patchbay.commandLine().setOut(new PrintWriter(said));
    assertEquals(0, line.execute(daemon.name(), "--help"));
    String unbroken = said.toString().replaceAll("\\s+", " ");
    assertTrue(unbroken.contains(" NSM_LOG_LEVEL from which level on events are logged"), unbroken);
    for (Variable variable : daemon.variables()) {
      assertTrue(unbroken.contains(" " + variable.name() + " "), unbroken);
      assertTrue(unbroken.replace(" ", "").contains(variable.help().replace(" ", "")), unbroken);
      assertTrue(unbroken.replace(" ", "").contains(variable.fallback()), unbroken);
    }
  }
}

package io.patchbay.hwsim.node;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.linux.NetworkNamespace;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A pair of namespaces, network and mount, kept by a process that does nothing else. The keeper
 * ends with this JVM even if that is killed, for it reads from a pipe that then closes. Closing
 * kills every process in the network namespace, then the keeper. Safe for all threads.
 */
final class Enclosure implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration DEATH = Duration.ofSeconds(10);
  private static final String READY_WORD = "ready";

  /** What keepers end with: tell that all is set up, then wait for the end of the input. */
  static final String KEEP = "echo " + READY_WORD + "; exec cat >/dev/null";

  private final String name;
  private final Process keeper;
  private final NetworkNamespace network;
  private final Stack opened = new Stack();

  private Enclosure(String name, Process keeper, NetworkNamespace network) {
    this.name = name;
    this.keeper = keeper;
    this.network = network;
    opened.push(network);
    opened.push(this::endKeeper);
    opened.push(this::endInhabitants);
  }

  /**
   * Starts a keeper by a command that ends in {@link #KEEP}, and waits until it says so. Throws
   * {@link Failure} of kind UNAVAILABLE with its last words if it does not.
   */
  static Enclosure start(String name, List<String> command, Path log) {
    Process keeper = start(command, Map.of(), Redirect.PIPE, log);
    try {
      Await.until(name + " is set up", READY, () -> !keeper.isAlive() || saysReady(log));
      if (!keeper.isAlive()) {
        throw new Failure(Failure.Kind.UNAVAILABLE, name + " cannot be set up: " + Logs.tail(log));
      }
      return new Enclosure(name, keeper, NetworkNamespace.ofPid(Math.toIntExact(keeper.pid())));
    } catch (RuntimeException e) {
      keeper.destroyForcibly();
      throw e;
    }
  }

  private static boolean saysReady(Path log) {
    return Logs.tail(log).endsWith(READY_WORD);
  }

  /** The network namespace; closed with this. */
  NetworkNamespace network() {
    return network;
  }

  /** The words that run a command inside, as a prefix. */
  List<String> entering(List<String> command) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("nsenter", "--target", Long.toString(keeper.pid()), "--net", "--mount"));
    words.add("--");
    words.addAll(command);
    return words;
  }

  /**
   * Starts a command inside, with exactly this environment and both outputs added to the log. No
   * shell is in between, so the variables' names may be anything and the pid is the command's.
   */
  Process run(List<String> command, Map<String, String> environment, Path log) {
    return start(entering(command), environment, Redirect.from(new File("/dev/null")), log);
  }

  private static Process start(
      List<String> command, Map<String, String> environment, Redirect input, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder
        .environment()
        .putIfAbsent("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().putIfAbsent("HOME", "/root");
    builder.environment().putIfAbsent("LANG", "C.UTF-8");
    builder.redirectErrorStream(true).redirectInput(input);
    builder.redirectOutput(Redirect.appendTo(log.toFile()));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot start " + command.getFirst() + ": " + Failure.text(e),
          e);
    }
  }

  /** All processes in the network namespace but the keeper. */
  private List<ProcessHandle> inhabitants() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != keeper.pid() && isInside(process))
        .toList();
  }

  private boolean isInside(ProcessHandle process) {
    try {
      Path link = Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/net"));
      return link.toString().equals("net:[" + network.inode() + "]");
    } catch (IOException e) {
      return false; // it has just ended, or ends just now
    }
  }

  @Override
  public void close() {
    opened.close();
  }

  private void endInhabitants() {
    Await.until(
        "the processes in " + name + " are gone",
        DEATH,
        () -> {
          List<ProcessHandle> left = inhabitants();
          left.forEach(ProcessHandle::destroyForcibly);
          return left.isEmpty();
        });
  }

  private void endKeeper() throws InterruptedException {
    keeper.destroyForcibly();
    if (!keeper.waitFor(DEATH.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "the keeper of " + name + " survives: " + keeper.pid());
    }
  }
}

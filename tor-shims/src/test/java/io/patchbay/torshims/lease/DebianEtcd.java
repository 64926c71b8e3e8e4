package io.patchbay.torshims.lease;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Debian's {@code etcd}: one member as a private process on loopback, all its files in one folder.
 * It dies with this process, and can be killed and started anew before that.
 */
public final class DebianEtcd implements AutoCloseable {
  /** What it needs of Debian. */
  static final String PACKAGES = "etcd-server and etcd-client";

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;
  private final boolean secured;
  private final int port = freePort();
  private final int peerPort = freePort();
  private @Nullable Process process;

  /**
   * Starts it. Throws {@link Failure} of kind UNAVAILABLE, with what it said, when a package is
   * missing or it does not come up.
   *
   * @param folder an empty one
   */
  public static DebianEtcd start(Path folder) {
    return started(new DebianEtcd(folder, false));
  }

  /**
   * The same with TLS: in the folder are {@code ca.pem}, {@code etcd.pem} with its {@code etcd.key}
   * for 127.0.0.1, and {@code shim.pem} with {@code shim.key}, such as it asks of everybody.
   */
  static DebianEtcd startSecured(Path folder) {
    return started(new DebianEtcd(folder, true));
  }

  private static DebianEtcd started(DebianEtcd etcd) {
    etcd.begin();
    return etcd;
  }

  private DebianEtcd(Path folder, boolean secured) {
    this.folder = folder;
    this.secured = secured;
  }

  /** Starts it, if it does not run, with what it knew. */
  void begin() {
    if (process != null && process.isAlive()) {
      return;
    }
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "etcd", "--data-dir"));
    command.add(folder.resolve("data").toString());
    String peer = "http://127.0.0.1:" + peerPort;
    command.addAll(List.of("--listen-client-urls", url(), "--advertise-client-urls", url()));
    command.addAll(List.of("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer));
    command.addAll(List.of("--name", "one", "--initial-cluster", "one=" + peer));
    if (secured) {
      command.addAll(List.of("--cert-file", file("etcd.pem"), "--key-file", file("etcd.key")));
      command.addAll(List.of("--client-cert-auth", "--trusted-ca-file", file("ca.pem")));
    }
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("etcd.log").toFile())
              .start();
      Await.until("etcd is healthy", PATIENCE, () -> run("endpoint", "health").status() == 0);
    } catch (IOException | Failure e) {
      close();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "no etcd; it needs " + PACKAGES + "; " + said(), e);
    }
  }

  private String url() {
    return (secured ? "https" : "http") + "://127.0.0.1:" + port;
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private String said() {
    try {
      return Files.readString(folder.resolve("etcd.log"));
    } catch (IOException e) {
      return "it has said nothing";
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no free port", e);
    }
  }

  /** The way there for somebody who is nobody in particular. */
  public EtcdAccess access(String prefix) {
    return access(prefix, "", "");
  }

  EtcdAccess access(String prefix, String user, String passwordFile) {
    return new EtcdAccess(
        List.of(url()),
        prefix,
        secured ? file("ca.pem") : "",
        secured ? file("shim.pem") : "",
        secured ? file("shim.key") : "",
        user,
        passwordFile);
  }

  private record Outcome(int status, String text) {}

  private Outcome run(String... arguments) {
    List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints", url()));
    if (secured) {
      command.addAll(List.of("--cacert", file("ca.pem"), "--cert", file("shim.pem")));
      command.addAll(List.of("--key", file("shim.key")));
    }
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("ETCDCTL_API", "3");
    try {
      Process tool = builder.start();
      tool.getOutputStream().close();
      String text = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(tool.waitFor(), text.strip());
    } catch (IOException | InterruptedException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no etcdctl: " + Failure.text(e), e);
    }
  }

  /** What {@code etcdctl} prints. Throws {@link Failure} where it fails. */
  public String etcdctl(String... arguments) {
    Outcome outcome = run(arguments);
    if (outcome.status() != 0) {
      throw new Failure(
          Failure.Kind.INTERNAL, "etcdctl " + String.join(" ", arguments) + ": " + outcome.text());
    }
    return outcome.text();
  }

  /** As a power failure would, but for the disk. */
  void kill() {
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new Failure(Failure.Kind.INTERNAL, process + " does not end");
      }
    } catch (InterruptedException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}

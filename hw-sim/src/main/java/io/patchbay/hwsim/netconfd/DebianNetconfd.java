package io.patchbay.hwsim.netconfd;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/**
 * Debian's {@code netconfd} (yuma123) behind an OpenSSH server of its own, both on loopback and all
 * their files in one folder: a switch's management that is not ours, without any ports. It knows
 * cut-down OpenConfig modules, and lets in whoever runs this process, by key. Both processes die
 * with this one.
 */
public final class DebianNetconfd implements AutoCloseable {
  /** What it needs of Debian. */
  public static final String PACKAGES = "netconfd, libyuma-base and openssh-server";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Path SERVER = Path.of("/usr/sbin/netconfd");
  private static final Path SSH_SERVER = Path.of("/usr/sbin/sshd");
  private static final Path YUMA_MODULES = Path.of("/usr/share/yuma/modules");
  private static final String USER = System.getProperty("user.name");
  private static final List<String> MODULES =
      List.of(
          "openconfig-interfaces",
          "openconfig-if-ethernet",
          "openconfig-vlan",
          "openconfig-network-instance",
          "openconfig-acl",
          "openconfig-qos");

  private final Path folder;
  private final int port;
  private final Stack running = new Stack();

  private DebianNetconfd(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /** Whether the packages are there. */
  public static boolean isInstalled() {
    return Files.isExecutable(SERVER)
        && Files.isExecutable(SSH_SERVER)
        && Files.isDirectory(YUMA_MODULES);
  }

  /**
   * Starts both. Throws {@link Failure} of kind UNAVAILABLE, with what they said, when a package is
   * missing or they do not come up.
   *
   * @param folder an empty one, of a short name: a unix socket goes there
   * @param options to netconfd, such as {@code --target=candidate}
   */
  public static DebianNetconfd start(Path folder, String... options) {
    try {
      DebianNetconfd started = new DebianNetconfd(folder, freePort());
      started.begin(options);
      return started;
    } catch (IOException | GeneralSecurityException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no netconfd: " + Failure.text(e), e);
    }
  }

  private void begin(String... options) throws IOException, GeneralSecurityException {
    try {
      KeyPair host = pair();
      KeyPair user = pair();
      write(host, "host-key");
      write(user, "id");
      Files.writeString(hostKeyFile(), PublicKeyEntry.toString(host.getPublic()));
      Files.writeString(folder.resolve("authorized"), PublicKeyEntry.toString(user.getPublic()));
      Files.createDirectory(folder.resolve(".yuma"));
      startServer(options);
      startSsh();
    } catch (Failure e) {
      running.close();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "no netconfd; it needs " + PACKAGES + "; " + said(), e);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      running.close();
      throw e;
    }
  }

  private static KeyPair pair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private void write(KeyPair pair, String name) throws IOException, GeneralSecurityException {
    Path file = Files.createFile(folder.resolve(name));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    try (OutputStream out = Files.newOutputStream(file)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "test", null, out);
    }
  }

  private void startServer(String... options) throws IOException {
    Path modules = Files.createDirectory(folder.resolve("yang"));
    for (String module : MODULES) {
      copy(module + ".yang", modules);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                SERVER.toString(),
                "--ncxserver-sockname=" + folder.resolve("socket"),
                "--port=" + port,
                "--superuser=" + USER,
                "--access-control=off",
                "--no-startup",
                "--modpath=" + modules + ":" + YUMA_MODULES,
                "--module=iana-if-type"));
    MODULES.forEach(module -> command.add("--module=" + module));
    command.addAll(List.of(options));
    start(command, "netconfd");
    Await.until("netconfd listens", PATIENCE, () -> Files.exists(folder.resolve("socket")));
  }

  private static void copy(String name, Path to) throws IOException {
    try (InputStream in = DebianNetconfd.class.getResourceAsStream("yang/" + name)) {
      Files.copy(Objects.requireNonNull(in, name), to.resolve(name));
    }
  }

  /** As root, sshd insists on a folder in /run, which it gets in a mount namespace of its own. */
  private void startSsh() throws IOException {
    Path config = folder.resolve("sshd_config");
    Files.writeString(
        config,
        """
        ListenAddress 127.0.0.1:%1$d
        HostKey %2$s/host-key
        AuthorizedKeysFile %2$s/authorized
        PidFile none
        UsePAM no
        StrictModes no
        PasswordAuthentication no
        PermitRootLogin prohibit-password
        Subsystem netconf "/usr/sbin/netconf-subsystem --ncxserver-sockname=%1$d@%2$s/socket"
        """
            .formatted(port, folder));
    String sshd = "exec " + SSH_SERVER + " -D -e -f " + config;
    start(
        USER.equals("root")
            ? List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /run && mkdir /run/sshd && " + sshd)
            : List.of("sh", "-c", sshd),
        "sshd");
    Await.until("sshd listens", PATIENCE, this::listens);
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void start(List<String> command, String name) throws IOException {
    // dies with this process, however that ends
    List<String> bound = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    bound.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(bound).directory(folder.toFile());
    builder.environment().put("HOME", folder.toString());
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    running.push(() -> stop(process));
  }

  /** With all that it has started: a session's own processes outlive the sshd that had them. */
  private static void stop(Process process) throws InterruptedException {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new Failure(Failure.Kind.INTERNAL, process + " does not end");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** What the two processes have written so far. */
  private String said() {
    StringBuilder said = new StringBuilder();
    for (String name : List.of("netconfd.log", "sshd.log")) {
      try {
        said.append(name).append(": ").append(Files.readString(folder.resolve(name)));
      } catch (IOException e) {
        said.append(name).append(" is not there; ");
      }
    }
    return said.toString();
  }

  /** At which it listens on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Who may get in. */
  public String user() {
    return USER;
  }

  /** With which private key. */
  public Path keyFile() {
    return folder.resolve("id");
  }

  /** Which host key it shows. */
  public Path hostKeyFile() {
    return folder.resolve("host-keys");
  }

  @Override
  public void close() {
    running.close();
  }
}

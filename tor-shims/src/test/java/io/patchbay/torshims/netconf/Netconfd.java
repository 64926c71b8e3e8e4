package io.patchbay.torshims.netconf;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/**
 * Debian's {@code netconfd} (yuma123) behind an OpenSSH server of its own, both on loopback and all
 * their files in one folder, with five ports in the words of our cut-down OpenConfig modules. Lets
 * in whoever runs the test, by key.
 */
final class Netconfd implements Target {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String YUMA_MODULES = "/usr/share/yuma/modules";
  private static final String USER = System.getProperty("user.name");

  /**
   * How its first change goes: it loses what it has validated, which is seen, taken back and done
   * again.
   */
  static final List<String> ORDER =
      List.of(
          "cancel-commit",
          "get-config",
          "lock",
          "discard-changes",
          "get-config",
          "edit-config",
          "validate",
          "commit",
          "get-config",
          "cancel-commit",
          "discard-changes",
          "edit-config",
          "commit",
          "get-config",
          "commit",
          "unlock");

  private static final String PORTS =
      port("Ethernet1", "")
          + port("Ethernet2", vlans("ACCESS", "<access-vlan>10</access-vlan>"))
          + port("Ethernet3", vlans("TRUNK", ""))
          + port(
              "Ethernet4",
              vlans(
                  "TRUNK",
                  "<native-vlan>7</native-vlan>"
                      + "<trunk-vlans>20..29</trunk-vlans><trunk-vlans>40</trunk-vlans>"))
          + port("Ethernet5", "");

  private final Path folder;
  private final int port = freePort();
  private final Stack running = new Stack();

  /**
   * Starts both. Fails, with what they said, when a package is missing or they do not come up.
   *
   * @param folder an empty one, of a short name: a unix socket goes there
   * @param options to netconfd, such as {@code --target=candidate}
   */
  Netconfd(Path folder, String... options) {
    this.folder = folder;
    try {
      KeyPair host = pair();
      KeyPair user = pair();
      write(host, "host-key");
      write(user, "id");
      Files.writeString(folder.resolve("host-keys"), PublicKeyEntry.toString(host.getPublic()));
      Files.writeString(folder.resolve("authorized"), PublicKeyEntry.toString(user.getPublic()));
      Files.createDirectory(folder.resolve(".yuma"));
      startServer(options);
      startSsh();
    } catch (IOException | GeneralSecurityException | RuntimeException | AssertionError e) {
      running.close();
      throw new AssertionError(
          "no netconfd; it needs the packages netconfd, libyuma-base and openssh-server; " + said(),
          e);
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

  private void startServer(String... options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/sbin/netconfd",
                "--ncxserver-sockname=" + folder.resolve("socket"),
                "--port=" + port,
                "--superuser=" + USER,
                "--access-control=off",
                "--no-startup",
                "--modpath=" + modules() + ":" + YUMA_MODULES,
                "--module=iana-if-type",
                "--module=openconfig-interfaces",
                "--module=openconfig-if-ethernet",
                "--module=openconfig-vlan",
                "--module=openconfig-network-instance",
                "--module=openconfig-acl",
                "--module=openconfig-qos"));
    command.addAll(List.of(options));
    start(command, "netconfd");
    Await.until("netconfd listens", PATIENCE, () -> Files.exists(folder.resolve("socket")));
  }

  private static Path modules() {
    try {
      return Path.of(Netconfd.class.getResource("/yang").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
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
    String sshd = "exec /usr/sbin/sshd -D -e -f " + config;
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

  private void start(List<String> command, String name) {
    try {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With all that it has started: a session's own processes outlive the sshd that had them. */
  private static void stop(Process process) throws InterruptedException {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError(process + " does not end");
    }
  }

  static String port(String name, String ethernet) {
    return "<interface><name>%1$s</name><config><name>%1$s</name><type xmlns:ianaift=\"%2$s\">%3$s</type><enabled>true</enabled></config>%4$s</interface>"
        .formatted(
            name, "urn:ietf:params:xml:ns:yang:iana-if-type", "ianaift:ethernetCsmacd", ethernet);
  }

  static String vlans(String mode, String leaves) {
    return "<ethernet xmlns=\"%s\"><switched-vlan xmlns=\"%s\"><config><interface-mode>%s</interface-mode>%s</config></switched-vlan></ethernet>"
        .formatted(OpenConfigPort.ETHERNET, OpenConfigPort.VLAN, mode, leaves);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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

  @Override
  public SwitchEntry entry(String rpc, String confirm) {
    return new SwitchEntry(
        "tor-1",
        "127.0.0.1:" + port,
        new SwitchEntry.Login(
            USER, "", folder.resolve("id").toString(), folder.resolve("host-keys").toString()),
        null,
        new SwitchEntry.Deadlines(rpc, confirm));
  }

  @Override
  public void configure(NetconfSession session) {
    NetconfSuite.configure(session, PORTS);
  }

  @Override
  public void pass(Duration time) {}

  /** Its timers run only while it has nothing else to do: to wait by asking would stop them. */
  @Override
  public void leaveAlone(Duration time) {
    try {
      Time.system().sleep(time.plusSeconds(2));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    running.close();
  }
}

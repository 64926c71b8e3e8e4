package io.patchbay.hwsim.netconf;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.server.subsystem.SubsystemFactory;

/**
 * The NETCONF server of one device: an SSH server with the subsystem {@code netconf} and nothing
 * else. It owns the sessions, at most {@link #SESSIONS_MAX}, each with a platform thread of its
 * own: a virtual one would start from a thread of the SSH server, which sits in whatever network
 * namespace the server was started in. Safe for all threads.
 */
public final class NetconfServer implements AutoCloseable {
  /** How many sessions there may be at once; further ones are closed before their hello. */
  public static final int SESSIONS_MAX = 16;

  private static final int NIO_THREADS = 2;

  private final Datastores stores;
  private final Sessions sessions;
  private final SshServer ssh;
  private final SimpleGeneratorHostKeyProvider hostKey;

  private NetconfServer(Device device, Datastores stores, Access access, Time time) {
    this.stores = stores;
    this.sessions = new Sessions(stores, SESSIONS_MAX);
    this.hostKey = new SimpleGeneratorHostKeyProvider(access.hostKey().orElse(null));
    this.ssh = SshServer.setUpDefaultServer();
    configure(access);
    Operations operations = new Operations(device, stores, time, sessions::kill);
    ssh.setSubsystemFactories(
        List.of(subsystem(() -> new SessionChannel(device, operations, sessions))));
  }

  /**
   * Starts to listen, in the network namespace of the calling thread. Throws {@link Failure} of
   * kind UNAVAILABLE when the address cannot be bound.
   */
  public static NetconfServer start(Device device, Datastores stores, Access access, Time time) {
    NetconfServer server = new NetconfServer(device, stores, access.usable(), time);
    try {
      server.ssh.start();
      return server;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot listen for NETCONF at "
              + access.listen()
              + ":"
              + access.port()
              + ": "
              + Failure.text(e),
          e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) ssh.getBoundAddresses().iterator().next();
  }

  /** The server's public key as a line of known_hosts without the host. */
  public String hostKey() {
    return PublicKeyEntry.toString(hostKey.loadKeys(null).iterator().next().getPublic());
  }

  /** The key's fingerprint as ssh shows it, {@code SHA256:…}. */
  public String hostKeyFingerprint() {
    return KeyUtils.getFingerPrint(hostKey.loadKeys(null).iterator().next().getPublic());
  }

  /** The running configuration as canonical XML: equal configurations give equal texts. */
  public String runningConfig() {
    return new XmlText().content(stores.content(Datastores.Name.RUNNING)).toString();
  }

  /** How many sessions there are. */
  public int sessions() {
    return sessions.count();
  }

  @Override
  public void close() {
    try {
      ssh.stop(true);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "the SSH server did not stop: " + Failure.text(e), e);
    }
  }

  private void configure(Access access) {
    hostKey.setAlgorithm(KeyUtils.EC_ALGORITHM);
    hostKey.setKeySize(256);
    ssh.setHost(access.listen());
    ssh.setPort(access.port());
    ssh.setKeyPairProvider(hostKey);
    ssh.setPasswordAuthenticator((name, word, session) -> access.opens(name, word));
    ssh.setPublickeyAuthenticator((name, key, session) -> access.opens(name, key));
    ssh.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
    ssh.setNioWorkers(NIO_THREADS);
    CoreModuleProperties.IDLE_TIMEOUT.set(ssh, Duration.ZERO);
    CoreModuleProperties.NIO2_READ_TIMEOUT.set(ssh, Duration.ZERO);
  }

  private static SubsystemFactory subsystem(Supplier<Command> sessions) {
    return new SubsystemFactory() {
      @Override
      public String getName() {
        return "netconf";
      }

      @Override
      public Command createSubsystem(ChannelSession channel) {
        return sessions.get();
      }
    };
  }
}

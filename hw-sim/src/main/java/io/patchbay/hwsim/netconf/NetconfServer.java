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
  private final Supplier<Command> channels;
  private final Access access;
  private final SimpleGeneratorHostKeyProvider hostKey;
  private final SshServer ssh = SshServer.setUpDefaultServer();
  private final InetSocketAddress address;

  private NetconfServer(
      Datastores stores,
      Sessions sessions,
      Supplier<Command> channels,
      Access access,
      SimpleGeneratorHostKeyProvider hostKey) {
    this.stores = stores;
    this.sessions = sessions;
    this.channels = channels;
    this.access = access;
    this.hostKey = hostKey;
    configure();
    this.address = listen();
  }

  /**
   * Starts to listen, in the network namespace of the calling thread. Throws {@link Failure} of
   * kind UNAVAILABLE when the address cannot be bound.
   */
  public static NetconfServer start(Device device, Datastores stores, Access access, Time time) {
    Sessions sessions = new Sessions(stores, SESSIONS_MAX);
    EventStream events = new EventStream(device, stores, access.user(), time);
    Operations operations = new Operations(device, stores, time, sessions::kill);
    return new NetconfServer(
        stores,
        sessions,
        () -> new SessionChannel(device, operations, events, sessions),
        access.usable(),
        new SimpleGeneratorHostKeyProvider(access.hostKey().orElse(null)));
  }

  /**
   * Starts another in place of this one, which has been closed: at the same address, with the same
   * host key. Throws as {@link #start} does.
   */
  public NetconfServer again() {
    return new NetconfServer(stores, sessions, channels, access.at(address.getPort()), hostKey);
  }

  private InetSocketAddress listen() {
    try {
      ssh.start();
      return (InetSocketAddress) ssh.getBoundAddresses().iterator().next();
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

  /** Where it listens, or did until it was closed. */
  public InetSocketAddress address() {
    return address;
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

  private void configure() {
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
    ssh.setSubsystemFactories(List.of(subsystem()));
  }

  private SubsystemFactory subsystem() {
    return new SubsystemFactory() {
      @Override
      public String getName() {
        return "netconf";
      }

      @Override
      public Command createSubsystem(ChannelSession channel) {
        return channels.get();
      }
    };
  }
}

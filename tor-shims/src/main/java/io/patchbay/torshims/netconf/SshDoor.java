package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.core.CoreModuleProperties;

/**
 * Opens NETCONF byte streams over SSH (RFC 6242). Strict: a switch is let in only by a host key
 * that its file lists. Reads nothing of the user's own SSH configuration. Owns the threads of the
 * SSH library, shared by all switches; safe for all threads.
 */
public final class SshDoor implements AutoCloseable {
  private static final AttributeKey<Visit> VISIT = new AttributeKey<>();
  private static final Duration HEARTBEAT = Duration.ofSeconds(30);

  private final SshClient client = SshClient.setUpDefaultClient();

  public SshDoor() {
    client.setServerKeyVerifier(new Strict());
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setKeyExchangeFactories(quickFirst(client.getKeyExchangeFactories()));
    CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, 2);
    client.start();
  }

  /**
   * The same, the most wanted first: ML-KEM before NTRU Prime, which is as safe from what a quantum
   * computer may read one day, and whose keys take a hundred times as long to make (some 200 ms of
   * a core). A switch that knows only the latter still has it before all that is not safe from
   * that.
   */
  static List<KeyExchangeFactory> quickFirst(List<KeyExchangeFactory> library) {
    return library.stream()
        .sorted(Comparator.comparing(factory -> !factory.getName().startsWith("mlkem")))
        .toList();
  }

  /**
   * Connects, proves both sides, and starts the subsystem. Throws {@link Failure} naming the
   * switch: DENIED for a wrong host key or refused login, UNAVAILABLE when it cannot be reached,
   * and what is wrong with the files of the entry.
   */
  Wire open(SwitchEntry entry) {
    Visit visit =
        new Visit(
            HostKeys.readFile(Path.of(entry.sshLogin().hostKeyFile()), entry.host(), entry.port()));
    ClientSession session = connect(entry, visit);
    try {
      login(session, entry, visit);
      return subsystem(session, entry);
    } catch (RuntimeException e) {
      session.close(true);
      throw e;
    }
  }

  private ClientSession connect(SwitchEntry entry, Visit visit) {
    AttributeRepository context = AttributeRepository.ofKeyValuePair(VISIT, visit);
    try {
      return client
          .connect(entry.sshLogin().user(), entry.host(), entry.port(), context, null)
          .verify(entry.deadlines().answer())
          .getSession();
    } catch (IOException | RuntimeException e) {
      visit.throwIfWrongKey(entry);
      throw new Failure(
          Failure.Kind.UNAVAILABLE, entry.who() + " cannot be reached: " + innermost(e), e);
    }
  }

  /** The library wraps what the kernel said in its own futures, which tell a reader nothing. */
  private static String innermost(Throwable problem) {
    Throwable cause = problem;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return Failure.text(cause);
  }

  private static void login(ClientSession session, SwitchEntry entry, Visit visit) {
    if (entry.sshLogin().keyFile().isEmpty()) {
      session.addPasswordIdentity(Secrets.password(Path.of(entry.sshLogin().passwordFile())));
    } else {
      session.addPublicKeyIdentity(Secrets.key(Path.of(entry.sshLogin().keyFile())));
    }
    try {
      session.auth().verify(entry.deadlines().answer());
    } catch (IOException | IllegalStateException e) {
      visit.throwIfWrongKey(entry);
      boolean refused = isRefusal(e);
      throw new Failure(
          refused ? Failure.Kind.DENIED : Failure.Kind.UNAVAILABLE,
          entry.who()
              + (refused ? " does not let user '" : " went away while letting in user '")
              + entry.sshLogin().user()
              + (refused ? "' in: " : "': ")
              + Failure.text(e),
          e);
    }
  }

  /** Whether the switch would not have us, rather than went away. */
  private static boolean isRefusal(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SshException ssh
          && ssh.getDisconnectCode()
              == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
        return true;
      }
    }
    return false;
  }

  private static Wire subsystem(ClientSession session, SwitchEntry entry) {
    try {
      ClientChannel channel = session.createSubsystemChannel("netconf");
      channel.open().verify(entry.deadlines().answer());
      return new SshWire(session, channel);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          entry.who() + " does not start the subsystem 'netconf': " + Failure.text(e),
          e);
    }
  }

  @Override
  public void close() {
    client.close(true);
    client.stop();
  }

  /** One attempt to get in: which host keys would be right, and which wrong one was shown. */
  private static final class Visit {
    private final HostKeys wanted;
    private volatile String shown = "";

    Visit(HostKeys wanted) {
      this.wanted = wanted;
    }

    boolean accepts(String fingerprint) {
      if (wanted.fingerprints().contains(fingerprint)) {
        return true;
      }
      shown = fingerprint;
      return false;
    }

    void throwIfWrongKey(SwitchEntry entry) {
      if (!shown.isEmpty()) {
        throw new Failure(
            Failure.Kind.DENIED,
            "%s shows host key %s, but %s has %s; if its key was changed on purpose, put the new one there"
                .formatted(
                    entry.who(),
                    shown,
                    entry.sshLogin().hostKeyFile(),
                    String.join(" and ", wanted.fingerprints())));
      }
    }
  }

  /** Accepts the listed keys only. */
  private static final class Strict implements ServerKeyVerifier {
    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress peer, PublicKey key) {
      AttributeRepository context = session.getConnectionContext();
      Visit visit = context == null ? null : context.getAttribute(VISIT);
      return visit != null && visit.accepts(HostKeys.fingerprint(key));
    }
  }
}

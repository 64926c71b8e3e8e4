package io.patchbay.torshims.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Channel;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.patchbay.api.etcd.AuthGrpc;
import io.patchbay.api.etcd.AuthenticateRequest;
import io.patchbay.api.etcd.KVGrpc;
import io.patchbay.api.etcd.KVGrpc.KVBlockingStub;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import io.patchbay.sockets.TransportSecurity;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way to one member of an etcd: a connection, made when it is first used and anew with other
 * PEM files than before; and a token for each call if there is a user, got anew when it is refused.
 * Neither password nor token gets into a message. Safe for all threads.
 */
final class EtcdMember implements AutoCloseable {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  /** How etcd refuses a token that it has forgotten, and one from before users were changed. */
  private static final Set<String> OUTDATED = Set.of("UNAUTHENTICATED", "INVALID_ARGUMENT");

  /** What etcd says when its disk quota is used up: of all members, until somebody makes room. */
  private static final String FULL = "database space exceeded";

  private final EtcdAccess access;
  private final EtcdAccess.Member member;
  private final Duration patience;

  @GuardedBy("this")
  private Optional<TlsFiles> used = Optional.empty();

  @GuardedBy("this")
  private @Nullable Channels channels;

  /** Held while a token is asked for: one is enough for all. */
  private final Object login = new Object();

  @GuardedBy("login")
  private String token = "";

  /**
   * @param patience how long a question may take
   */
  EtcdMember(EtcdAccess access, EtcdAccess.Member member, Duration patience) {
    this.access = access;
    this.member = member;
    this.patience = patience;
  }

  /**
   * What it answers. Throws {@link Failure} naming it: UNAVAILABLE when it cannot be told what has
   * become of the question, or when it has too much to do, else nothing was done; CONFLICT when it
   * is not as a member should be, which others may be, and EXHAUSTED when etcd is full.
   */
  <A> A ask(Function<KVBlockingStub, A> question) {
    Channel channel = channel();
    Deadline deadline = Deadline.after(patience.toNanos(), TimeUnit.NANOSECONDS);
    KVBlockingStub stub = KVGrpc.newBlockingStub(channel).withDeadline(deadline);
    try {
      if (access.user().isEmpty()) {
        return question.apply(stub);
      }
      String known = token(channel, deadline, "");
      try {
        return question.apply(showing(stub, known));
      } catch (StatusRuntimeException e) {
        if (!OUTDATED.contains(Statuses.code(e))) {
          throw e;
        }
      }
      return question.apply(showing(stub, token(channel, deadline, known)));
    } catch (StatusRuntimeException e) {
      throw failure(e);
    }
  }

  private static KVBlockingStub showing(KVBlockingStub stub, String token) {
    Metadata headers = new Metadata();
    headers.put(TOKEN, token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private Failure failure(StatusRuntimeException e) {
    Failure known = Statuses.toFailure("etcd " + member, e);
    return switch (known.kind()) {
      case TIMEOUT, INTERNAL -> unavailable(known);
      case EXHAUSTED -> Failure.text(known).contains(FULL) ? known : unavailable(known);
      default -> known;
    };
  }

  private static Failure unavailable(Failure known) {
    return new Failure(Failure.Kind.UNAVAILABLE, Failure.text(known), known);
  }

  /**
   * A token that may do.
   *
   * @param refused the one that does not; empty if none was tried
   */
  private String token(Channel channel, Deadline deadline, String refused) {
    synchronized (login) {
      if (token.equals(refused)) {
        token = authenticate(channel, deadline);
      }
      return token;
    }
  }

  private String authenticate(Channel channel, Deadline deadline) {
    AuthenticateRequest request =
        AuthenticateRequest.newBuilder().setName(access.user()).setPassword(password()).build();
    try {
      return AuthGrpc.newBlockingStub(channel)
          .withDeadline(deadline)
          .authenticate(request)
          .getToken();
    } catch (StatusRuntimeException e) {
      Failure why = failure(e);
      throw new Failure(
          why.kind() == Failure.Kind.INVALID ? Failure.Kind.DENIED : why.kind(),
          Failure.text(why) + " (PATCHBAY_ETCD_USER=" + access.user() + ")",
          why);
    }
  }

  /** A file that is away for a moment says nothing about etcd. */
  private String password() {
    try {
      return Secrets.password(Path.of(access.passwordFile()));
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "PATCHBAY_ETCD_PASSWORD_FILE: " + Failure.text(e), e);
    }
  }

  /**
   * Reads the files before anything is given up for them. One that is half written says as little
   * about etcd as one that is away.
   */
  private synchronized Channel channel() {
    Optional<TlsFiles> now = access.files();
    Channels open = channels;
    if (open == null || !now.equals(used)) {
      open = new Channels(patience, now.map(this::security));
      close();
      channels = open;
      used = now;
    }
    return open.to(member.address());
  }

  private TransportSecurity security(TlsFiles files) {
    try {
      return files.toServer(member.address().host());
    } catch (Failure e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "etcd " + member + ": " + Failure.text(e), e);
    }
  }

  /** What is being asked ends as UNAVAILABLE. */
  @Override
  public synchronized void close() {
    if (channels != null) {
      channels.close();
    }
  }
}

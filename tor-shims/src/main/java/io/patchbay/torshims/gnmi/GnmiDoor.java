package io.patchbay.torshims.gnmi;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.patchbay.api.gnmi.gNMIGrpc;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIBlockingStub;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIStub;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import io.patchbay.torshims.SwitchEntry.Login;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way to a switch that speaks gNMI: one connection with TLS, never without, and a user's name
 * and password on each call if the entry has them. One thread at a time.
 */
final class GnmiDoor implements AutoCloseable {
  private static final Metadata.Key<String> USER =
      Metadata.Key.of("username", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> PASSWORD =
      Metadata.Key.of("password", Metadata.ASCII_STRING_MARSHALLER);

  private final SwitchEntry entry;
  private final Gnmi gnmi;
  private @Nullable Channels channels;

  /** Connects when it is first used, reading the files of the entry then. */
  GnmiDoor(SwitchEntry entry, Gnmi gnmi) {
    this.entry = entry;
    this.gnmi = gnmi;
  }

  /**
   * For one call, which must end within the entry's deadline. Throws Failure naming the file that
   * cannot be read.
   */
  gNMIBlockingStub stub() {
    return gNMIGrpc
        .newBlockingStub(channel())
        .withDeadlineAfter(entry.deadlines().answer().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** For a stream, which lasts as long as the connection. */
  gNMIStub streams() {
    return gNMIGrpc.newStub(channel());
  }

  private Channel channel() {
    Channels open = channels;
    if (open == null) {
      open = new Channels(entry.deadlines().answer(), Optional.of(GnmiTls.of(entry, gnmi)));
      channels = open;
    }
    Channel channel = open.to(Url.parse("tcp://" + entry.host() + ":" + entry.port()));
    return ClientInterceptors.intercept(channel, login());
  }

  private ClientInterceptor login() {
    Optional<Login> login = Optional.ofNullable(entry.login());
    Optional<String> password = login.map(this::password);
    return new ClientInterceptor() {
      @Override
      public <Q, A> ClientCall<Q, A> interceptCall(
          MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
          @Override
          public void start(Listener<A> listener, Metadata headers) {
            login.ifPresent(known -> headers.put(USER, known.user()));
            password.ifPresent(word -> headers.put(PASSWORD, word));
            super.start(listener, headers);
          }
        };
      }
    };
  }

  /** A file that is away for a moment says nothing about the switch. */
  private String password(Login login) {
    try {
      return Secrets.password(Path.of(login.passwordFile()));
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, entry.who() + ": login.passwordFile: " + Failure.text(e), e);
    }
  }

  /** The next call connects anew. */
  @Override
  public void close() {
    Channels open = channels;
    channels = null;
    if (open != null) {
      open.close();
    }
  }
}

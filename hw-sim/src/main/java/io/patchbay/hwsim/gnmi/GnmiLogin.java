package io.patchbay.hwsim.gnmi;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.patchbay.sockets.Statuses;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Lets nobody in who does not name one user and its password in the metadata of each call. */
public final class GnmiLogin implements ServerInterceptor {
  private static final Metadata.Key<String> USER =
      Metadata.Key.of("username", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> PASSWORD =
      Metadata.Key.of("password", Metadata.ASCII_STRING_MARSHALLER);

  private final String user;
  private final String password;

  /** A door that this user's password opens. */
  public GnmiLogin(String user, String password) {
    this.user = user;
    this.password = password;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (same(user, headers.get(USER)) && same(password, headers.get(PASSWORD))) {
      return next.startCall(call, headers);
    }
    String why = "username and password do not open this switch";
    call.close(Statuses.notLetIn(why).getStatus(), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static boolean same(String wanted, @Nullable String given) {
    return given != null
        && MessageDigest.isEqual(
            wanted.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}

package io.patchbay.mesh;

import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.CompositeCallCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.sockets.Statuses;
import io.patchbay.sockets.TlsPeer;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The two metadata entries that every call of the mesh carries, each exactly once (contracts/nsm.md
 * fact 2): the caller's token and when it ends, RFC 3339. The token is made for the peer whose
 * certificate the connection has shown; without TLS it names no audience.
 */
public final class TokenHeaders implements ClientInterceptor {
  /** With nanoseconds and an offset (RFC 3339, 5.6). */
  private static final int TIME_CHARACTERS_MAX = 35;

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("nsm-client-token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> EXPIRES =
      Metadata.Key.of("nsm-client-token-expires", Metadata.ASCII_STRING_MARSHALLER);

  private final Tokens tokens;

  /** Adds a token of these to each call. */
  public TokenHeaders(Tokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    CallCredentials ours = new Credentials();
    @Nullable CallCredentials others = options.getCredentials();
    return next.newCall(
        method,
        options.withCallCredentials(
            others == null ? ours : new CompositeCallCredentials(others, ours)));
  }

  /** Learns which connection was chosen, and so who is at its other end. */
  private final class Credentials extends CallCredentials {
    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      try {
        applier.apply(headers(TlsPeer.of(call.getTransportAttrs())));
      } catch (RuntimeException e) {
        applier.fail(Statuses.toStatus(e).getStatus());
      }
    }
  }

  private Metadata headers(Optional<TlsPeer> connection) {
    Token token = connection.map(tokens::issue).orElseGet(() -> tokens.issue(Optional.empty()));
    Metadata headers = new Metadata();
    headers.put(TOKEN, token.jwt());
    headers.put(
        EXPIRES,
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(token.expires().atOffset(ZoneOffset.UTC)));
    return headers;
  }

  /**
   * The caller's token. Throws Failure DENIED when it is missing, doubled or unreadable; the token
   * itself is never part of the text.
   */
  public static Token read(Metadata headers) {
    String jwt = only(headers, TOKEN);
    String expires = only(headers, EXPIRES);
    try {
      return new Token(jwt, OffsetDateTime.parse(expires).toInstant());
    } catch (DateTimeException e) { // not kept as the cause: it repeats the value
      throw new Failure(
          Failure.Kind.DENIED,
          "no sufficient privileges: "
              + EXPIRES.name()
              + "="
              + shown(expires)
              + " is not RFC 3339");
    }
  }

  /** A longer one is something else, perhaps a token in the wrong place. */
  private static String shown(String expires) {
    return expires.length() <= TIME_CHARACTERS_MAX
        ? "'" + expires + "'"
        : "(" + expires.length() + " characters)";
  }

  private static String only(Metadata headers, Metadata.Key<String> key) {
    @Nullable Iterable<String> values = headers.getAll(key);
    List<String> all = new ArrayList<>();
    if (values != null) {
      values.forEach(all::add);
    }
    if (all.size() != 1) {
      throw new Failure(
          Failure.Kind.DENIED,
          "no sufficient privileges: metadata " + key.name() + " came " + all.size() + " times");
    }
    return all.getFirst();
  }
}

package io.patchbay.sockets;

import io.grpc.ClientCall;
import io.grpc.ClientInterceptors.CheckedForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * A call that is refused here when its metadata are more than a server takes. HTTP/2 has no words
 * for that: a server that is sent too much breaks the stream or the connection, and the caller
 * would be told of an internal error.
 */
final class BoundedHeaders<Q, R> extends CheckedForwardingClientCall<Q, R> {
  /** For the token and what HTTP/2 and gRPC add; a token has some 400 bytes. */
  private static final int RESERVED = 8 * 1024;

  static final int BYTES_MAX = GrpcServer.METADATA_BYTES_MAX - RESERVED;

  /** What each entry counts for beside its name and value (RFC 9113, 6.5.2). */
  private static final int ENTRY_BYTES = 32;

  BoundedHeaders(ClientCall<Q, R> call) {
    super(call);
  }

  @Override
  protected void checkedStart(Listener<R> listener, Metadata headers) {
    long bytes = bytes(headers);
    if (bytes > BYTES_MAX) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription(
              "metadata have " + bytes + " bytes; a call may have " + BYTES_MAX + " at most")
          .asRuntimeException();
    }
    delegate().start(listener, headers);
  }

  private static long bytes(Metadata headers) {
    long bytes = 0;
    for (String name : headers.keys()) {
      bytes +=
          name.endsWith(Metadata.BINARY_HEADER_SUFFIX)
              ? bytes(name, headers.getAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER)))
              : texts(
                  name, headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
    }
    return bytes;
  }

  private static long texts(String name, @Nullable Iterable<String> values) {
    long bytes = 0;
    if (values != null) {
      for (String value : values) {
        bytes += name.length() + value.length() + ENTRY_BYTES;
      }
    }
    return bytes;
  }

  /** In base64 on the wire. */
  private static long bytes(String name, @Nullable Iterable<byte[]> values) {
    long bytes = 0;
    if (values != null) {
      for (byte[] value : values) {
        bytes += name.length() + value.length * 4L / 3 + ENTRY_BYTES;
      }
    }
    return bytes;
  }
}

package io.patchbay.mesh.registry;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A caller who knows nothing of our classes: names, metadata and messages are what a peer in
 * another language puts on the wire, byte by byte.
 */
public final class RawPeer {
  private final Channel channel;
  private final Metadata metadata = new Metadata();

  /** Calls over this channel, without any metadata at first. */
  public RawPeer(Channel channel) {
    this.channel = channel;
  }

  /** One more entry of metadata, in all calls from now on. */
  public RawPeer with(String key, String value) {
    metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
    return this;
  }

  /** What came back for a unary call. */
  public record Answer(byte[] message, Metadata headers) {
    /** One entry of the headers that came before the message. */
    public Optional<String> header(String key) {
      return Optional.ofNullable(
          headers.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)));
    }
  }

  /** A unary call. Throws {@link io.grpc.StatusRuntimeException}. */
  public Answer call(String method, byte[]... fields) {
    AtomicReference<Metadata> headers = new AtomicReference<>(new Metadata());
    byte[] answer =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(metadata),
                MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>())),
            method(method, MethodType.UNARY),
            CallOptions.DEFAULT,
            message(fields));
    return new Answer(answer, headers.get());
  }

  /** A stream of answers, as far as it has come. */
  public static final class Stream implements StreamObserver<byte[]> {
    /** What has come. */
    public final List<byte[]> messages = new CopyOnWriteArrayList<>();

    /** How it ended; empty while it goes on. */
    public volatile Optional<Status> end = Optional.empty();

    private final ClientCall<byte[], byte[]> call;

    Stream(ClientCall<byte[], byte[]> call) {
      this.call = call;
    }

    @Override
    public void onNext(byte[] message) {
      messages.add(message);
    }

    @Override
    public void onError(Throwable problem) {
      end = Optional.of(Status.fromThrowable(problem));
    }

    @Override
    public void onCompleted() {
      end = Optional.of(Status.OK);
    }

    /** The peer goes away. */
    public void cancel() {
      call.cancel("enough", null);
    }
  }

  /** A call that is answered by a stream. */
  public Stream stream(String method, byte[]... fields) {
    ClientCall<byte[], byte[]> call =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata))
            .newCall(method(method, MethodType.SERVER_STREAMING), CallOptions.DEFAULT);
    Stream stream = new Stream(call);
    ClientCalls.asyncServerStreamingCall(call, message(fields), stream);
    return stream;
  }

  /** A field with a text: tag, length, UTF-8. */
  public static byte[] text(int number, String value) {
    return nested(number, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A field with a message. */
  public static byte[] nested(int number, byte[]... fields) {
    byte[] content = message(fields);
    return message(varint((long) number << 3 | 2), varint(content.length), content);
  }

  /** A field with a number, or with 1 for true. */
  public static byte[] number(int number, long value) {
    return message(varint((long) number << 3), varint(value));
  }

  /** The fields one behind the other. */
  public static byte[] message(byte[]... fields) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List.of(fields).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while (rest >>> 7 != 0) {
      bytes.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

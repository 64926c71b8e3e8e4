package io.patchbay.sockets;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A service of plain texts whose handlers a test hands in; no generated code. */
final class Echo implements BindableService {
  static final String NAME = "test.Echo";
  static final MethodDescriptor<String, String> SAY =
      method("Say", MethodDescriptor.MethodType.UNARY);
  static final MethodDescriptor<String, String> WATCH =
      method("Watch", MethodDescriptor.MethodType.SERVER_STREAMING);

  private final UnaryOperator<String> say;
  private final Consumer<ServerCallStreamObserver<String>> watch;

  Echo(UnaryOperator<String> say) {
    this(say, StreamObserver::onCompleted);
  }

  Echo(UnaryOperator<String> say, Consumer<ServerCallStreamObserver<String>> watch) {
    this.say = say;
    this.watch = watch;
  }

  static String say(Channel channel, String text) {
    return say(channel, CallOptions.DEFAULT, text);
  }

  static String say(Channel channel, CallOptions options, String text) {
    return ClientCalls.blockingUnaryCall(channel, SAY, options, text);
  }

  static Iterator<String> watch(Channel channel) {
    return ClientCalls.blockingServerStreamingCall(channel, WATCH, CallOptions.DEFAULT, "");
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(NAME)
        .addMethod(
            SAY,
            ServerCalls.asyncUnaryCall(
                (text, observer) -> Calls.answer(observer, () -> say.apply(text))))
        .addMethod(
            WATCH,
            ServerCalls.asyncServerStreamingCall(
                (text, observer) -> watch.accept((ServerCallStreamObserver<String>) observer)))
        .build();
  }

  private static MethodDescriptor<String, String> method(
      String name, MethodDescriptor.MethodType type) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

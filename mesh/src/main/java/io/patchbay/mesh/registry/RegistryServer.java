package io.patchbay.mesh.registry;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.patchbay.base.Time;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Outbox;
import java.util.List;

/**
 * A registry as a gRPC service. Every call must carry a token; {@link Admission} is what a
 * registration passes. A Find ends after what matches now; a watch does not end, unless the
 * registry behind is lost or the watcher is far too slow: then the stream fails, and the watcher
 * starts anew.
 */
public final class RegistryServer<T extends Message> {
  /** More than a registry has entries: a watcher that lags is told only the latest of each name. */
  private static final int OUTBOX = 65_536;

  private final Registry<T> registry;
  private final Admission<T> admission;

  private RegistryServer(Registry<T> registry, Tokens tokens, Policies policies, Time time) {
    this.registry = registry;
    this.admission = new Admission<>(registry.kind(), tokens, policies, time);
  }

  /** The two services on a server without TLS, where nobody can prove anything. */
  public static List<BindableService> of(Registries registries, Tokens tokens, Time time) {
    return of(registries, tokens, Policies.NONE, time);
  }

  /**
   * The two services, to be given to a server.
   *
   * @param tokens our own, for the paths of registrations
   * @param policies what every registration must satisfy
   */
  public static List<BindableService> of(
      Registries registries, Tokens tokens, Policies policies, Time time) {
    return List.of(
        new RegistryServer<>(registries.services(), tokens, policies, time).service(),
        new RegistryServer<>(registries.endpoints(), tokens, policies, time).service());
  }

  private BindableService service() {
    return () -> define(registry.kind().wire());
  }

  private <Q extends Message, R extends Message> ServerServiceDefinition define(
      Wire<T, Q, R> wire) {
    return ServerServiceDefinition.builder(wire.service())
        .addMethod(
            wire.register(),
            ServerCalls.asyncUnaryCall((entry, observer) ->
                Calls.answer(observer, () -> admission.register(entry, registry::register))))
        .addMethod(
            wire.unregister(),
            ServerCalls.asyncUnaryCall(
                (entry, observer) -> Calls.answer(observer, () -> unregister(entry))))
        .addMethod(
            wire.find(),
            ServerCalls.asyncServerStreamingCall((query, observer) -> find(wire, query, observer)))
        .build();
  }

  private Empty unregister(T asked) {
    var unused =
        admission.unregister(
            asked,
            entry -> {
              registry.unregister(entry);
              return entry;
            });
    return Empty.getDefaultInstance();
  }

  private <Q extends Message, R extends Message> void find(
      Wire<T, Q, R> wire, Q query, StreamObserver<R> observer) {
    var unused = Admission.caller();
    if (wire.flag(query)) {
      watch(wire, wire.entry(query), (ServerCallStreamObserver<R>) observer);
      return;
    }
    for (T entry : registry.find(wire.entry(query))) {
      observer.onNext(wire.response(entry, false));
    }
    observer.onCompleted();
  }

  private <Q extends Message, R extends Message> void watch(
      Wire<T, Q, R> wire, T query, ServerCallStreamObserver<R> observer) {
    Outbox<R> outbox =
        new Outbox<>(observer, OUTBOX, response -> registry.kind().name(wire.entry(response)));
    Subscription watch = registry.watch(query, change -> pass(wire, change, outbox));
    outbox.onEnd(watch::close);
  }

  private static <T extends Message, R extends Message> void pass(
      Wire<T, ?, R> wire, Change<T> change, Outbox<R> outbox) {
    switch (change) {
      case Change.Present<T> present -> {
        var unused = outbox.offer(wire.response(present.entry(), false));
      }
      case Change.Gone<T> gone -> {
        var unused = outbox.offer(wire.response(gone.entry(), true));
      }
      case Change.Lost<T> lost -> outbox.fail(lost.cause());
    }
  }
}

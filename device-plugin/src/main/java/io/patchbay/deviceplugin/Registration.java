package io.patchbay.deviceplugin;

import io.grpc.BindableService;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.api.deviceplugin.RegistrationGrpc;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.Statuses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One resource name's socket and its registration with the kubelet (contracts/kubelet.md sections 2
 * and 5). There are two ways, and one socket at a time: where the kubelet watches a folder for
 * plugins, the socket is put there and the kubelet comes by itself, after each of its restarts too;
 * where there is no such folder, or nobody came, we call the kubelet. Used by one thread at a time.
 */
final class Registration implements AutoCloseable {
  /** Of the device plugin API. */
  static final String VERSION = "v1beta1";

  private static final Logger log = LoggerFactory.getLogger(Registration.class);
  private static final Backoff PACE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A kubelet that does not listen for so long is told again, or told in the other way. */
  private static final Duration UNHEARD = Duration.ofSeconds(10);

  /**
   * Where the socket of the name can be.
   *
   * @param called in the folder with the kubelet's own socket
   * @param watched in the folder that the kubelet watches, if there is one
   */
  record Sockets(Path called, Path watched) {
    boolean isWatched() {
      return Files.isDirectory(watched.resolveSibling(""));
    }
  }

  private final String resource;
  private final Sockets sockets;
  private final ResourceService service;
  private final Channels channels;
  private final Time time;

  private @Nullable GrpcServer server;
  private Path bound;
  private String boundFor = "";
  private String registeredWith = "";
  private String tried = "";
  private Instant next = Instant.MIN;
  private int failures;

  /** The kubelet did not come to the folder it should watch; then it is called for good. */
  private boolean unwatched;

  Registration(
      ResourceService service, String resource, Sockets sockets, Channels channels, Time time) {
    this.service = service;
    this.resource = resource;
    this.sockets = sockets;
    this.bound = sockets.called();
    this.channels = channels;
    this.time = time;
  }

  /**
   * Makes sure that the kubelet knows us, and that the socket serves before it does.
   *
   * @param kubelet tells one life of the kubelet from the next
   */
  void tend(Path kubeletSocket, String kubelet) {
    if (!kubelet.equals(tried)) {
      tried = kubelet;
      failures = 0;
      next = Instant.MIN;
    }
    if (!unwatched && sockets.isWatched()) {
      await(kubelet);
    } else {
      call(kubeletSocket, kubelet);
    }
  }

  // ---- the kubelet comes ----

  /** Sees to it that there is something to be found, and that it is found. */
  private void await(String kubelet) {
    boolean there = isBound(sockets.watched());
    if (!there || !kubelet.equals(boundFor) || service.followed()) {
      next = time.now().plus(UNHEARD);
    }
    boundFor = kubelet;
    try {
      if (!there) {
        appear();
      } else if (!time.now().isBefore(next)) {
        unwatched = true;
        next = Instant.MIN;
        log.warn("{}: the kubelet did not come to {}: calling it instead", resource, bound);
      }
    } catch (Failure e) {
      log.warn("{}: {}; again in a second", resource, Failure.text(e));
    }
  }

  /** The watcher passes over names with a dot in front: it sees the socket when it serves. */
  private void appear() {
    close();
    Path hidden = sockets.watched().resolveSibling("." + sockets.watched().getFileName());
    serve(hidden, List.of(service, new WatcherIdentity(resource)));
    try {
      Files.move(hidden, sockets.watched(), StandardCopyOption.ATOMIC_MOVE);
      bound = sockets.watched();
    } catch (IOException e) {
      close();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot rename " + hidden + ": " + Failure.text(e), e);
    }
  }

  // ---- the kubelet is called ----

  /** A kubelet that starts deletes all sockets of its folder: each gets a new one. */
  private void call(Path kubeletSocket, String kubelet) {
    boolean known =
        registeredWith.equals(kubelet) && boundFor.equals(kubelet) && isBound(sockets.called());
    if (known && service.followed()) {
      next = time.now().plus(UNHEARD);
    }
    boolean lost = !known && failures == 0;
    if (lost || !time.now().isBefore(next)) {
      attempt(kubeletSocket, kubelet);
    }
  }

  private void attempt(Path kubeletSocket, String kubelet) {
    try {
      if (!boundFor.equals(kubelet) || !isBound(sockets.called())) {
        close();
        serve(sockets.called(), List.of(service));
        boundFor = kubelet;
      }
      register(kubeletSocket);
      registeredWith = kubelet;
      failures = 0;
      next = time.now().plus(UNHEARD);
    } catch (Failure e) {
      Duration pause = PACE.pause(++failures);
      next = time.now().plus(pause);
      log.warn("{}: {}; again in {} ms", resource, Failure.text(e), pause.toMillis());
    }
  }

  private void register(Path kubeletSocket) {
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setVersion(VERSION)
            .setEndpoint(String.valueOf(bound.getFileName()))
            .setResourceName(resource)
            .setOptions(ResourceService.OPTIONS)
            .build();
    try {
      var unused =
          RegistrationGrpc.newBlockingStub(channels.to(new Url("unix", kubeletSocket.toString())))
              .withWaitForReady()
              .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .register(request);
      log.info("{} is registered with the kubelet", resource);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("registering with " + kubeletSocket, e);
    }
  }

  // ---- either ----

  private boolean isBound(Path socket) {
    return server != null
        && bound.equals(socket)
        && Files.exists(socket, LinkOption.NOFOLLOW_LINKS);
  }

  private void serve(Path socket, List<BindableService> services) {
    server = GrpcServer.start(List.of(new Url("unix", socket.toString())), services);
    bound = socket;
  }

  /** Leaves for good: the kubelet has nothing of this name to give any more. */
  void leave() {
    service.withdraw();
    close();
  }

  @Override
  public void close() {
    GrpcServer running = server;
    server = null;
    service.endStreams();
    if (running != null) {
      remove(bound);
      running.close();
    }
  }

  /** The server removes what it made; it does not know of the other name. */
  private static void remove(Path socket) {
    try {
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      log.warn("cannot remove {}: {}", socket, Failure.text(e));
    }
  }
}

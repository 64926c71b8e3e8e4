package io.patchbay.deviceplugin;

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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One resource name's socket and its registration with the kubelet (contracts/kubelet.md section
 * 2). Used by one thread at a time.
 */
final class Registration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registration.class);
  private static final Backoff PACE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A kubelet that registered us but does not listen is told again after this long. */
  private static final Duration UNHEARD = Duration.ofSeconds(10);

  private final String resource;
  private final Path socket;
  private final ResourceService service;
  private final Channels channels;
  private final Time time;

  private @Nullable GrpcServer server;
  private String boundFor = "";
  private String registeredWith = "";
  private String tried = "";
  private Instant next = Instant.MIN;
  private int failures;

  Registration(
      ResourceService service, String resource, Path socket, Channels channels, Time time) {
    this.service = service;
    this.resource = resource;
    this.socket = socket;
    this.channels = channels;
    this.time = time;
  }

  /**
   * Makes sure that the kubelet knows us. A kubelet that starts deletes all sockets of its folder,
   * so for each new one the socket is bound anew, and registered only when it serves.
   *
   * @param kubelet tells one life of the kubelet from the next
   */
  void tend(Path kubeletSocket, String kubelet) {
    if (!kubelet.equals(tried)) {
      tried = kubelet;
      failures = 0;
      next = Instant.MIN;
    }
    boolean known = registeredWith.equals(kubelet) && bound(kubelet);
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
      if (!bound(kubelet)) {
        bind(kubelet);
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

  private boolean bound(String kubelet) {
    return server != null
        && boundFor.equals(kubelet)
        && Files.exists(socket, LinkOption.NOFOLLOW_LINKS);
  }

  private void bind(String kubelet) {
    close();
    server = GrpcServer.start(List.of(new Url("unix", socket.toString())), List.of(service));
    boundFor = kubelet;
  }

  private void register(Path kubeletSocket) {
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setVersion("v1beta1")
            .setEndpoint(String.valueOf(socket.getFileName()))
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

  @Override
  public void close() {
    GrpcServer running = server;
    server = null;
    service.endStreams();
    if (running != null) {
      running.close();
    }
  }
}

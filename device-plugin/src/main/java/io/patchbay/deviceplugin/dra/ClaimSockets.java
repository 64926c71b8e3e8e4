package io.patchbay.deviceplugin.dra;

import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.pluginregistration.InfoRequest;
import io.patchbay.api.pluginregistration.PluginInfo;
import io.patchbay.api.pluginregistration.RegistrationGrpc.RegistrationImplBase;
import io.patchbay.api.pluginregistration.RegistrationStatus;
import io.patchbay.api.pluginregistration.RegistrationStatusResponse;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's two sockets: one that serves, in a folder of its own, and one by which the kubelet's
 * plugin watcher finds it (contracts/kubelet.md section 5), there only while the other is. Both are
 * looked after each second on a thread of its own, and made anew when somebody has removed them.
 */
final class ClaimSockets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClaimSockets.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final String driver;
  private final Path service;
  private final Path found;
  private final List<BindableService> services;
  private final Runnable registered;
  private final Time time;
  private final Thread thread = Thread.ofVirtual().name("claim-sockets").unstarted(this::run);
  private Optional<Bound> serving = Optional.empty();
  private Optional<Bound> finding = Optional.empty();
  private String trouble = "";

  /** A server, and the file that is its own. */
  private record Bound(GrpcServer server, Path file, Object key) implements AutoCloseable {
    boolean isThere() {
      return key(file).equals(Optional.of(key));
    }

    static Optional<Object> key(Path file) {
      try {
        return Optional.ofNullable(
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey());
      } catch (IOException absent) {
        return Optional.empty();
      }
    }

    /** The server removes what it made, but does not know of another name. */
    @Override
    public void close() {
      try {
        if (isThere()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        log.warn("cannot remove {}: {}", file, Failure.text(e));
      }
      server.close();
    }
  }

  /**
   * @param service the socket that serves
   * @param registry the folder that the kubelet watches
   * @param registered told each time when the kubelet has come
   */
  ClaimSockets(
      String driver,
      Path service,
      Path registry,
      ClaimService claims,
      Runnable registered,
      Time time) {
    this.driver = driver;
    this.service = service;
    this.found = registry.resolve(driver + "-reg.sock");
    this.services = claims.versions();
    this.registered = registered;
    this.time = time;
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        tend();
        time.sleep(INTERVAL);
      }
    } catch (InterruptedException end) {
      log.debug("the sockets are no longer looked after");
    }
  }

  private void tend() {
    try {
      if (serving.filter(Bound::isThere).isEmpty()) {
        finding = closed(finding);
        serving = closed(serving);
        serving = Optional.of(serve(service, service, services));
      }
      if (finding.filter(Bound::isThere).isEmpty()) {
        finding = closed(finding);
        finding = Optional.of(appear());
      }
      trouble = "";
    } catch (Failure e) {
      if (!trouble.equals(Failure.text(e))) {
        trouble = Failure.text(e);
        log.warn("{}: {}; again each second", driver, trouble);
      }
    }
  }

  private static Optional<Bound> closed(Optional<Bound> bound) {
    bound.ifPresent(Bound::close);
    return Optional.empty();
  }

  /** The watcher passes over names with a dot in front: it sees the socket when it serves. */
  private Bound appear() {
    Path folder = found.resolveSibling("");
    if (!Files.isDirectory(folder)) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "the kubelet watches " + folder + ", which is not there");
    }
    Path hidden = found.resolveSibling("." + found.getFileName());
    return serve(hidden, found, List.of(new Identity()));
  }

  private static Bound serve(Path made, Path file, List<? extends BindableService> services) {
    GrpcServer server = GrpcServer.start(List.of(new Url("unix", made.toString())), services);
    try {
      if (!made.equals(file)) {
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return new Bound(
          server, file, Bound.key(file).orElseThrow(() -> new IOException(file + " is gone")));
    } catch (IOException e) {
      server.close();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot serve on " + file + ": " + Failure.text(e), e);
    }
  }

  /** Tells the watcher what it has found. */
  private final class Identity extends RegistrationImplBase {
    @Override
    public void getInfo(InfoRequest request, StreamObserver<PluginInfo> observer) {
      Calls.answer(
          observer,
          () ->
              PluginInfo.newBuilder()
                  .setType("DRAPlugin")
                  .setName(driver)
                  .setEndpoint(service.toString())
                  .addAllSupportedVersions(ClaimService.VERSIONS)
                  .build());
    }

    @Override
    public void notifyRegistrationStatus(
        RegistrationStatus request, StreamObserver<RegistrationStatusResponse> observer) {
      if (request.getPluginRegistered()) {
        log.info("the kubelet has come for resource claims of {}", driver);
        registered.run();
      } else {
        log.warn("the kubelet refuses driver {}: {}", driver, request.getError());
      }
      Calls.answer(observer, RegistrationStatusResponse::getDefaultInstance);
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
    finding = closed(finding);
    serving = closed(serving);
  }
}

package io.patchbay.sockets;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gRPC server on one or several addresses, with the health service (contracts/nsm.md
 * section 3). Handlers run on virtual threads and may block. Connections are never closed for being
 * idle, and calls that run are never cut: watches stay open for weeks. On an old connection with
 * TLS new calls are turned away towards a new one, which shows certificates of today. Safe for all
 * threads.
 */
public final class GrpcServer implements AutoCloseable {
  /** Tokens in metadata: some 400 bytes for each of dozens of hops. */
  static final int METADATA_BYTES_MAX = 256 * 1024;

  static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

  /**
   * A manager has one connection to its registry, and on it a watch for each object that it keeps
   * registered. A registry allows 10000 watches of each of its two kinds and says so when there are
   * more; a stream beyond this bound just waits without a word. So this bound lies above those,
   * with room for the calls that pass by. A stream that is silent costs some kilobytes.
   */
  static final int STREAMS_PER_CONNECTION_MAX = 2 * 10_000 + 1000;

  /** The most often that a client may ping; ours does every 30 s. */
  private static final Duration PING_INTERVAL_MIN = Duration.ofSeconds(5);

  /** Short beside half of the usual hour that a certificate is good for. */
  private static final Duration AGE_MAX = Duration.ofMinutes(10);

  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final Duration GRACE_AFTER_CANCEL = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(GrpcServer.class);

  /** Held, because java.util.logging forgets the level of a logger that nobody holds. */
  private static final java.util.logging.Logger REFUSALS =
      java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerHandler");

  static {
    // It has a stack trace for every stream that it refuses: a peer could fill the disk with them.
    REFUSALS.setLevel(java.util.logging.Level.SEVERE);
  }

  private final HealthStatusManager health = new HealthStatusManager();
  private final Stack files = new Stack();
  private final List<Server> servers = new ArrayList<>();
  private final List<Url> addresses = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Optional<SslContext> tls;
  private final SocketFile.Access access;

  private GrpcServer(Optional<SslContext> tls, SocketFile.Access access) {
    this.access = access;
    this.tls = tls;
  }

  /** {@link #start(List, List, Optional)} without TLS: for what the kubelet and tests speak. */
  public static GrpcServer start(List<Url> listen, List<? extends BindableService> services) {
    return start(listen, services, Optional.empty());
  }

  /**
   * Starts serving all services on all addresses. On {@code unix://} the socket file of a dead
   * server is removed, missing folders are made, and everybody may connect; on {@code tcp://} an
   * empty host means all addresses and port 0 any free one. Throws {@link Failure} naming the
   * address: UNAVAILABLE when it cannot be had, INVALID for an unknown scheme or an impossible
   * path, CONFLICT when somebody already serves on that socket.
   *
   * @param security with which every connection must begin, if present
   */
  public static GrpcServer start(
      List<Url> listen,
      List<? extends BindableService> services,
      Optional<TransportSecurity> security) {
    return start(listen, services, security, SocketFile.Access.EVERYBODY);
  }

  /**
   * The same on a unix socket of which only who runs this server, and root, may make use: what it
   * serves is not for pods or other users. A folder that is missing is made for them alone, too.
   * Without TLS. Throws {@link Failure} of kind INVALID for any other address.
   */
  public static GrpcServer startPrivately(Url listen, List<? extends BindableService> services) {
    if (!listen.scheme().equals("unix")) {
      throw new Failure(
          Failure.Kind.INVALID,
          "cannot serve on " + listen + ": it is for this machine's own alone; write unix://...");
    }
    return start(List.of(listen), services, Optional.empty(), SocketFile.Access.OWNER);
  }

  private static GrpcServer start(
      List<Url> listen,
      List<? extends BindableService> services,
      Optional<TransportSecurity> security,
      SocketFile.Access access) {
    GrpcServer server = new GrpcServer(security.map(TransportSecurity::server), access);
    try {
      List<ServerServiceDefinition> definitions =
          services.stream().map(BindableService::bindService).toList();
      definitions.forEach(
          d -> server.health.setStatus(d.getServiceDescriptor().getName(), ServingStatus.SERVING));
      listen.forEach(url -> server.listen(url, definitions));
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Where it serves, in the order of {@code listen}, with real ports. */
  public List<Url> addresses() {
    return List.copyOf(addresses);
  }

  /**
   * Ends: removes its own socket files, lets running calls finish for up to 2 s, then cancels them.
   * A second close does nothing.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    files.close();
    health.enterTerminalState();
    servers.forEach(Server::shutdown);
    if (!terminated(GRACE)) {
      servers.forEach(Server::shutdownNow);
      if (!terminated(GRACE_AFTER_CANCEL)) {
        log.warn("calls on {} still run after they have been cancelled", addresses);
      }
    }
  }

  private boolean terminated(Duration patience) {
    Time time = Time.system();
    long deadline = time.nanos() + patience.toNanos();
    try {
      for (Server server : servers) {
        if (!server.awaitTermination(deadline - time.nanos(), TimeUnit.NANOSECONDS)) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void listen(Url url, List<ServerServiceDefinition> services) {
    try {
      switch (url.scheme()) {
        case "unix" -> listenOnFile(url, services);
        case "tcp" -> listenOnPort(url, services);
        default ->
            throw new Failure(
                Failure.Kind.INVALID, "only unix:// and tcp:// addresses can be served");
      }
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String text = "cannot serve on " + url + ": " + Failure.text(cause);
      throw new Failure(Failure.Kind.UNAVAILABLE, text, e);
    } catch (Failure e) {
      throw new Failure(e.kind(), "cannot serve on " + url + ": " + Failure.text(e), e);
    }
  }

  private void listenOnFile(Url url, List<ServerServiceDefinition> services) throws IOException {
    Path path = Path.of(url.path());
    SocketFile.prepare(path, access)
        .ifPresent(made -> files.push(() -> SocketFile.removeFolder(made)));
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(url.path()))
            .channelFactory(FdServerChannel::new);
    start(builder, services);
    files.push(SocketFile.bound(path, access)::remove);
    addresses.add(url);
  }

  private void listenOnPort(Url url, List<ServerServiceDefinition> services) throws IOException {
    InetSocketAddress address =
        url.host().isEmpty()
            ? new InetSocketAddress(url.port())
            : new InetSocketAddress(url.host(), url.port());
    if (address.isUnresolved()) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "the host is unknown");
    }
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address).channelFactory(EpollServerSocketChannel::new);
    int port = start(builder, services).getPort();
    String rest = url.rest();
    addresses.add(new Url("tcp", rest.substring(0, rest.lastIndexOf(':') + 1) + port));
  }

  private Server start(NettyServerBuilder builder, List<ServerServiceDefinition> services)
      throws IOException {
    builder
        .bossEventLoopGroup(EventLoops.GROUP)
        .workerEventLoopGroup(EventLoops.GROUP)
        .executor(EventLoops.CALLS)
        .maxInboundMetadataSize(METADATA_BYTES_MAX)
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .maxConcurrentCallsPerConnection(STREAMS_PER_CONNECTION_MAX)
        .permitKeepAliveTime(PING_INTERVAL_MIN.toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true)
        .intercept(new CallContext())
        .addService(health.getHealthService());
    services.forEach(builder::addService);
    tls.ifPresent(context ->
        builder.sslContext(context).maxConnectionAge(AGE_MAX.toMinutes(), TimeUnit.MINUTES));
    Server server = builder.build().start();
    servers.add(server);
    return server;
  }
}

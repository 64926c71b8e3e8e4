package io.patchbay.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The connection to one peer. gRPC's own pace of dialling again (1 s up to 2 min) is not for peers
 * on the same node: while a peer is away, its backoff is cut short at ours. Safe for all threads.
 */
final class Target implements AutoCloseable {
  static final String AUTHORITY = "localhost";

  private static final Backoff PACE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2));

  /** Looking for a peer on this machine costs next to nothing. */
  private static final Backoff LOCAL_PACE =
      new Backoff(Duration.ofMillis(100), Duration.ofMillis(500));

  private static final Duration KEEPALIVE = Duration.ofSeconds(30);

  private final Time time;
  private final String shown;
  private final Backoff pace;
  private final ManagedChannel channel;

  @GuardedBy("this")
  private int failures;

  private volatile long usedNanos;

  Target(Url url, Time time, Duration dialTimeout, Optional<SslContext> tls, String shown) {
    this.time = time;
    this.shown = shown;
    this.pace = url.isUnix() ? LOCAL_PACE : PACE;
    NettyChannelBuilder builder = url.isUnix() ? file(url) : port(url, dialTimeout);
    tls.ifPresentOrElse(builder::sslContext, builder::usePlaintext);
    channel =
        builder
            .overrideAuthority(AUTHORITY)
            .eventLoopGroup(EventLoops.GROUP)
            .executor(EventLoops.CALLS)
            .maxInboundMetadataSize(GrpcServer.METADATA_BYTES_MAX)
            .maxInboundMessageSize(GrpcServer.MESSAGE_BYTES_MAX)
            .build();
    used();
    channel.notifyWhenStateChanged(ConnectivityState.IDLE, this::watch);
  }

  /** Refuses what cannot be dialled. */
  static void check(Url url) {
    switch (url.scheme()) {
      case "unix" -> {}
      case "tcp" -> {
        if (url.host().isEmpty() || url.port() == 0) {
          throw new Failure(
              Failure.Kind.INVALID, "cannot dial " + url + ": it lacks a host or a port");
        }
      }
      default ->
          throw new Failure(
              Failure.Kind.INVALID,
              "cannot dial " + url + ": write unix:///path or tcp://host:port");
    }
  }

  private static NettyChannelBuilder file(Url url) {
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(url.path()))
        .channelFactory(FdChannel::new, DomainSocketAddress.class);
  }

  private static NettyChannelBuilder port(Url url, Duration dialTimeout) {
    int millis = Math.clamp(dialTimeout.toMillis(), 1, Integer.MAX_VALUE);
    return NettyChannelBuilder.forAddress(url.host(), url.port())
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
        .channelType(EpollSocketChannel.class)
        .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveWithoutCalls(false);
  }

  /** What our certificate was called when this was made. */
  String shown() {
    return shown;
  }

  boolean isTerminated() {
    return channel.isTerminated();
  }

  Channel channel() {
    return channel;
  }

  /** Somebody calls. */
  void used() {
    usedNanos = time.nanos();
  }

  /** Closes as soon as no call runs. */
  void finish() {
    channel.shutdown();
  }

  /** Closes, and answers true, if no call runs and none was made for this long. */
  boolean finishIfUnused(Duration period) {
    ConnectivityState state = channel.getState(false);
    boolean quiet = state == ConnectivityState.IDLE || state == ConnectivityState.TRANSIENT_FAILURE;
    if (quiet && time.nanos() - usedNanos > period.toNanos()) {
      finish();
      return true;
    }
    return false;
  }

  /** Closes now; running calls are cancelled. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  private void watch() {
    ConnectivityState state = channel.getState(false);
    switch (state) {
      case TRANSIENT_FAILURE -> time.schedule(pace.pause(failed()), this::dialAgain);
      case READY -> {
        recovered();
        channel.notifyWhenStateChanged(state, this::watch);
      }
      case IDLE, CONNECTING -> channel.notifyWhenStateChanged(state, this::watch);
      case SHUTDOWN -> {}
    }
  }

  private void dialAgain() {
    channel.resetConnectBackoff();
    watch();
  }

  private synchronized int failed() {
    return ++failures;
  }

  private synchronized void recovered() {
    failures = 0;
  }
}

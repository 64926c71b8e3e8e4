package io.patchbay.bench;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.sys.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * What it costs that a unix connection can carry descriptors: a small call over ours, and over
 * Netty's own channel with the same sort of loops and handlers' threads, in turns within one run.
 */
public final class SocketBenchmark implements Benchmark {
  private static final int WARM_UP = 20_000;
  private static final int ROUNDS = 40;
  private static final int CALLS = 500;

  /** The most that ours may take of Netty's latency. */
  private static final double TARGET = 1.15;

  @Override
  public String name() {
    return "sockets";
  }

  @Override
  public String summary() {
    return "A call over a unix socket that can carry descriptors, beside Netty's own channel.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    progress.println("small calls over unix sockets, ours and Netty's in turns …");
    progress.flush();
    int descriptor = Descriptor.openPath("/proc/self/ns/net");
    try (Stack stack = new Stack()) {
      HealthBlockingStub ours = stub(ours(folder.resolve("o.sock"), stack));
      HealthBlockingStub netty = stub(netty(folder.resolve("n.sock"), stack));
      return measure(ours, netty, ours.withCallCredentials(new Descriptors(List.of(descriptor))));
    } finally {
      Descriptor.close(descriptor);
    }
  }

  private static List<Measurement> measure(
      HealthBlockingStub ours, HealthBlockingStub netty, HealthBlockingStub with) {
    Time time = Time.system();
    Samples own = new Samples(time);
    Samples base = new Samples(time);
    Samples again = new Samples(time);
    Samples carrying = new Samples(time);
    for (int i = 0; i < WARM_UP / CALLS; i++) {
      rounds(List.of(ours, netty, with), List.of(own, base, carrying));
    }
    List.of(own, base, carrying).forEach(Samples::clear);
    for (int i = 0; i < ROUNDS; i++) {
      rounds(List.of(ours, netty, with, netty), List.of(own, base, carrying, again));
    }
    return List.of(
        Measurement.of("call p50", own.p50(), "ms").atMost(TARGET, "Netty's channel", base.p50()),
        Measurement.of("call p99", own.p99(), "ms").against("Netty's channel", base.p99()),
        Measurement.of("call with a descriptor p50", carrying.p50(), "ms")
            .against("without", own.p50()),
        Measurement.of("Netty's channel again p50", again.p50(), "ms")
            .against("Netty's channel", base.p50()));
  }

  private static void rounds(List<HealthBlockingStub> stubs, List<Samples> samples) {
    for (int each = 0; each < stubs.size(); each++) {
      HealthBlockingStub stub = stubs.get(each);
      Samples kept = samples.get(each);
      for (int i = 0; i < CALLS; i++) {
        var unused = kept.time(() -> stub.check(HealthCheckRequest.getDefaultInstance()));
      }
    }
  }

  private static HealthBlockingStub stub(Channel channel) {
    return HealthGrpc.newBlockingStub(channel);
  }

  private static Channel ours(Path socket, Stack stack) {
    Url url = new Url("unix", socket.toString());
    stack.push(GrpcServer.start(List.of(url), List.of()));
    return stack.push(new Channels()).to(url);
  }

  private static Channel netty(Path socket, Stack stack) {
    int threads = Math.min(4, Runtime.getRuntime().availableProcessors());
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            threads, Thread.ofPlatform().daemon().factory(), EpollIoHandler.newFactory());
    stack.push(() -> loops.shutdownGracefully().sync());
    Executor calls = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
    DomainSocketAddress address = new DomainSocketAddress(socket.toString());
    try {
      Server server =
          NettyServerBuilder.forAddress(address)
              .channelType(EpollServerDomainSocketChannel.class)
              .bossEventLoopGroup(loops)
              .workerEventLoopGroup(loops)
              .executor(calls)
              .addService(new HealthStatusManager().getHealthService())
              .build()
              .start();
      stack.push(server::shutdownNow);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot serve on " + socket + ": " + Failure.text(e), e);
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loops)
            .executor(calls)
            .usePlaintext()
            .overrideAuthority("localhost")
            .build();
    stack.push(channel::shutdownNow);
    return channel;
  }
}

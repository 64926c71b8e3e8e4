package io.patchbay.sockets;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * The threads of all servers and channels of this process: a few daemon threads that wait for the
 * sockets, and a virtual thread for each piece of work that a call brings. They live as long as the
 * process.
 */
final class EventLoops {
  private static final int MOST = 4;

  /** Waits for sockets; nothing on it may block. */
  static final EventLoopGroup GROUP = group();

  /** Runs handlers and callbacks, which may block. */
  static final Executor CALLS =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());

  private EventLoops() {}

  private static EventLoopGroup group() {
    Epoll.ensureAvailability();
    int threads = Math.min(MOST, Runtime.getRuntime().availableProcessors());
    return new MultiThreadIoEventLoopGroup(
        threads,
        Thread.ofPlatform().daemon().name("sockets-", 0).factory(),
        EpollIoHandler.newFactory());
  }
}

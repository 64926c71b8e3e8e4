package io.patchbay.sockets;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.unix.UnixChannelUtil;
import io.patchbay.base.Time;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A unix stream connection on Netty's epoll loops that carries descriptors beside its bytes, which
 * Netty's own channel cannot. It owns the socket and the {@link FdPort}, and closes both. As with
 * every Netty channel, all work happens on its event loop; level-triggered, so that a missed read
 * repeats. It has no half-closure and binds nothing; gRPC needs neither.
 */
final class FdChannel extends AbstractChannel implements UnixChannel {
  static {
    Epoll.ensureAvailability();
  }

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  /** Pause after the kernel said that too many descriptors are in flight. */
  private static final Duration HOLD_OFF = Duration.ofMillis(5);

  private final Socket socket;
  private final FdPort port;
  private final FdReader reader;
  private final FdWriter writer;
  private final FdChannelConfig config = new FdChannelConfig(this);
  private EpollIoOps interest = EpollIoOps.EPOLLERR;
  private @Nullable IoRegistration registration;
  private volatile boolean active;
  private volatile @Nullable SocketAddress local;
  private volatile @Nullable SocketAddress remote;

  /** A connection to be made. */
  FdChannel() {
    this(null, Socket.newSocketDomain());
  }

  /** A connection that a listener has accepted on {@code path}; closes it if it is of no use. */
  static FdChannel accepted(Channel parent, Socket socket, String path) throws IOException {
    try {
      FdChannel channel = new FdChannel(parent, socket);
      channel.connected(path);
      return channel;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private FdChannel(@Nullable Channel parent, Socket socket) {
    super(parent);
    this.socket = socket;
    this.port = new FdPort(Time.system());
    this.reader = new FdReader(socket, port);
    this.writer = new FdWriter(socket, port, this::holdDescriptorsOff);
  }

  private void connected(String path) throws IOException {
    remote = new PortAddress(path, port, PeerCredentials.of(socket));
    local = new DomainSocketAddress(path);
    active = true;
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(EpollIoHandle.class);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    ((IoEventLoop) eventLoop())
        .register((Unsafe) unsafe())
        .addListener(future -> {
          if (!future.isSuccess()) {
            promise.setFailure(future.cause());
            return;
          }
          registration = (IoRegistration) future.getNow();
          if (active) {
            submit();
          }
          promise.setSuccess();
        });
  }

  @Override
  protected void doDeregister() {
    if (registration != null) {
      registration.cancel();
    }
  }

  @Override
  protected void doClose() throws IOException {
    active = false;
    try {
      if (isRegistered()) {
        doDeregister();
      }
    } finally {
      socket.close();
      port.close();
    }
  }

  @Override
  protected void doDisconnect() throws IOException {
    doClose();
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException("a unix connection is not bound: " + address);
  }

  @Override
  protected void doBeginRead() {
    reader.wanted();
    watch(interest.with(EpollIoOps.EPOLLIN));
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      throw new UnsupportedOperationException("only bytes can be written, not " + message);
    }
    if (!UnixChannelUtil.isBufferCopyNeededForWrite(bytes)) {
      return bytes;
    }
    ByteBuf direct = alloc().directBuffer(bytes.readableBytes());
    direct.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    bytes.release();
    return direct;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer buffer) throws IOException {
    switch (writer.write(buffer, config.getWriteSpinCount())) {
      case DONE -> watch(interest.without(EpollIoOps.EPOLLOUT));
      case FULL -> watch(interest.with(EpollIoOps.EPOLLOUT));
      case AGAIN -> {
        watch(interest.without(EpollIoOps.EPOLLOUT));
        eventLoop().execute(((Unsafe) unsafe())::flushNow);
      }
    }
  }

  private void holdDescriptorsOff() {
    Time.system().schedule(HOLD_OFF, () -> eventLoop().execute(this::resumeDescriptors));
  }

  private void resumeDescriptors() {
    writer.resume();
    flush();
  }

  private void watch(EpollIoOps wanted) {
    if (!wanted.equals(interest)) {
      interest = wanted;
      if (active) {
        submit();
      }
    }
  }

  private void submit() {
    if (registration != null) {
      registration.submit(interest);
    }
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new Unsafe();
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return local;
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return remote;
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  /** What the event loop calls. */
  private final class Unsafe extends AbstractUnsafe implements EpollIoHandle {
    @Override
    public FileDescriptor fd() {
      return socket;
    }

    @Override
    public void close() {
      close(voidPromise());
    }

    /** Writes first, then reads: everything but "writable" means that there is news to read. */
    @Override
    public void handle(IoRegistration from, IoEvent event) {
      EpollIoOps ops = ((EpollIoEvent) event).ops();
      if (ops.contains(EpollIoOps.EPOLLOUT) || ops.contains(EpollIoOps.EPOLLERR)) {
        flushNow();
      }
      if (!ops.equals(EpollIoOps.EPOLLOUT) && isOpen()) {
        boolean more = reader.read(FdChannel.this, recvBufAllocHandle());
        if (!more && isOpen()) {
          watch(interest.without(EpollIoOps.EPOLLIN));
        }
      }
    }

    /** A flush while the socket is full would be in vain; the loop flushes when it has room. */
    @Override
    protected void flush0() {
      if (!interest.contains(EpollIoOps.EPOLLOUT)) {
        super.flush0();
      }
    }

    void flushNow() {
      super.flush0();
    }

    /** A unix connect either succeeds at once or fails (connect(2)): there is nothing to await. */
    @Override
    public void connect(SocketAddress to, @Nullable SocketAddress from, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      try {
        if (active || from != null || !(to instanceof DomainSocketAddress address)) {
          throw new UnsupportedOperationException("connect from " + from + " to " + to);
        }
        if (!socket.connect(address)) {
          throw new IOException("connect to " + address + " is still in progress");
        }
        connected(address.path());
        submit();
        promise.setSuccess();
        pipeline().fireChannelActive();
      } catch (IOException | RuntimeException e) {
        close(voidPromise());
        promise.tryFailure(annotateConnectException(e, to));
      }
    }
  }
}

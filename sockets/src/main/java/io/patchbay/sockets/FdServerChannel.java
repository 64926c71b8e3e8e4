package io.patchbay.sockets;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.AbstractEpollServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelConfig;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A unix listener whose connections are {@link FdChannel}s. It leaves the socket file alone: {@link
 * SocketFile} knows whose that is.
 */
final class FdServerChannel extends AbstractEpollServerChannel {
  static {
    Epoll.ensureAvailability();
  }

  private final Config config = new Config(this);
  private volatile @Nullable DomainSocketAddress local;

  FdServerChannel() {
    super(Socket.newSocketDomain().intValue());
  }

  @Override
  protected void doBind(SocketAddress address) throws IOException {
    Socket socket = (Socket) fd();
    socket.bind(address);
    socket.listen(config.backlog);
    local = (DomainSocketAddress) address;
    active = true;
    registration().submit(EpollIoOps.EPOLLERR);
  }

  @Override
  protected Channel newChildChannel(int fd, byte[] remote, int offset, int length)
      throws IOException {
    return FdChannel.accepted(this, new Socket(fd), Objects.requireNonNull(local).path());
  }

  @Override
  protected @Nullable DomainSocketAddress localAddress0() {
    return local;
  }

  @Override
  public EpollChannelConfig config() {
    return config;
  }

  /** A listener's options: Netty's own class for them cannot be made from outside. */
  private static final class Config extends EpollChannelConfig {
    private static final int BACKLOG = 1024;
    private volatile int backlog = BACKLOG;

    Config(Channel channel) {
      super(channel);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (!option.equals(ChannelOption.SO_BACKLOG)) {
        return super.setOption(option, value);
      }
      if (!(value instanceof Integer wanted) || wanted < 0) {
        throw new ChannelException("SO_BACKLOG of " + value);
      }
      backlog = wanted;
      return true;
    }
  }
}

package io.patchbay.sockets;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;

/** Options of a unix connection: gRPC asks every connection for keepalive, which is tcp's. */
final class FdChannelConfig extends DefaultChannelConfig {
  FdChannelConfig(Channel channel) {
    super(channel);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    return option.equals(ChannelOption.SO_KEEPALIVE) || super.setOption(option, value);
  }
}

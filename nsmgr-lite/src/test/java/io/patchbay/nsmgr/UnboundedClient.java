package io.patchbay.nsmgr;

import io.grpc.netty.GrpcSslContexts;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Frame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Url;
import io.patchbay.sockets.TransportSecurity;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLException;

/**
 * Speaks HTTP/2 over TLS to a manager's socket and heeds no bound of its own or of the manager's,
 * as gRPC's client and ours would.
 */
final class UnboundedClient implements AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Http2FrameCodec frames =
      Http2FrameCodecBuilder.forClient().encoderIgnoreMaxHeaderListSize(true).build();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final Channel channel;

  UnboundedClient(Url manager, TransportSecurity security) throws SSLException {
    SslContext tls =
        GrpcSslContexts.configure(
                SslContextBuilder.forClient().keyManager(security.keys()), SslProvider.JDK)
            .trustManager(security.trust())
            .endpointIdentificationAlgorithm(null)
            .build();
    channel =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel made) {
                    made.pipeline()
                        .addLast(
                            tls.newHandler(made.alloc()),
                            frames,
                            new Http2MultiplexHandler(new Listener()),
                            new Listener());
                  }
                })
            .connect(new DomainSocketAddress(manager.path()))
            .syncUninterruptibly()
            .channel();
  }

  /**
   * What the manager has said so far, each as {@code stream: what}: the statuses of HTTP and gRPC,
   * {@code goaway} with the error code of HTTP/2, and {@code closed}.
   */
  List<String> heard() {
    return heard;
  }

  /** Asks for a connection on the next stream, the first is 3. */
  void request(NetworkServiceRequest request, Map<String, String> metadata) {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme("https")
            .authority("localhost")
            .path("/networkservice.NetworkService/Request")
            .set("content-type", "application/grpc")
            .set("te", "trailers");
    metadata.forEach(headers::add);
    byte[] message = request.toByteArray();
    byte[] framed =
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array();
    Http2StreamChannel stream =
        new Http2StreamChannelBootstrap(channel)
            .handler(new Listener())
            .open()
            .syncUninterruptibly()
            .getNow();
    stream.write(new DefaultHttp2HeadersFrame(headers));
    stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(framed), true));
  }

  /** Notes what comes. */
  private final class Listener extends SimpleChannelInboundHandler<Http2Frame> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, Http2Frame frame) {
      switch (frame) {
        case Http2HeadersFrame headers -> {
          note(headers.stream().id(), "status", headers.headers().status());
          note(headers.stream().id(), "grpc", headers.headers().get("grpc-status"));
        }
        case Http2GoAwayFrame end -> note(0, "goaway", end.errorCode());
        default -> {}
      }
    }

    private void note(int stream, String what, Object value) {
      if (value != null) {
        heard.add(stream + ": " + what + " " + value);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (context.channel() == channel) {
        heard.add("closed");
      }
    }
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    loop.shutdownGracefully();
  }
}

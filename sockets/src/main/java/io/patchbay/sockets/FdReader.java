package io.patchbay.sockets;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.PreferredDirectByteBufAllocator;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.FastThreadLocal;
import io.patchbay.sockets.sys.Errno;
import io.patchbay.sockets.sys.MessageBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reading half of an {@link FdChannel}: every read is a recvmsg, since a plain read would make
 * the kernel drop descriptors. Descriptors are in the port before the bytes they came with go up
 * the pipeline. Runs on the event loop.
 */
final class FdReader {
  private static final Logger log = LoggerFactory.getLogger(FdReader.class);

  /** In one write of a peer (contracts/nsm.md 3.1); upstream's and ours send one in each. */
  private static final int TOGETHER_MAX = 64;

  static final FastThreadLocal<MessageBlock> BLOCK =
      new FastThreadLocal<>() {
        @Override
        protected MessageBlock initialValue() {
          return new MessageBlock();
        }
      };

  private final Socket socket;
  private final FdPort port;
  private final PreferredDirectByteBufAllocator direct = new PreferredDirectByteBufAllocator();
  private boolean wanted;
  private boolean descriptorCame;
  private int came;

  FdReader(Socket socket, FdPort port) {
    this.socket = socket;
    this.port = port;
  }

  /** Somebody asked for the next read. */
  void wanted() {
    wanted = true;
  }

  /**
   * Reads until the socket is empty or the channel has had its turn; closes it at the end of the
   * stream. Answers whether the channel still wants to be told of bytes.
   */
  boolean read(Channel channel, RecvByteBufAllocator.Handle handle) {
    handle.reset(channel.config());
    direct.updateAllocator(channel.alloc());
    boolean end = false;
    try {
      do {
        ByteBuf buffer = handle.allocate(direct);
        int count = fillOrRelease(buffer, handle);
        end = count < 0;
        if (count <= 0) {
          break;
        }
        handle.incMessagesRead(1);
        wanted = false;
        channel.pipeline().fireChannelRead(buffer);
      } while (channel.isOpen() && handle.continueReading());
      complete(channel, handle);
    } catch (IOException | RuntimeException e) {
      end = true;
      complete(channel, handle);
      log.debug("reading from {} failed: {}", channel, e.getMessage());
      channel.pipeline().fireExceptionCaught(e);
    }
    if (end) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    }
    return wanted || channel.config().isAutoRead();
  }

  private static void complete(Channel channel, RecvByteBufAllocator.Handle handle) {
    handle.readComplete();
    channel.pipeline().fireChannelReadComplete();
  }

  /** The bytes now in the buffer, 0 if there were none, -1 at the end; 0 and -1 release it. */
  private int fillOrRelease(ByteBuf buffer, RecvByteBufAllocator.Handle handle) throws IOException {
    int count = -1;
    try {
      handle.attemptedBytesRead(buffer.writableBytes());
      count = fill(buffer);
      handle.lastBytesRead(count);
      return count;
    } finally {
      if (count <= 0) {
        buffer.release();
      }
    }
  }

  /**
   * A read with descriptors ends early by design of the kernel, so it is continued into the same
   * buffer: else a row of them would mean a row of one-byte buffers.
   */
  private int fill(ByteBuf buffer) throws IOException {
    int total = 0;
    do {
      descriptorCame = false;
      int count = receive(buffer);
      if (count == -Errno.EAGAIN) {
        return total;
      }
      if (count < 0) {
        throw new IOException("recvmsg: " + Errno.text(-count));
      }
      if (count == 0) {
        return total > 0 ? total : -1;
      }
      buffer.writerIndex(buffer.writerIndex() + count);
      total += count;
    } while (descriptorCame && buffer.isWritable());
    return total;
  }

  private int receive(ByteBuf buffer) throws IOException {
    MessageBlock block = BLOCK.get();
    came = 0;
    int count;
    do {
      count =
          block.receive(
              socket.intValue(), address(buffer), buffer.writableBytes(), this::descriptorCame);
    } while (count == -Errno.EINTR);
    if (block.truncated()) {
      log.warn("descriptors from a peer were lost: this process has no free ones (ulimit -n)");
    }
    if (came > TOGETHER_MAX) { // the connection's end closes them
      throw new IOException(came + " descriptors in one write; " + TOGETHER_MAX + " are allowed");
    }
    return count;
  }

  private void descriptorCame(int descriptor) {
    descriptorCame = true;
    came++;
    port.arrived(descriptor);
  }

  private static long address(ByteBuf buffer) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress() + buffer.writerIndex();
    }
    ByteBuffer nio = buffer.internalNioBuffer(buffer.writerIndex(), buffer.writableBytes());
    return Buffer.memoryAddress(nio) + nio.position();
  }
}

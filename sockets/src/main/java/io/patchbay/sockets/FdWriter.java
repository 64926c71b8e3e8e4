package io.patchbay.sockets;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.FastThreadLocal;
import io.patchbay.sockets.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writing half of an {@link FdChannel}. While descriptors are queued, each leaves with exactly
 * one byte of what is to be written (contracts/nsm.md section 3.1); all else goes by Netty's own
 * gathering write. Runs on the event loop.
 */
final class FdWriter {
  /** How a turn of writing ended. */
  enum Outcome {
    /** Nothing is left. */
    DONE,
    /** The socket takes no more for now. */
    FULL,
    /** The turn is over, others' turn; there is more to write. */
    AGAIN
  }

  /** Descriptors in one turn; upstream's peers send as many in one write. */
  private static final int DESCRIPTORS_PER_TURN = 64;

  private static final int IOVECS = 256;
  private static final Logger log = LoggerFactory.getLogger(FdWriter.class);

  private static final FastThreadLocal<IovArray> VECTORS =
      new FastThreadLocal<>() {
        @Override
        protected IovArray initialValue() {
          return new IovArray(IOVECS);
        }

        @Override
        protected void onRemoval(IovArray vectors) {
          vectors.release();
        }
      };

  private final Socket socket;
  private final FdPort port;
  private final Runnable onTooMany;
  private boolean heldOff;

  /** {@code onTooMany} is to call {@link #resume} a little later and to flush. */
  FdWriter(Socket socket, FdPort port, Runnable onTooMany) {
    this.socket = socket;
    this.port = port;
    this.onTooMany = onTooMany;
  }

  /** Descriptors may be tried again. */
  void resume() {
    heldOff = false;
  }

  /** Writes what is flushed, in at most {@code turns} gathering writes. */
  Outcome write(ChannelOutboundBuffer buffer, int turns) throws IOException {
    int descriptors = 0;
    int writes = 0;
    while (writes < turns && descriptors < DESCRIPTORS_PER_TURN) {
      if (!(buffer.current() instanceof ByteBuf first)) {
        return Outcome.DONE;
      }
      if (!first.isReadable()) {
        buffer.remove();
        continue;
      }
      OptionalInt descriptor = heldOff ? OptionalInt.empty() : port.next();
      long count;
      if (descriptor.isPresent()) {
        descriptors++;
        count = ride(first, descriptor.getAsInt());
      } else {
        writes++;
        count = gather(buffer);
      }
      if (count == 0) {
        return Outcome.FULL;
      }
      if (count > 0) {
        buffer.removeBytes(count);
      }
    }
    return Outcome.AGAIN;
  }

  private long gather(ChannelOutboundBuffer buffer) throws IOException {
    IovArray vectors = VECTORS.get();
    vectors.clear();
    try {
      buffer.forEachFlushedMessage(vectors);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot list what is to be written", e);
    }
    return socket.writevAddresses(vectors.memoryAddress(0), vectors.count());
  }

  /** One byte and one descriptor: 1; 0 if the socket is full; -1 if not with it, or not now. */
  private int ride(ByteBuf bytes, int descriptor) throws IOException {
    int result;
    do {
      result = FdReader.BLOCK.get().sendByteWith(socket.intValue(), address(bytes), descriptor);
    } while (result == -Errno.EINTR);
    return switch (-result) {
      case -1 -> {
        port.sent();
        yield 1;
      }
      case Errno.EAGAIN -> 0;
      case Errno.EPIPE, Errno.ECONNRESET, Errno.ENOTCONN ->
          throw new IOException("sendmsg: " + Errno.text(-result));
      case Errno.ETOOMANYREFS -> {
        heldOff = true;
        onTooMany.run();
        yield -1;
      }
      default -> {
        log.warn("a descriptor cannot be sent and is dropped: {}", Errno.text(-result));
        port.sent();
        yield -1;
      }
    };
  }

  private static long address(ByteBuf bytes) {
    if (bytes.hasMemoryAddress()) {
      return bytes.memoryAddress() + bytes.readerIndex();
    }
    ByteBuffer nio = bytes.nioBuffer(bytes.readerIndex(), 1);
    return Buffer.memoryAddress(nio) + nio.position();
  }
}

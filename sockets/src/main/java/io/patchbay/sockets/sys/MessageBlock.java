package io.patchbay.sockets.sys;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;

/**
 * One off-heap block with a {@code msghdr}, one {@code iovec} and room for descriptors; every field
 * is filled anew before each call, because the kernel overwrites some. Offsets are those of 64-bit
 * Linux. Belongs to one thread.
 */
public final class MessageBlock {
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;

  private static final int HEADER_IOV = 16;
  private static final int HEADER_IOV_LENGTH = 24;
  private static final int HEADER_CONTROL = 32;
  private static final int HEADER_CONTROL_LENGTH = 40;
  private static final int HEADER_FLAGS = 48;
  private static final int IOV = 56;
  private static final int CONTROL = 72;
  private static final int CONTROL_HEADER_BYTES = 16;

  /** Control room for 253 descriptors, the most one message carries (SCM_MAX_FD in net/scm.h). */
  private static final int CONTROL_BYTES = CONTROL_HEADER_BYTES + (253 * 4 + 7) / 8 * 8;

  /** Control of one descriptor: header and 4 bytes, padded to 8. */
  private static final int SINGLE_CONTROL_BYTES = 24;

  private final ByteBuffer block =
      ByteBuffer.allocateDirect(CONTROL + CONTROL_BYTES).order(ByteOrder.nativeOrder());
  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(block));
  private final int room;
  private boolean truncated;

  /** Room for as many descriptors as one message carries. */
  public MessageBlock() {
    this(CONTROL_BYTES);
  }

  private MessageBlock(int room) {
    this.room = room;
  }

  /**
   * Without room for a descriptor: the kernel drops what comes, as for a process that has none free
   * (put_cmsg and scm_detach_fds in net/core/scm.c). So that this can be tested without taking
   * every descriptor from the rest of the process.
   */
  public static MessageBlock exhausted() {
    return new MessageBlock(0);
  }

  /**
   * recvmsg(2), without waiting.
   *
   * @param address where the bytes go
   * @param onDescriptor is handed every descriptor that came along, in order, and owns it
   * @return the number of bytes, 0 at the end of the stream, or a negated errno
   */
  public int receive(int socket, long address, int length, IntConsumer onDescriptor) {
    fill(address, length, room);
    long count = LibC.recvmsg(socket, this.address, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0) {
      truncated = false;
      return Errno.lastNegated();
    }
    truncated = (block.getInt(HEADER_FLAGS) & MSG_CTRUNC) != 0;
    handOver(onDescriptor);
    return (int) count;
  }

  /** Whether the last receive lost descriptors, because this process has none free (EMFILE). */
  public boolean truncated() {
    return truncated;
  }

  /**
   * sendmsg(2) of the one byte at {@code address} together with one descriptor, without waiting.
   *
   * @return 1, or a negated errno
   */
  public int sendByteWith(int socket, long address, int descriptor) {
    fill(address, 1, SINGLE_CONTROL_BYTES);
    block.putLong(CONTROL, CONTROL_HEADER_BYTES + 4);
    block.putInt(CONTROL + 8, SOL_SOCKET);
    block.putInt(CONTROL + 12, SCM_RIGHTS);
    block.putInt(CONTROL + CONTROL_HEADER_BYTES, descriptor);
    long count = LibC.sendmsg(socket, this.address, MSG_DONTWAIT | MSG_NOSIGNAL);
    return count < 0 ? Errno.lastNegated() : (int) count;
  }

  private void fill(long bytes, int length, int controlLength) {
    block.putLong(0, 0).putLong(8, 0);
    block.putLong(HEADER_IOV, address + IOV).putLong(HEADER_IOV_LENGTH, 1);
    block.putLong(HEADER_CONTROL, address + CONTROL);
    block.putLong(HEADER_CONTROL_LENGTH, controlLength);
    block.putLong(HEADER_FLAGS, 0);
    block.putLong(IOV, bytes).putLong(IOV + 8, length);
  }

  private void handOver(IntConsumer onDescriptor) {
    long end = CONTROL + block.getLong(HEADER_CONTROL_LENGTH);
    int at = CONTROL;
    while (at + CONTROL_HEADER_BYTES <= end) {
      int length = (int) block.getLong(at);
      if (length < CONTROL_HEADER_BYTES) {
        return;
      }
      if (block.getInt(at + 8) == SOL_SOCKET && block.getInt(at + 12) == SCM_RIGHTS) {
        for (int fd = at + CONTROL_HEADER_BYTES; fd + 4 <= at + length; fd += 4) {
          onDescriptor.accept(block.getInt(fd));
        }
      }
      at += (length + 7) / 8 * 8;
    }
  }
}

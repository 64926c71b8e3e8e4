package io.patchbay.sockets.sys;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.List;

/** What production never does: one message with a row of descriptors. */
public final class ManyDescriptors {
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int CONTROL_HEADER_BYTES = 16;

  private ManyDescriptors() {}

  /** sendmsg(2) of one byte with all these descriptors; 1, or a negated errno. */
  public static int send(int socket, byte one, List<Integer> descriptors) {
    int length = CONTROL_HEADER_BYTES + 4 * descriptors.size();
    try (Memory header = new Memory(56);
        Memory vector = new Memory(16);
        Memory bytes = new Memory(1);
        Memory control = new Memory((length + 7) / 8 * 8)) {
      header.clear();
      header.setPointer(16, vector);
      header.setLong(24, 1);
      header.setPointer(32, control);
      header.setLong(40, length);
      vector.setPointer(0, bytes);
      vector.setLong(8, 1);
      bytes.setByte(0, one);
      control.setLong(0, length);
      control.setInt(8, SOL_SOCKET);
      control.setInt(12, SCM_RIGHTS);
      for (int i = 0; i < descriptors.size(); i++) {
        control.setInt(CONTROL_HEADER_BYTES + 4L * i, descriptors.get(i));
      }
      long count = LibC.sendmsg(socket, Pointer.nativeValue(header), MSG_NOSIGNAL);
      return count < 0 ? Errno.lastNegated() : (int) count;
    }
  }
}

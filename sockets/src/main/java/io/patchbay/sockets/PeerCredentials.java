package io.patchbay.sockets;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Who opened the other end of a unix connection, as the kernel noted it then (unix(7),
 * SO_PEERCRED). The pid is 0 for a process that this pid namespace cannot see.
 */
record PeerCredentials(int pid, int uid, int gid) {
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;

  static PeerCredentials of(Socket socket) throws IOException {
    ByteBuffer raw = ByteBuffer.allocateDirect(12).order(ByteOrder.nativeOrder());
    socket.getRawOpt(SOL_SOCKET, SO_PEERCRED, raw);
    return new PeerCredentials(raw.getInt(0), raw.getInt(4), raw.getInt(8));
  }
}

package io.patchbay.sockets.sys;

import com.sun.jna.Native;

/**
 * The C library's functions by JNA direct mapping, for 64-bit Linux. All return -1 on failure, and
 * {@link Native#getLastError()} then has the errno until the thread's next native call.
 */
final class LibC {
  static {
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  /** recvmsg(2); {@code header} is the address of a {@code struct msghdr}. */
  static native long recvmsg(int socket, long header, int flags);

  /** sendmsg(2); {@code header} is the address of a {@code struct msghdr}. */
  static native long sendmsg(int socket, long header, int flags);

  /** fstat(2); {@code stat} is the address of 144 bytes or more. */
  static native int fstat(int descriptor, long stat);

  /** fcntl(2) with an integer argument. */
  static native int fcntl(int descriptor, int command, int argument);

  /** open(2) without a mode. */
  static native int open(String path, int flags);

  /** close(2). */
  static native int close(int descriptor);

  /** The message for an errno. */
  static native String strerror(int errno);
}

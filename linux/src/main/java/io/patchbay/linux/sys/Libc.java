package io.patchbay.linux.sys;

import com.sun.jna.Native;

/**
 * The C library, by JNA direct mapping on a 64-bit Linux: {@code size_t}, {@code ssize_t} and
 * pointers inside structures are {@code long}. A negative result means that {@link Errno#last()}
 * holds the reason, if it is asked at once and on the same thread.
 */
final class Libc {
  static {
    Native.register(Libc.class, "c");
  }

  private Libc() {}

  static native int open(String path, int flags, int mode);

  static native int close(int descriptor);

  static native long read(int descriptor, byte[] into, long length);

  static native long write(int descriptor, byte[] from, long length);

  static native int ioctl(int descriptor, long request, byte[] argument);

  static native int poll(byte[] descriptors, long count, int timeoutMillis);

  static native int eventfd(int initial, int flags);

  static native int socket(int family, int type, int protocol);

  static native int bind(int descriptor, byte[] address, int length);

  static native int connect(int descriptor, byte[] address, int length);

  static native int listen(int descriptor, int backlog);

  static native int accept4(int descriptor, long address, long length, int flags);

  static native int shutdown(int descriptor, int how);

  static native int setsockopt(int descriptor, int level, int name, byte[] value, int length);

  static native long send(int descriptor, byte[] from, long length, int flags);

  static native long recv(int descriptor, byte[] into, long length, int flags);

  static native int setns(int descriptor, int kind);

  static native int unshare(int flags);

  static native int umount2(String folder, int flags);
}

package io.patchbay.linux.sys;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Descriptor.Readiness;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * A message socket of the kernel: netlink, packet, raw IP or unix SEQPACKET. It belongs to the
 * network namespace of the thread that opened it, and may be used on any thread afterwards. Waiting
 * blocks the carrier of a virtual thread: go through {@link Blocking} there.
 */
public final class SystemSocket implements AutoCloseable {
  /** Socket types of {@code linux/net.h}. */
  public static final int DATAGRAM = 2;

  public static final int RAW = 3;
  public static final int SEQPACKET = 5;

  private static final int CLOEXEC = 0x80000;
  private static final int MSG_PEEK = 0x2;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_RDWR = 2;

  private final Descriptor descriptor;
  private final String name;

  private SystemSocket(Descriptor descriptor, String name) {
    this.descriptor = descriptor.wakeable();
    this.name = name;
  }

  /** Opens a socket in the calling thread's network namespace; {@code name} is for messages. */
  public static SystemSocket open(int family, int type, int protocol, String name) {
    int result = Libc.socket(family, type | CLOEXEC, protocol);
    return new SystemSocket(Descriptor.adopt("socket for " + name, result), name);
  }

  /** The descriptor, for ioctls; this socket stays its owner. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** Gives the socket its own address. */
  public SystemSocket bind(SocketAddress address) {
    byte[] bytes = address.bytes();
    return checked("bind " + name, fd -> Libc.bind(fd, bytes, bytes.length));
  }

  /** Sets the only peer. */
  public SystemSocket connect(SocketAddress address) {
    byte[] bytes = address.bytes();
    return checked("connect to " + name, fd -> Libc.connect(fd, bytes, bytes.length));
  }

  /** Makes it a listening socket. */
  public SystemSocket listen(int backlog) {
    return checked("listen on " + name, fd -> Libc.listen(fd, backlog));
  }

  /** Sets an option whose value is an int. */
  public SystemSocket option(int level, int option, int value) {
    return option(
        level, option, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
  }

  /** Sets an option whose value is a structure of the kernel. */
  public SystemSocket option(int level, int option, byte[] bytes) {
    return checked(
        "option " + level + "/" + option + " of " + name,
        fd -> Libc.setsockopt(fd, level, option, bytes, bytes.length));
  }

  private SystemSocket checked(String attempt, Descriptor.Call call) {
    try {
      descriptor.call(attempt, call);
      return this;
    } catch (Failure e) {
      close();
      throw e;
    }
  }

  /** The next client of a listening socket; waits until there is one, or the socket is closed. */
  public Optional<SystemSocket> accept() {
    while (true) {
      switch (descriptor.await(Duration.ofDays(1))) {
        case CLOSED -> {
          return Optional.empty();
        }
        case TIMED_OUT -> {}
        case READABLE -> {
          long client = descriptor.call("accept on " + name, fd -> Libc.accept4(fd, 0, 0, CLOEXEC));
          return Optional.of(
              new SystemSocket(Descriptor.adopt("accept on " + name, (int) client), name));
        }
      }
    }
  }

  /** Sends one message, whole. */
  public void send(byte[] from, int length) {
    descriptor.call("send to " + name, fd -> Libc.send(fd, from, length, MSG_NOSIGNAL));
  }

  /** Waits for something to receive. */
  public Readiness await(Duration timeout) {
    return descriptor.await(timeout);
  }

  /** The next message, whole, whatever its size; it must be there. Empty is the peer's end. */
  public byte[] receive() {
    byte[] none = new byte[1];
    long size =
        descriptor.call(
            "receive from " + name,
            fd -> Libc.recv(fd, none, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT));
    byte[] message = new byte[(int) size];
    if (size == 0) {
      return message;
    }
    receive(message);
    return message;
  }

  /** The next message into the array, cut at its end; it must be there. The size received. */
  public int receive(byte[] into) {
    return (int)
        descriptor.call(
            "receive from " + name, fd -> Libc.recv(fd, into, into.length, MSG_DONTWAIT));
  }

  /** Ends both directions: the peer and whoever waits here see the end. */
  public void shutdown() {
    descriptor.call("shut down " + name, fd -> Libc.shutdown(fd, SHUT_RDWR));
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return name;
  }
}

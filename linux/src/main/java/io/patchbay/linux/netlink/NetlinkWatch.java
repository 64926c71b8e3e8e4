package io.patchbay.linux.netlink;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.SystemSocket;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A kernel socket that only listens, to one multicast group of its namespace. */
public final class NetlinkWatch implements AutoCloseable {
  private static final int KERNEL_UEVENTS = 1; // enum udev_monitor_netlink_group of libudev

  private final SystemSocket socket;

  private NetlinkWatch(SystemSocket socket) {
    this.socket = socket;
  }

  /** Listens to RTNLGRP_LINK in the calling thread's network namespace. */
  public static NetlinkWatch links() {
    return new NetlinkWatch(
        SocketEndpoint.kernelSocket(SocketEndpoint.NETLINK_ROUTE, Rtm.GROUP_LINK));
  }

  /**
   * Listens to the kernel's own uevents: those of network devices in the calling thread's network
   * namespace, and those of all other devices if that belongs to the first user namespace. They are
   * no netlink messages: take them by {@link #runRaw}.
   */
  public static NetlinkWatch uevents() {
    return new NetlinkWatch(
        SocketEndpoint.kernelSocket(SocketEndpoint.NETLINK_KOBJECT_UEVENT, KERNEL_UEVENTS));
  }

  /** Hands over what arrives until closed; {@code lost} whenever the kernel had to drop some. */
  public void run(Consumer<List<NetlinkMessage>> messages, Runnable lost) {
    runRaw(datagram -> messages.accept(NetlinkMessage.decode(datagram)), lost);
  }

  /** The same with datagrams as they are. */
  public void runRaw(Consumer<byte[]> datagrams, Runnable lost) {
    Readiness readiness = socket.await(Duration.ofDays(1));
    while (readiness != Readiness.CLOSED) {
      if (readiness == Readiness.READABLE) {
        try {
          datagrams.accept(socket.receive());
        } catch (Failure e) {
          if (Errno.ENOBUFS.isBehind(e)) {
            lost.run();
          } else if (socket.await(Duration.ZERO) != Readiness.CLOSED) {
            throw e;
          }
        }
      }
      readiness = socket.await(Duration.ofDays(1));
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}

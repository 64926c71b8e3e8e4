package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Descriptor;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.InterfaceRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * An Ethernet device whose other side is this object: what the kernel transmits is read here, what
 * is written here the kernel receives. Frames come whole, with complete checksums. One thread
 * reads, a platform thread as it blocks; any may do the rest.
 *
 * <p>The device may be moved to another namespace and dies with that one; this then reads its end.
 * The namespace where it was made is kept alive by the open descriptor until {@link #close}, which
 * also removes the device, wherever it is.
 */
public final class TapDevice implements AutoCloseable {
  private static final Path TUN = Path.of("/dev/net/tun");
  private static final int NONBLOCK = 0x800; // asm-generic/fcntl.h
  private static final long TUNSETIFF = 0x400454caL; // linux/if_tun.h, as the next five
  private static final long TUNSETCARRIER = 0x400454e2L;
  private static final long TUNGETIFF = 0x800454d2L;
  private static final long TUNGETDEVNETNS = 0x54e3L;
  private static final int IFF_TAP = 0x2;
  private static final int IFF_NO_PI = 0x1000;
  private static final long SIOCSIFHWADDR = 0x8924; // linux/sockios.h
  private static final int ARPHRD_ETHER = 1; // linux/if_arp.h

  private final Descriptor descriptor;
  private final String name;

  private TapDevice(Descriptor descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /** Makes the device, down, in a namespace. Throws {@link Failure} CONFLICT on a taken name. */
  public static TapDevice create(String name, NetworkNamespace in) {
    Links.checkName(name);
    Descriptor opened =
        in.call(() -> Descriptor.open(TUN, Descriptor.READ_WRITE | NONBLOCK).wakeable());
    try {
      byte[] request = InterfaceRequest.named(name).u16(IFF_TAP | IFF_NO_PI).bytes();
      opened.ioctl("create tap '" + name + "'", TUNSETIFF, request);
      return new TapDevice(opened, name);
    } catch (Failure e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Where a device is.
   *
   * @param name what it is called now
   * @param namespaceInode the inode of the network namespace that it is in now
   */
  public record Place(String name, long namespaceInode) {}

  /** Where the device is now; empty once it is gone. */
  public Optional<Place> place() {
    try {
      byte[] answer = InterfaceRequest.named("").bytes();
      descriptor.ioctl("name of tap '" + name + "'", TUNGETIFF, answer);
      try (Descriptor in = descriptor.opened("namespace of tap '" + name + "'", TUNGETDEVNETNS);
          NetworkNamespace namespace =
              NetworkNamespace.of(Path.of("/proc/self/fd/" + in.number()))) {
        return Optional.of(new Place(InterfaceRequest.name(answer), namespace.inode()));
      }
    } catch (Failure e) {
      if (isEnd(e) || Errno.EINVAL.isBehind(e)) { // EINVAL: its namespace is being taken down
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The name it was made with; it may have been renamed since. */
  public String name() {
    return name;
  }

  /**
   * Waits for the next frame that the kernel transmits.
   *
   * @return its size, cut at the array's; -1 once the device is gone or this is closed
   */
  public int read(byte[] into) {
    while (true) {
      Readiness readiness = descriptor.await(Duration.ofDays(1));
      if (readiness == Readiness.CLOSED) {
        return -1;
      }
      if (readiness == Readiness.READABLE) {
        try {
          return descriptor.read(into);
        } catch (Failure e) {
          if (isEnd(e)) {
            return -1;
          }
          if (!Errno.EAGAIN.isBehind(e)) {
            throw e;
          }
        }
      }
    }
  }

  /** EBADFD is a device that is gone, EFAULT one that goes; no errno is our own close. */
  private static boolean isEnd(Failure e) {
    return Errno.EBADFD.isBehind(e) || Errno.EFAULT.isBehind(e) || Errno.behind(e).isEmpty();
  }

  /**
   * Lets the kernel receive a frame.
   *
   * @return false if the device is down, full or gone: the frame is dropped, as a wire would
   */
  public boolean write(byte[] frame, int offset, int length) {
    byte[] whole = offset == 0 ? frame : Arrays.copyOfRange(frame, offset, offset + length);
    try {
      descriptor.write(whole, length);
      return true;
    } catch (Failure e) {
      if (Errno.EIO.isBehind(e) || Errno.EAGAIN.isBehind(e) || isEnd(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Sets the device's address, in whichever namespace it is. */
  public void mac(MacAddress mac) {
    byte[] request = InterfaceRequest.named(name).u16(ARPHRD_ETHER).raw(mac.bytes()).bytes();
    descriptor.ioctl("set MAC " + mac + " of tap '" + name + "'", SIOCSIFHWADDR, request);
  }

  /** Plugs the cable in or out, as the device sees it. */
  public void carrier(boolean on) {
    byte[] flag = InterfaceRequest.number(on ? 1 : 0);
    descriptor.ioctl("set carrier of tap '" + name + "'", TUNSETCARRIER, flag);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "tap '" + name + "'";
  }
}

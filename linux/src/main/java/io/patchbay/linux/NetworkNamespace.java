package io.patchbay.linux;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.sys.Descriptor;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.NamespaceThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A network namespace, held open by a descriptor: it cannot vanish, nor its inode be used again,
 * before this is closed. Safe for all threads.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final Path SYSCTL = Path.of("/proc/sys/net");
  private static final long NS_GET_NSTYPE = 0xb703; // linux/nsfs.h
  private static final long CLONE_NEWNET = 0x40000000; // linux/sched.h

  private final Descriptor descriptor;
  private final long device;
  private final long inode;

  @GuardedBy("this")
  private Optional<Links> links = Optional.empty();

  private NetworkNamespace(Descriptor descriptor) {
    this.descriptor = descriptor;
    try {
      Path open = Path.of("/proc/self/fd/" + descriptor.number());
      Map<String, Object> found = Files.readAttributes(open, "unix:dev,ino");
      device = (long) Objects.requireNonNull(found.get("dev"));
      inode = (long) Objects.requireNonNull(found.get("ino"));
    } catch (IOException e) {
      descriptor.close();
      throw new Failure(Failure.Kind.INTERNAL, "cannot look at " + descriptor, e);
    }
  }

  /** The namespace of this process. */
  public static NetworkNamespace own() {
    return of(Path.of("/proc/self/ns/net"));
  }

  /** The namespace of a process. Throws {@link Failure} NOT_FOUND once it is gone. */
  public static NetworkNamespace ofPid(int pid) {
    return of(Path.of("/proc/" + pid + "/ns/net"));
  }

  /**
   * The namespace behind a file: in {@code /proc}, a bind mount, or {@code /proc/<pid>/fd/<n>} of a
   * received descriptor, even one opened with O_PATH. Throws {@link Failure} NOT_FOUND without it,
   * INVALID if it is something else.
   */
  public static NetworkNamespace of(Path path) {
    Descriptor opened = Descriptor.open(path, Descriptor.READ_ONLY);
    if (!isNetwork(opened)) {
      opened.close();
      throw new Failure(Failure.Kind.INVALID, "'" + path + "' is not a network namespace");
    }
    return new NetworkNamespace(opened);
  }

  private static boolean isNetwork(Descriptor opened) {
    try {
      return opened.ioctl("type of " + opened, NS_GET_NSTYPE, new byte[0]) == CLONE_NEWNET;
    } catch (Failure e) {
      if (Errno.ENOTTY.isBehind(e)) {
        return false;
      }
      opened.close();
      throw e;
    }
  }

  /** A new, empty namespace without a name: when this is closed and nobody is in it, it is gone. */
  public static NetworkNamespace create() {
    return new NetworkNamespace(NamespaceThread.create());
  }

  /** {@code st_dev} of the namespace file, usually 4. */
  public long device() {
    return device;
  }

  /** {@code st_ino}: unique on this machine as long as the namespace lives. */
  public long inode() {
    return inode;
  }

  /** {@code inode://<dev>/<ino>}: how it is named on the wire (contracts/nsm.md section 2.3). */
  public String inodeUrl() {
    return "inode://" + device + "/" + inode;
  }

  /** The open descriptor, for messages and for passing on; close this only afterwards. */
  public int descriptor() {
    return descriptor.number();
  }

  /** A path under which other processes of this pid namespace can open it while this is open. */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor.number());
  }

  /** Whether both are the same namespace of the kernel. */
  public boolean sameAs(NetworkNamespace other) {
    return device == other.device && inode == other.inode;
  }

  /**
   * Runs the work on a fresh platform thread inside the namespace and waits for it. Only for
   * opening sockets or starting a process in there: a thread that the work starts, or a virtual
   * thread that it wakes, may take other virtual threads into this namespace with it. So it logs
   * nothing either.
   */
  public <T> T call(Callable<T> work) {
    return NamespaceThread.visit(descriptor, work);
  }

  /**
   * Writes a setting below {@code /proc/sys/net}, such as {@code ipv4/ping_group_range}. Throws
   * {@link Failure} NOT_FOUND if the kernel has no such setting.
   */
  public void sysctl(String name, String value) {
    Path file = SYSCTL.resolve(name).normalize();
    if (!file.startsWith(SYSCTL)) {
      throw new Failure(Failure.Kind.INVALID, "'" + name + "' is not below " + SYSCTL);
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    call(() -> {
      try (Descriptor opened = Descriptor.open(file, Descriptor.WRITE_ONLY)) {
        return opened.write(bytes, bytes.length);
      }
    });
  }

  /** The links in it, over one netlink socket that is opened at the first call. */
  public synchronized Links links() {
    return links.isPresent() ? links.get() : links(() -> true);
  }

  /**
   * The links in it, and work for {@link #call}: when the socket is not open yet, both in one
   * visit, whose thread costs more than what it does there.
   */
  public synchronized Links links(Callable<?> work) {
    if (links.isPresent()) {
      var unused = call(work);
    } else {
      NetlinkEndpoint socket =
          call(() -> {
            var unused = work.call();
            return NetlinkEndpoint.kernel();
          });
      links = Optional.of(new Links(this, new NetlinkSession(socket)));
    }
    return links.get();
  }

  @Override
  public void close() {
    synchronized (this) {
      links.ifPresent(Links::close);
      links = Optional.empty();
    }
    descriptor.close();
  }

  @Override
  public String toString() {
    return inodeUrl();
  }
}

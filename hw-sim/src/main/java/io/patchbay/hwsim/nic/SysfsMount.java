package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.cryptomator.jfuse.api.Fuse;
import org.cryptomator.jfuse.api.FuseBuilder;
import org.cryptomator.jfuse.api.FuseMountFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link SysfsTree} mounted by FUSE, so that errors and delays come out of {@code write(2)}
 * itself. Nothing is cached: a change shows in the next open. It owns the mount and libfuse's
 * threads; the mount sits in the mount namespace of this process. Closing twice does nothing.
 */
final class SysfsMount implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SysfsMount.class);
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final List<Path> LIBRARY_FOLDERS =
      List.of(
          Path.of("/lib/x86_64-linux-gnu"),
          Path.of("/usr/lib/x86_64-linux-gnu"),
          Path.of("/lib/aarch64-linux-gnu"),
          Path.of("/usr/lib/aarch64-linux-gnu"),
          Path.of("/usr/lib64"),
          Path.of("/usr/lib"));

  private final Path mountPoint;
  private final Fuse fuse;
  private boolean closed;

  private SysfsMount(Path mountPoint, Fuse fuse) {
    this.mountPoint = mountPoint;
    this.fuse = fuse;
  }

  /** Why no tree can be mounted on this machine, if so. */
  static Optional<String> obstacle() {
    if (!Files.isReadable(DEVICE)) {
      return Optional.of("needs " + DEVICE + " (and root)");
    }
    return library().isEmpty()
        ? Optional.of("needs libfuse3.so.3: apt-get install libfuse3-3")
        : Optional.empty();
  }

  /**
   * Mounts the tree on a folder, which is made if need be. Throws {@link Failure} of kind
   * UNAVAILABLE when this machine cannot.
   */
  static SysfsMount open(Path mountPoint, SysfsTree tree, Witness witness) {
    obstacle()
        .ifPresent(why -> {
          throw new Failure(Failure.Kind.UNAVAILABLE, "simulated sysfs " + why);
        });
    try {
      Files.createDirectories(mountPoint);
      FuseBuilder builder = Fuse.builder();
      builder.setLibraryPath(library().orElseThrow().toString());
      Fuse fuse = builder.build(new SysfsOperations(builder.errno(), tree, witness));
      fuse.mount(
          "hwsim-sysfs",
          mountPoint,
          "-o",
          "entry_timeout=0,attr_timeout=0,negative_timeout=0,allow_other,default_permissions");
      return new SysfsMount(mountPoint, fuse);
    } catch (IOException | FuseMountFailedException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot mount the simulated sysfs at " + mountPoint + ": " + Failure.text(e),
          e);
    }
  }

  /** Where it is mounted. */
  Path mountPoint() {
    return mountPoint;
  }

  /**
   * The connection is cut before libfuse is told to end: its threads would wait for it as long as
   * some mount namespace, such as a pod's, has a copy of the mount.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Mounts.sever(mountPoint);
    } catch (Failure e) {
      if (!Errno.EINVAL.isBehind(e)) {
        throw e;
      }
      LOG.warn("somebody else has unmounted {}", mountPoint, e);
    } finally {
      end();
    }
  }

  private void end() {
    try {
      fuse.close();
    } catch (TimeoutException e) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "the threads that serve " + mountPoint + " do not end", e);
    }
  }

  private static Optional<Path> library() {
    return LIBRARY_FOLDERS.stream()
        .map(folder -> folder.resolve("libfuse3.so.3"))
        .filter(Files::exists)
        .findFirst();
  }
}

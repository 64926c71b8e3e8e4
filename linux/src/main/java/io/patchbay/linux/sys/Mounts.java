package io.patchbay.linux.sys;

import java.nio.file.Path;

/** What mount namespaces need beyond files. */
public final class Mounts {
  private static final int MNT_FORCE = 1; // linux/fs.h
  private static final int MNT_DETACH = 2;

  private Mounts() {}

  /**
   * Takes the file system at the folder out of this mount namespace at once, although it may be in
   * use, and cuts what serves it (FUSE, a network) off from everybody, also where other mount
   * namespaces have a copy. Waits for requests under way, so not for a virtual thread.
   */
  public static void sever(Path folder) {
    if (Libc.umount2(folder.toString(), MNT_FORCE | MNT_DETACH) < 0) {
      throw Errno.failure(Errno.last(), "unmount " + folder);
    }
  }
}

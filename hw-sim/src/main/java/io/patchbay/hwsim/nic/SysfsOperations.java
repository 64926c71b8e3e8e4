package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.nic.SysfsNode.Both;
import io.patchbay.hwsim.nic.SysfsNode.Directory;
import io.patchbay.hwsim.nic.SysfsNode.Readable;
import io.patchbay.hwsim.nic.SysfsNode.SymbolicLink;
import io.patchbay.hwsim.nic.SysfsNode.Writable;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import org.cryptomator.jfuse.api.DirFiller;
import org.cryptomator.jfuse.api.FileInfo;
import org.cryptomator.jfuse.api.FuseOperations;
import org.cryptomator.jfuse.api.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers libfuse from a {@link SysfsTree}: what the tree refuses becomes the negative error
 * number. Called by libfuse's threads, many at a time.
 */
final class SysfsOperations implements FuseOperations {
  private static final Logger LOG = LoggerFactory.getLogger(SysfsOperations.class);
  private static final Set<Operation> SUPPORTED =
      EnumSet.of(
          Operation.GET_ATTR,
          Operation.READLINK,
          Operation.READ_DIR,
          Operation.OPEN,
          Operation.READ,
          Operation.WRITE,
          Operation.TRUNCATE);

  private final org.cryptomator.jfuse.api.Errno errno;
  private final SysfsTree tree;
  private final Witness witness;

  SysfsOperations(org.cryptomator.jfuse.api.Errno errno, SysfsTree tree, Witness witness) {
    this.errno = errno;
    this.tree = tree;
    this.witness = witness;
  }

  @Override
  public org.cryptomator.jfuse.api.Errno errno() {
    return errno;
  }

  @Override
  public Set<Operation> supportedOperations() {
    return SUPPORTED;
  }

  @Override
  public int getattr(String path, Stat stat, FileInfo file) {
    return answer(
        path,
        () -> {
          SysfsNode node = node(path);
          stat.setModeBits(mode(node));
          stat.setNLink((short) (node instanceof Directory ? 2 : 1));
          stat.setSize(content(node).length);
          return 0;
        });
  }

  @Override
  public int readlink(String path, ByteBuffer buffer, long size) {
    return answer(
        path,
        () -> {
          if (!(node(path) instanceof SymbolicLink(String target))) {
            throw Errno.EINVAL.failure(path + " is no link");
          }
          byte[] octets = target.getBytes(StandardCharsets.UTF_8);
          buffer.put(octets, 0, Math.min(octets.length, buffer.remaining() - 1)).put((byte) 0);
          return 0;
        });
  }

  @Override
  public int readdir(String path, DirFiller filler, long offset, FileInfo file, int flags) {
    return answer(
        path,
        () -> {
          try {
            filler.fill(".");
            filler.fill("..");
            for (String name : tree.list(path)) {
              filler.fill(name);
            }
          } catch (IOException e) {
            throw Errno.EIO.failure(Failure.text(e));
          }
          return 0;
        });
  }

  @Override
  public int open(String path, FileInfo file) {
    return answer(
        path,
        () -> {
          int mode = mode(node(path));
          Set<StandardOpenOption> wanted = file.getOpenFlags();
          boolean writes = wanted.contains(StandardOpenOption.WRITE);
          boolean reads = !writes || wanted.contains(StandardOpenOption.READ);
          if (writes && (mode & 0222) == 0 || reads && (mode & 0444) == 0) {
            throw Errno.EACCES.failure(path);
          }
          return 0;
        });
  }

  @Override
  public int read(String path, ByteBuffer buffer, long size, long offset, FileInfo file) {
    return answer(
        path,
        () -> {
          byte[] content = content(node(path));
          int from = (int) Math.min(offset, content.length);
          int count = (int) Math.min(size, content.length - from);
          buffer.put(content, from, count);
          return count;
        });
  }

  @Override
  public int write(String path, ByteBuffer buffer, long size, long offset, FileInfo file) {
    return answer(
        path,
        () -> {
          byte[] written = new byte[(int) size];
          buffer.get(written);
          String text = new String(written, StandardCharsets.UTF_8);
          String act = "'" + text.strip() + "' to " + path;
          witness.before(act);
          store(path, text);
          witness.after(act);
          return written.length;
        });
  }

  /** Opening for writing cuts a file off; an attribute does not care. */
  @Override
  public int truncate(String path, long size, FileInfo file) {
    return answer(path, () -> node(path) instanceof Directory ? -Errno.EISDIR.code() : 0);
  }

  private void store(String path, String text) {
    switch (node(path)) {
      case Writable(var store) -> store.accept(text);
      case Both(var _, var store) -> store.accept(text);
      case Readable _, Directory _, SymbolicLink _ -> throw Errno.EACCES.failure(path);
    }
  }

  private SysfsNode node(String path) {
    return tree.find(path).orElseThrow(() -> Errno.ENOENT.failure(path));
  }

  private static int mode(SysfsNode node) {
    return switch (node) {
      case Directory _ -> Stat.S_IFDIR | 0755;
      case SymbolicLink _ -> Stat.S_IFLNK | 0777;
      case Readable _ -> Stat.S_IFREG | 0444;
      case Writable _ -> Stat.S_IFREG | 0200;
      case Both _ -> Stat.S_IFREG | 0644;
    };
  }

  private static byte[] content(SysfsNode node) {
    String text =
        switch (node) {
          case Readable(var reader) -> reader.get();
          case Both(var reader, var _) -> reader.get();
          case SymbolicLink(var target) -> target;
          case Directory _, Writable _ -> "";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Nothing thrown may reach libfuse: it would end the process. */
  private static int answer(String path, IntSupplier operation) {
    try {
      return operation.getAsInt();
    } catch (RuntimeException e) {
      Optional<Errno> refusal = Errno.behind(e);
      if (refusal.isPresent()) {
        LOG.debug("{}: {}", path, Failure.text(e));
      } else {
        LOG.error("simulated sysfs failed at {}: {}", path, Failure.text(e), e);
      }
      return -refusal.orElse(Errno.EIO).code();
    }
  }
}

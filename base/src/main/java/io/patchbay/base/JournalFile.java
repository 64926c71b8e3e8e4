package io.patchbay.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The file of a {@link Journal}, replaced by rename, and beside it one that a second process finds
 * locked.
 */
final class JournalFile implements Journal.Storage {
  /** Long enough that what is written together is forced together, and beside nobody's work. */
  private static final Duration SOON = Duration.ofMillis(100);

  private final Path file;
  private final FileChannel lock;

  /** Another one after each replacement; read by those who force it, too. */
  private volatile FileChannel channel;

  private final AtomicBoolean forcing = new AtomicBoolean();

  /** Why a force that nobody waited for has failed: the kernel tells that once. */
  private final AtomicReference<@Nullable IOException> failed = new AtomicReference<>();

  /** Whether the folder may not know of the last replacement after a loss of power. */
  private volatile boolean renamed;

  private JournalFile(Path file, FileChannel lock, FileChannel channel) {
    this.file = file;
    this.lock = lock;
    this.channel = channel;
  }

  /**
   * Opens it, or makes an empty one. Throws {@link Failure} CONFLICT when another process has it.
   */
  static JournalFile open(Path file) throws IOException {
    PrivateFolder.make(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    FileChannel lock = lock(file.resolveSibling(file.getFileName() + ".lock"));
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      return new JournalFile(file, lock, channel);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // held by this very process: refused below like any other holder
    }
    channel.close();
    throw new Failure(
        Failure.Kind.CONFLICT,
        "another process has " + file + "; stop it before starting this one");
  }

  @Override
  public byte[] read() throws IOException {
    return Files.readAllBytes(file);
  }

  @Override
  public void truncate(long bytes) throws IOException {
    channel.truncate(bytes);
    channel.position(bytes);
  }

  /** A full disk must not leave half a line in the middle of the file. */
  @Override
  public void append(byte[] line) throws IOException {
    long start = channel.position();
    try {
      write(channel, line);
    } catch (IOException e) {
      truncate(start);
      throw e;
    }
  }

  private static void write(FileChannel to, byte[] whole) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(whole);
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @Override
  public void forceSoon() {
    if (!forcing.getAndSet(true)) {
      Time.Timer unused = Time.system().schedule(SOON, this::forceUnasked);
    }
  }

  private void forceUnasked() {
    forcing.set(false);
    try {
      channel.force(false);
    } catch (ClosedChannelException end) {
      return; // replaced by what is forced, or closed for good
    } catch (IOException e) {
      failed.set(e);
    }
  }

  @Override
  public void force() throws IOException {
    IOException before = failed.getAndSet(null);
    if (before != null) {
      throw before;
    }
    if (renamed) {
      forceFolder();
    }
    channel.force(false);
  }

  private void forceFolder() throws IOException {
    try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
      folder.force(true);
    }
    renamed = false;
  }

  @Override
  public void replace(byte[] whole, boolean durable) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    FileChannel snapshot =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      write(snapshot, whole);
      if (durable) {
        snapshot.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      snapshot.close();
      throw e;
    }
    FileChannel old = channel;
    channel = snapshot; // whatever fails from now on, what is appended goes where it is read from
    renamed = durable;
    old.close();
    if (durable) {
      forceFolder();
    }
  }

  @Override
  public long size() throws IOException {
    return channel.position();
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      channel.close();
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}

package io.patchbay.torshims.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.PrivateFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lease by the lock of a file, for replicas on one machine: the kernel gives it back when its
 * holder's process ends, however that ends. So a process that has it has it for life, unless
 * somebody puts another file in its place. Beside it lies what writers hand over.
 */
public final class FileLease implements Lease {
  private static final Terms TERMS =
      new Terms(Terms.FOR_LIFE, Terms.FOR_LIFE, Duration.ofMillis(500));
  private static final int HOLDER_BYTES_MAX = 1000;
  private static final String FOLDER = "folder";
  private static final String TOKEN = "token";

  private final Path file;
  private final Path handovers;
  private final String self;

  /** Open while it waits, too: a close lets go of what this process has locked by another one. */
  private final FileChannel channel;

  /** Which file that is, whatever its name comes to mean. */
  private final Object opened;

  @GuardedBy("this")
  private @Nullable FileLock lock;

  @GuardedBy("this")
  private @Nullable Journal journal;

  /**
   * Makes the file if need be. Throws {@link Failure} of kind UNAVAILABLE where the disk refuses.
   *
   * @param self this process, for people
   */
  public FileLease(Path file, String self) {
    this.file = file.toAbsolutePath();
    this.handovers = this.file.resolveSibling(this.file.getFileName() + ".handover");
    this.self = self;
    try {
      PrivateFolder.make(Objects.requireNonNull(this.file.getParent()));
      this.channel =
          FileChannel.open(
              this.file,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      this.opened = key();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private Failure failed(IOException e) {
    return new Failure(Failure.Kind.UNAVAILABLE, "lease " + file + ": " + Failure.text(e), e);
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  @Override
  public synchronized boolean take() {
    try {
      if (lock != null) {
        return lock.isValid() && isInPlace();
      }
      FileLock taken = channel.tryLock();
      if (taken != null) {
        begin(taken);
      }
      return taken != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process has it by another channel
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @GuardedBy("this")
  private void begin(FileLock taken) throws IOException {
    try {
      if (!isInPlace()) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE, "lease " + file + " is another file now: start anew");
      }
      write(self);
      journal = Journal.open(handovers); // last: whoever fails here must be able to try again
      lock = taken;
    } finally {
      if (lock == null) {
        taken.release();
      }
    }
  }

  /** Whether others who open the file by its name find this one. */
  private boolean isInPlace() throws IOException {
    try {
      return key().equals(opened);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private Object key() throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private void write(String text) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  @Override
  public synchronized String holder() {
    try {
      ByteBuffer text = ByteBuffer.allocate(HOLDER_BYTES_MAX);
      int length = channel.read(text, 0);
      return length <= 0
          ? "another process"
          : new String(text.array(), 0, length, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "another process";
    }
  }

  @Override
  public synchronized Optional<Handover> handover() {
    Map<String, String> left = held().entries();
    String folder = left.get(FOLDER);
    String token = left.get(TOKEN);
    return folder == null || token == null
        ? Optional.empty()
        : Optional.of(new Handover(folder, token));
  }

  /** The folder goes last: without it nothing counts, and the token stays what it is. */
  @Override
  public synchronized void handOver(Handover handover) {
    held().put(TOKEN, handover.token());
    held().put(FOLDER, handover.folder());
  }

  @GuardedBy("this")
  private Journal held() {
    Journal open = journal;
    if (open == null) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "lease " + file + " is not held");
    }
    return open;
  }

  @Override
  public synchronized void close() {
    Journal open = journal;
    journal = null;
    try (channel) {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }
}

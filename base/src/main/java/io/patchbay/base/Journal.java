package io.patchbay.base;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A durable map from key to text: what a daemon must still know after {@code kill -9}. Changes are
 * appended to one file, a line each with a checksum; at four MiB the file is replaced by a snapshot
 * of what still counts. A torn last line, the mark of a crash, is dropped; damage anywhere else is
 * an error that names the line.
 *
 * <p>One process at a time: a second one is refused. Safe for all threads of that process.
 */
public final class Journal implements AutoCloseable {
  private static final long COMPACT_BYTES = 4L << 20;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** What a journal's entries outlive. */
  public enum Durability {
    /**
     * The process, but not the machine: for what the kernel forgets with the machine anyway. Nobody
     * waits for the disk. The file begins with the id of the boot in which it was written; in a
     * later one all that is in it is void.
     */
    PROCESS,
    /** The machine too: each change waits for the disk, concurrent ones for the same fsync. */
    DISK
  }

  private record Line(String k, @Nullable String v) {}

  private final Path file;
  private final Durability durability;

  /** What the file begins with: a line that names the boot, or nothing. */
  private final byte[] heading;

  private final FileChannel lock;
  private final Object appending = new Object();
  private final Object syncing = new Object();

  @GuardedBy("appending")
  private final Map<String, String> entries = new LinkedHashMap<>();

  @GuardedBy("appending")
  private FileChannel channel;

  @GuardedBy("appending")
  private long appended;

  /** The size after the last compaction: what still counts may itself be large. */
  @GuardedBy("appending")
  private long compacted;

  @GuardedBy("syncing")
  private long synced;

  private Journal(Path file, Optional<String> boot, FileChannel lock, FileChannel channel) {
    this.file = file;
    this.durability = boot.isPresent() ? Durability.PROCESS : Durability.DISK;
    this.heading = boot.map(id -> "boot " + id + "\n").orElse("").getBytes(StandardCharsets.UTF_8);
    this.lock = lock;
    this.channel = channel;
  }

  /**
   * Opens a journal, or starts an empty one. Throws {@link Failure}: CONFLICT when another process
   * has it open, INTERNAL when it is damaged, UNAVAILABLE when the disk refuses.
   */
  public static Journal open(Path file, Durability durability) {
    return switch (durability) {
      case PROCESS -> open(file, Optional.of(bootId()));
      case DISK -> open(file, Optional.empty());
    };
  }

  /** Opens a journal that outlives the machine. */
  public static Journal open(Path file) {
    return open(file, Durability.DISK);
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot tell this boot of the machine: " + BOOT_ID, e);
    }
  }

  /**
   * Opens a journal.
   *
   * @param boot the boot whose entries count alone; none for those of all
   */
  static Journal open(Path file, Optional<String> boot) {
    FileChannel lock = null;
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      lock = lock(file.resolveSibling(file.getFileName() + ".lock"));
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Journal journal = new Journal(file, boot, lock, channel);
      try {
        synchronized (journal.appending) {
          journal.load();
        }
      } catch (IOException | RuntimeException e) {
        journal.close();
        throw e;
      }
      return journal;
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "journal " + file + ": " + Failure.text(e), e);
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

  /** All that is known now, in the order it was first written. */
  public Map<String, String> entries() {
    synchronized (appending) {
      return new LinkedHashMap<>(entries);
    }
  }

  /** Sets a key's text; as durable as the journal is when it returns. */
  public void put(String key, String value) {
    append(key, value);
  }

  /** Forgets a key; as durable when it returns, and free when the key is unknown. */
  public void remove(String key) {
    append(key, null);
  }

  private void append(String key, @Nullable String value) {
    try {
      long mine;
      synchronized (appending) {
        if (!Objects.equals(value, entries.get(key))) {
          writeWhole(key, value);
          set(key, value);
          appended++;
        }
        mine = appended;
        if (durability == Durability.PROCESS) {
          compactIfGrown();
          return;
        }
      }
      sync(mine);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "journal " + file + ": " + Failure.text(e), e);
    }
  }

  /** All of a line or nothing: a full disk must not leave half a line in the middle of the file. */
  @GuardedBy("appending")
  private void writeWhole(String key, @Nullable String value) throws IOException {
    long start = channel.position();
    try {
      write(channel, key, value);
    } catch (IOException e) {
      channel.truncate(start);
      channel.position(start);
      throw e;
    }
  }

  @GuardedBy("appending")
  private void set(String key, @Nullable String value) {
    if (value == null) {
      entries.remove(key);
    } else {
      entries.put(key, value);
    }
  }

  /** Whoever comes first makes everything appended so far durable; the others find it done. */
  private void sync(long mine) throws IOException {
    synchronized (syncing) {
      if (synced >= mine) {
        return;
      }
      long upTo;
      FileChannel current;
      synchronized (appending) {
        upTo = appended;
        current = channel;
      }
      current.force(false);
      synced = upTo;
      synchronized (appending) {
        if (compactIfGrown()) {
          synced = appended;
        }
      }
    }
  }

  @GuardedBy("appending")
  private boolean compactIfGrown() throws IOException {
    boolean grown = channel.position() > Math.max(COMPACT_BYTES, 2 * compacted);
    if (grown) {
      compact();
    }
    return grown;
  }

  @GuardedBy("appending")
  private void compact() throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    FileChannel snapshot =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    write(snapshot, heading);
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      write(snapshot, entry.getKey(), entry.getValue());
    }
    if (durability == Durability.DISK) {
      snapshot.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (durability == Durability.DISK) {
      try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
        folder.force(true);
      }
    }
    FileChannel old = channel;
    channel = snapshot;
    compacted = snapshot.position();
    old.close();
  }

  private static void write(FileChannel to, String key, @Nullable String value) throws IOException {
    String json = Json.write(new Line(key, value));
    write(to, (checksum(json) + " " + json + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void write(FileChannel to, byte[] whole) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(whole);
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @GuardedBy("appending")
  private void load() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!begins(bytes, heading)) {
      channel.truncate(0);
      write(channel, heading);
      return;
    }
    int start = heading.length;
    for (int number = heading.length > 0 ? 2 : 1; start < bytes.length; number++) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      boolean last = end >= bytes.length - 1;
      if (end == bytes.length || !apply(line)) {
        if (last) {
          break;
        }
        throw new Failure(
            Failure.Kind.INTERNAL,
            file + ":" + number + ": damaged; restore the file or remove it");
      }
      start = end + 1;
    }
    channel.truncate(start);
    channel.position(start);
  }

  private static boolean begins(byte[] bytes, byte[] with) {
    return bytes.length >= with.length
        && Arrays.equals(bytes, 0, with.length, with, 0, with.length);
  }

  @GuardedBy("appending")
  private boolean apply(String text) {
    int space = text.indexOf(' ');
    if (space < 0 || !checksum(text.substring(space + 1)).equals(text.substring(0, space))) {
      return false;
    }
    Line line = Json.read(text.substring(space + 1), Line.class);
    set(line.k(), line.v());
    return true;
  }

  private static String checksum(String json) {
    CRC32 crc = new CRC32();
    crc.update(json.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits(crc.getValue(), 8);
  }

  @Override
  public void close() {
    try (lock) {
      synchronized (appending) {
        channel.close();
      }
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "journal " + file + ": " + Failure.text(e), e);
    }
  }
}

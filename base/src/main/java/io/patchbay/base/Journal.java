package io.patchbay.base;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A durable map from key to text: what a daemon must still know after {@code kill -9}. Changes are
 * appended to one file, a line each with a checksum; at four MiB the file is replaced by a snapshot
 * of what still counts. A torn last line, the mark of a crash, is dropped; damage anywhere else is
 * an error that names the line.
 *
 * <p>One process at a time: a second one is refused. Safe for all threads of that process.
 */
public final class Journal implements DurableMap, AutoCloseable {
  private static final long COMPACT_BYTES = 4L << 20;

  /** Characters of the checksum that a line begins with. */
  private static final int CHECKSUM = 8;

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

  /**
   * Where the lines are: a file, but for tests. All of it may throw IOException; what was there
   * before is still read then. One thread at a time, except that {@link #force} may run beside
   * {@link #append}.
   */
  public interface Storage extends AutoCloseable {
    /** All that is there, perhaps with a torn end. */
    byte[] read() throws IOException;

    /** Drops what is beyond this many bytes. */
    void truncate(long bytes) throws IOException;

    /** Adds to the end, all or nothing as long as the process lives. */
    void append(byte[] line) throws IOException;

    /** What was appended before outlives the machine when this returns. */
    void force() throws IOException;

    /**
     * Does what {@link #force} does within a fraction of a second, and lets nobody wait; what fails
     * then fails the next force. So that a loss of power finds little that is only half there.
     */
    default void forceSoon() {}

    /**
     * Puts other bytes in place of all that is there, at once: whenever the process dies, either is
     * there.
     *
     * @param durable whether it must outlive the machine, too
     */
    void replace(byte[] whole, boolean durable) throws IOException;

    /** How many bytes there are. */
    long size() throws IOException;

    @Override
    void close() throws IOException;
  }

  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private record Line(String k, @Nullable String v) {}

  private final Storage storage;
  private final Durability durability;

  /** What the file begins with: a line that names the boot, or nothing. */
  private final byte[] heading;

  private final Object appending = new Object();
  private final Object syncing = new Object();

  @GuardedBy("appending")
  private final Map<String, String> entries = new LinkedHashMap<>();

  @GuardedBy("appending")
  private long appended;

  /** The size after the last compaction: what still counts may itself be large. */
  @GuardedBy("appending")
  private long compacted;

  /** Set and reset by whoever is {@code syncing}. */
  private volatile boolean forceFailed;

  @GuardedBy("syncing")
  private long synced;

  private Journal(Storage storage, Optional<String> boot) {
    this.storage = storage;
    this.durability = boot.isPresent() ? Durability.PROCESS : Durability.DISK;
    this.heading = boot.map(id -> "boot " + id + "\n").orElse("").getBytes(StandardCharsets.UTF_8);
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
    try {
      return open(JournalFile.open(file), boot);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "journal " + file + ": " + Failure.text(e), e);
    }
  }

  /**
   * Opens a journal that outlives the machine, wherever its lines are. Throws {@link Failure} of
   * kind INTERNAL when it is damaged. It is closed with the journal, also when this throws.
   */
  public static Journal open(Storage storage) {
    return open(storage, Optional.empty());
  }

  private static Journal open(Storage storage, Optional<String> boot) {
    Journal journal = new Journal(storage, boot);
    try {
      synchronized (journal.appending) {
        journal.load();
      }
      return journal;
    } catch (IOException e) {
      journal.close();
      throw journal.failed(e);
    } catch (RuntimeException e) {
      journal.close();
      throw e;
    }
  }

  private Failure failed(IOException e) {
    return new Failure(Failure.Kind.UNAVAILABLE, "journal " + storage + ": " + Failure.text(e), e);
  }

  /** All that is known now, in the order it was first written. */
  @Override
  public Map<String, String> entries() {
    synchronized (appending) {
      return new LinkedHashMap<>(entries);
    }
  }

  /** Sets a key's text; as durable as the journal is when it returns. */
  @Override
  public void put(String key, String value) {
    append(List.of(new Line(key, value)), durability);
  }

  /** Sets several keys, and waits for the disk once; whoever dies has written the first few. */
  @Override
  public void putAll(Map<String, String> values) {
    var lines = values.entrySet().stream().map(each -> new Line(each.getKey(), each.getValue()));
    append(lines.toList(), durability);
  }

  /**
   * Sets a key's text, for as long as the machine lives: nobody waits for the disk. The next change
   * that does takes it along.
   */
  public void putUntilReboot(String key, String value) {
    append(List.of(new Line(key, value)), Durability.PROCESS);
  }

  /** Forgets a key; as durable when it returns, and free when the key is unknown. */
  @Override
  public void remove(String key) {
    removeAll(List.of(key));
  }

  /** Forgets several keys, and waits for the disk once. */
  @Override
  public void removeAll(Collection<String> keys) {
    append(keys.stream().map(key -> new Line(key, null)).toList(), durability);
  }

  private void append(List<Line> lines, Durability wanted) {
    try {
      long mine;
      synchronized (appending) {
        for (Line each : lines) {
          if (!Objects.equals(each.v(), entries.get(each.k()))) {
            storage.append(line(each));
            set(each.k(), each.v());
            appended++;
          }
        }
        mine = appended;
        if (durability == Durability.PROCESS) {
          compactIfGrown();
        }
      }
      if (wanted == Durability.DISK || forceFailed) {
        sync(mine);
      } else if (durability == Durability.DISK) {
        storage.forceSoon();
      }
    } catch (IOException e) {
      throw failed(e);
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
      synchronized (appending) {
        upTo = appended;
      }
      if (forceFailed) {
        // The kernel tells of lost pages once: the next force would succeed without them.
        synchronized (appending) {
          compact();
          synced = appended;
        }
        forceFailed = false;
        return;
      }
      try {
        storage.force();
      } catch (IOException e) {
        forceFailed = true;
        throw e;
      }
      synced = upTo;
      synchronized (appending) {
        if (compactIfGrown()) {
          synced = appended;
        }
      }
    }
  }

  /** One that fails is tried again at twice the size: what was to be written is written. */
  @GuardedBy("appending")
  private boolean compactIfGrown() throws IOException {
    long size = storage.size();
    if (size <= Math.max(COMPACT_BYTES, 2 * compacted)) {
      return false;
    }
    try {
      compact();
      return true;
    } catch (IOException e) {
      compacted = size;
      log.warn("journal {} grows on, it cannot be compacted: {}", storage, Failure.text(e));
      return false;
    }
  }

  @GuardedBy("appending")
  private void compact() throws IOException {
    ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
    snapshot.writeBytes(heading);
    entries.forEach((key, value) -> snapshot.writeBytes(line(new Line(key, value))));
    storage.replace(snapshot.toByteArray(), durability == Durability.DISK);
    compacted = snapshot.size();
  }

  private static byte[] line(Line line) {
    byte[] json = Json.bytes(line);
    return ByteBuffer.allocate(CHECKSUM + json.length + 2)
        .put(checksum(json, 0, json.length))
        .put((byte) ' ')
        .put(json)
        .put((byte) '\n')
        .array();
  }

  @GuardedBy("appending")
  private void load() throws IOException {
    byte[] bytes = storage.read();
    if (!begins(bytes, heading)) {
      storage.truncate(0);
      storage.append(heading);
      return;
    }
    int start = heading.length;
    for (int number = heading.length > 0 ? 2 : 1; start < bytes.length; number++) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      boolean last = end >= bytes.length - 1;
      if (end == bytes.length || !apply(bytes, start, end)) {
        if (last) {
          break;
        }
        throw new Failure(
            Failure.Kind.INTERNAL,
            storage + ":" + number + ": damaged; restore the file or remove it");
      }
      start = end + 1;
    }
    storage.truncate(start);
    if (durability == Durability.DISK && start > 0) {
      storage.force(); // the process before may have died before it did
    }
  }

  private static boolean begins(byte[] bytes, byte[] with) {
    return bytes.length >= with.length
        && Arrays.equals(bytes, 0, with.length, with, 0, with.length);
  }

  /** Takes up the line between two places; false when it is not as it was written. */
  @GuardedBy("appending")
  private boolean apply(byte[] bytes, int start, int end) {
    int json = start + CHECKSUM + 1;
    if (json > end
        || bytes[json - 1] != ' '
        || !begins(Arrays.copyOfRange(bytes, start, json), checksum(bytes, json, end))) {
      return false;
    }
    Line line = Json.read(bytes, json, end, Line.class);
    set(line.k(), line.v());
    return true;
  }

  private static byte[] checksum(byte[] bytes, int from, int to) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, to - from);
    return HexFormat.of().toHexDigits(crc.getValue(), CHECKSUM).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    try {
      synchronized (appending) {
        storage.close();
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }
}

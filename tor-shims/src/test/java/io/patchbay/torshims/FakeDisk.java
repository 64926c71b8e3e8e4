package io.patchbay.torshims;

import io.patchbay.base.Journal;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/**
 * A journal's bytes, which outlive the processes that write them. A process that dies while it
 * appends leaves nothing, a torn line, or a whole one that it never heard of.
 */
final class FakeDisk {
  private final Random tear;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /**
   * @param tear says where a line is torn
   */
  FakeDisk(Random tear) {
    this.tear = tear;
  }

  /** All that was on it is gone. */
  void lose() {
    bytes.reset();
  }

  private void add(byte[] line, int from, int to) {
    bytes.write(line, from, to - from);
  }

  /** As a process of this life writes to it. */
  Journal.Storage open(Life life) {
    return new Journal.Storage() {
      @Override
      public byte[] read() {
        return bytes.toByteArray();
      }

      @Override
      public void truncate(long length) {
        life.cross();
        byte[] kept = Arrays.copyOf(bytes.toByteArray(), Math.toIntExact(length));
        lose();
        add(kept, 0, kept.length);
      }

      @Override
      public void append(byte[] line) {
        life.cross();
        int torn = tear.nextInt(line.length);
        add(line, 0, torn);
        life.cross();
        add(line, torn, line.length);
        life.cross();
      }

      @Override
      public void force() {
        life.cross();
      }

      @Override
      public void replace(byte[] whole, boolean durable) {
        life.cross();
        lose();
        add(whole, 0, whole.length);
        life.cross();
      }

      @Override
      public long size() {
        return bytes.size();
      }

      @Override
      public void close() {}

      @Override
      public String toString() {
        return "fake disk";
      }
    };
  }
}

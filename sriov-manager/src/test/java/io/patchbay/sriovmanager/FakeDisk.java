package io.patchbay.sriovmanager;

import io.patchbay.base.Journal;
import java.util.Arrays;
import java.util.Random;

/**
 * A journal's bytes, which outlive the processes that write them. A process that dies while it
 * appends leaves nothing, a torn line, or a whole one that it never heard of.
 */
final class FakeDisk {
  private final Random tear;
  private final long weight;
  private byte[] bytes = new byte[1 << 16];
  private int size;

  /**
   * @param tear says where a line is torn
   * @param weight what a byte counts for, as a journal replaces itself at four MiB
   */
  FakeDisk(Random tear, long weight) {
    this.tear = tear;
    this.weight = weight;
  }

  /** Another disk with the same on it. */
  FakeDisk copy() {
    FakeDisk copy = new FakeDisk(new Random(0), weight);
    copy.add(bytes, 0, size);
    return copy;
  }

  private void add(byte[] line, int from, int to) {
    while (size + to - from > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    System.arraycopy(line, from, bytes, size, to - from);
    size += to - from;
  }

  /** As a process of this life writes to it. */
  Journal.Storage open(Life life) {
    return new Journal.Storage() {
      @Override
      public byte[] read() {
        return Arrays.copyOf(bytes, size);
      }

      @Override
      public void truncate(long length) {
        life.cross();
        size = Math.toIntExact(length);
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
        size = 0;
        add(whole, 0, whole.length);
        life.cross();
      }

      @Override
      public long size() {
        return size * weight;
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

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LedgerGroupTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/100g");
  private static final PciAddress FIRST = PciAddress.parse("0000:3b:00.0");
  private static final int CALLERS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A disk that is at one fsync until all callers have written. */
  private static final class SlowDisk implements Journal.Storage {
    final AtomicInteger lines = new AtomicInteger();
    final AtomicInteger forces = new AtomicInteger();

    @Override
    public byte[] read() {
      return new byte[0];
    }

    @Override
    public void truncate(long bytes) {}

    @Override
    public void append(byte[] line) {
      lines.incrementAndGet();
    }

    @Override
    public void force() {
      forces.incrementAndGet();
      boolean opening = lines.get() == 1;
      if (!opening) {
        Await.until("all have written", PATIENCE, () -> lines.get() == 1 + CALLERS);
      }
    }

    @Override
    public void replace(byte[] whole, boolean durable) {}

    @Override
    public long size() {
      return 0;
    }

    @Override
    public void close() {}
  }

  /** Who comes while the disk is busy shares the next fsync with all who came meanwhile. */
  @Test
  void aHundredGrantsAtOnceShareTheirFsync() throws ExecutionException, InterruptedException {
    SlowDisk disk = new SlowDisk();
    try (Ledger ledger = Ledger.open(Journal.open(disk), new FakeTime(), Patience.USUAL, "boot-1");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals(1, disk.forces.get(), "for the boot's name");
      List<Future<List<Claim>>> callers =
          IntStream.range(0, CALLERS)
              .mapToObj(i -> threads.submit(() -> ledger.reserve(NAME, List.of(FIRST.plus(i)))))
              .toList();
      for (Future<List<Claim>> caller : callers) {
        assertEquals(1, caller.get().size());
      }
      int shared = disk.forces.get() - 1;
      assertTrue(shared <= 2, shared + " fsyncs for " + CALLERS + " grants");
      assertEquals(CALLERS, ledger.claims().size());
    }
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reset that takes its time: a pipe in place of a file of sysfs, which nobody reads at first. */
class RenewalsTest {
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final PciAddress SLOW = PciAddress.parse("3b:00.0");
  private static final PciAddress OTHER = PciAddress.parse("5e:00.0");

  @TempDir Path bus;
  private PciSysfs sysfs;
  private Renewals renewals;

  @BeforeEach
  void tree() throws Exception {
    Files.createDirectories(bus.resolve("drivers/iavf"));
    Files.createFile(bus.resolve("drivers/iavf/unbind"));
    Files.createFile(bus.resolve("drivers_probe"));
    for (PciAddress pf : new PciAddress[] {SLOW, OTHER}) {
      Files.createDirectories(at(pf));
      for (int i = 1; i < 3; i++) {
        Files.createDirectories(at(pf.plus(i)));
        Files.createSymbolicLink(at(pf.plus(i)).resolve("physfn"), at(pf));
        Files.createSymbolicLink(at(pf).resolve("virtfn" + i), at(pf.plus(i)));
        Files.writeString(at(pf.plus(i)).resolve("driver_override"), "(null)");
        Files.createFile(at(pf.plus(i)).resolve("reset"));
        bind(pf.plus(i));
      }
    }
    Path pipe = at(SLOW.plus(1)).resolve("reset");
    Files.delete(pipe);
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
    renewals = new Renewals(sysfs);
  }

  private Path at(PciAddress address) {
    return bus.resolve("devices").resolve(address.toString());
  }

  private void bind(PciAddress vf) throws IOException {
    Files.createSymbolicLink(at(vf).resolve("driver"), bus.resolve("drivers/iavf"));
  }

  private void renew(PciAddress pf, int number) {
    renewals.renew(pf.plus(number), pf, "c1", () -> {});
  }

  private Optional<String> driver(PciAddress vf) {
    return renewals.find(vf).orElseThrow().binding().driver();
  }

  /** Else its PF's keeper would give it its driver, and a catalog would call it broken. */
  @Test
  void whileOneIsResetItIsSeenWithItsDriverAndOthersOfItsPfWait() throws Exception {
    PciAddress vf = SLOW.plus(1);
    Thread slow = Thread.ofVirtual().start(() -> assertThrows(Failure.class, () -> renew(SLOW, 1)));
    Await.until("unbound", LONG, () -> bus.resolve("drivers/iavf/unbind").toFile().length() > 0);
    Files.delete(at(vf).resolve("driver"));
    Path hidden = Files.move(at(vf), bus.resolve("hidden"));
    assertEquals(Optional.of("iavf"), driver(vf), "without a look: the kernel might not answer");
    Files.move(hidden, at(vf));
    assertTrue(renewals.hasBegun(vf, "c1"));
    assertFalse(renewals.isDone(vf, "c1"));
    AtomicInteger bound = new AtomicInteger();
    Thread waiting =
        Thread.ofVirtual().start(() -> renewals.inTurn(SLOW, LONG, bound::incrementAndGet));
    renew(OTHER, 1);
    assertEquals(0, bound.get());
    try (RandomAccessFile reader = new RandomAccessFile(at(vf).resolve("reset").toFile(), "rw")) {
      assertEquals('1', reader.read());
    }
    slow.join();
    waiting.join();
    assertEquals(1, bound.get());
    assertEquals(Optional.empty(), driver(vf), "nobody gave it back: its keeper shall");
    assertTrue(renewals.areFor(SLOW.plus(2)));
  }
}

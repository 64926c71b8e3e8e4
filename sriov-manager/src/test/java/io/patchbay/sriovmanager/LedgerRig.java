package io.patchbay.sriovmanager;

import io.patchbay.base.FakeTime;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An empty ledger on disk whose time a test moves: what its tests stand on. */
abstract class LedgerRig {
  static final ResourceName FAST = ResourceName.parse("example.com/100g");
  static final PciAddress VF1 = PciAddress.parse("0000:3b:00.1");
  static final PciAddress VF2 = PciAddress.parse("0000:3b:00.2");
  static final PciAddress VF3 = PciAddress.parse("0000:3b:00.3");

  @TempDir Path folder;
  final FakeTime time = new FakeTime();
  Ledger ledger;

  @BeforeEach
  void open() {
    ledger = Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, "boot-1");
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  /** Whether a thread waits for the ledger's news and for nothing else. */
  static boolean awaitsNews(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(News.class.getName()));
  }

  static Listed listed(ResourceName name, String pod) {
    return new Listed(name.toString(), new Claim.Use("default", pod, "app", 0));
  }

  static Listed listed(String pod) {
    return listed(FAST, pod);
  }
}

package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random lives of eight VFs under two names: one VF one owner, and nothing is left at the end. */
class LedgerSequencesTest {
  private static final List<ResourceName> NAMES =
      List.of(ResourceName.parse("example.com/100g"), ResourceName.parse("lab.example.org/100g"));
  private static final List<PciAddress> VFS =
      IntStream.range(0, 8).mapToObj(i -> PciAddress.parse("0000:3b:01." + i)).toList();

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();

  /** Who the model says has a VF: the winner of the reservation, until the ledger says free. */
  private final Map<PciAddress, String> owners = new HashMap<>();

  private final Map<PciAddress, Listed> kubelet = new TreeMap<>();
  private Ledger ledger;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void oneOwnerAlwaysAndNothingLeft(long seed) {
    Random random = new Random(seed);
    ledger = Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, "boot-1");
    for (int i = 0; i < 400; i++) {
      step(random);
      check("seed " + seed + " step " + i);
    }
    endAll();
    assertEquals(Map.of(), ledger.claims(), "seed " + seed);
    ledger.close();
  }

  private void step(Random random) {
    PciAddress vf = VFS.get(random.nextInt(VFS.size()));
    ResourceName name = NAMES.get(random.nextInt(NAMES.size()));
    String connection = "c" + random.nextInt(3);
    try {
      switch (random.nextInt(9)) {
        case 0, 1 -> {
          ledger.reserve(name, List.of(vf));
          owners.put(vf, name.toString());
        }
        case 2 -> podShows(vf);
        case 3 -> kubelet.remove(vf);
        case 4 -> {
          time.advance(Duration.ofMillis(random.nextInt(2000)));
          ledger.report(kubelet, false);
        }
        case 5 ->
            ledger.hold(vf, hold(connection), url -> random.nextBoolean(), () -> Home.UNKNOWN);
        case 6 -> ledger.home(vf, connection);
        case 7 -> ledger.release(List.of(vf), "released");
        default -> reopen();
      }
    } catch (Failure refused) {
      assertTrue(refused.kind() != Failure.Kind.INTERNAL, refused.getMessage());
    }
    owners.keySet().removeIf(known -> ledger.find(known).isEmpty());
  }

  private void podShows(PciAddress vf) {
    ledger
        .find(vf)
        .ifPresent(claim ->
            kubelet.put(
                vf, new Listed(claim.grant().resource(), new Claim.Use("default", "p", "c", 0))));
  }

  private void reopen() {
    Map<PciAddress, Claim> before = ledger.claims();
    ledger.close();
    ledger = Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, "boot-1");
    assertEquals(before, ledger.claims());
  }

  private void check(String where) {
    ledger
        .claims()
        .forEach((vf, claim) -> {
          String owner = owners.computeIfAbsent(vf, taken -> claim.grant().resource());
          assertEquals(owner, claim.grant().resource(), where + ": " + vf + " changed hands");
          if (claim.state() == State.DRAINING) {
            assertTrue(claim.hold().present(), where + ": nothing to bring home of " + vf);
          }
        });
  }

  private void endAll() {
    kubelet.clear();
    ledger.release(VFS, "released");
    ledger.claims().forEach((vf, claim) -> ledger.home(vf, claim.hold().connection()));
  }

  private static Hold hold(String connection) {
    return Hold.wanted(connection, "inode://4/1", "nsm-1");
  }
}

package io.patchbay.systemtest.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Our classes on a stock kernel with an SR-IOV NIC, in a virtual machine (docs/sriov-vm.md). Only
 * with {@code -Psriov-vm}, and then it fails where the machine cannot be had or started.
 */
@Tag("sriov-vm")
class SriovVmTest {
  /** For fetching what is not there yet, and for all starts of the machine. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static Path cache() {
    return Optional.ofNullable(System.getProperty("sriov.vm.cache"))
        .filter(given -> !given.isEmpty())
        .map(Path::of)
        .orElse(Path.of(System.getProperty("user.home"), ".cache", "patchbay", "sriov-vm"))
        .toAbsolutePath();
  }

  /** One run of the machine, however often its results are asked for. */
  private static final class Once {
    static final VirtualMachine MACHINE =
        VirtualMachine.in(cache(), Path.of("target", "sriov-vm"), LIMIT);
    static final List<String> RESULTS = run();

    private static List<String> run() {
      MACHINE.prepare(Path.of("src/test/sriov-vm/prepare").toAbsolutePath());
      return MACHINE.run(Guest.class);
    }
  }

  @TestFactory
  Stream<DynamicTest> onStockKernel() {
    Map<String, String> outcomes =
        Once.RESULTS.stream()
            .map(line -> line.split("\t", -1))
            .collect(Collectors.toMap(fields -> fields[0], fields -> fields[2]));
    String console = Once.MACHINE.consoleTail();
    return Arrays.stream(Check.values())
        .map(check ->
            DynamicTest.dynamicTest(
                check.meaning(),
                () ->
                    assertEquals(
                        "",
                        outcomes.getOrDefault(check.name(), "not reached"),
                        () -> "the guest's console:\n" + console)));
  }
}

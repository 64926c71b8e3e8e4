package io.patchbay.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.netconfd.DebianNetconfd;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All of the benchmark, with little to do; what it counts does not depend on that. */
@Timeout(180)
class FabricBenchmarkTest {
  private static final FabricBenchmark.Extent LITTLE =
      new FabricBenchmark.Extent(new FabricBenchmark.OneSwitch(4, 2, 2, 1), 3, 10, 2, 1);

  @TempDir private Path folder;

  @Test
  void everyPartOfItCanBeMeasured() {
    PrintWriter nobody = new PrintWriter(Writer.nullWriter());
    List<Measurement> results = FabricBenchmark.run(folder, nobody, LITTLE, Time.system());
    Map<String, Measurement> named =
        results.stream().collect(Collectors.toMap(Measurement::metric, Function.identity()));
    assertEquals(results.size(), named.size(), "each has a name of its own");
    double transactions = named.get("4 ports at once: transactions, the most of 2").value();
    assertTrue(transactions >= 1 && transactions <= 4, named::toString);
    assertEquals(
        DebianNetconfd.isInstalled(), named.containsKey("netconfd: one port: Request p50"));
  }
}

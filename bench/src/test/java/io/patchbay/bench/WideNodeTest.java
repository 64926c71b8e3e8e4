package io.patchbay.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WideNodeTest {
  static Stream<WideNode.Shape> shapes() {
    return Stream.of(HardwareBenchmark.USUAL, HardwareBenchmark.LARGE, HardwareBenchmark.IDLE);
  }

  /** A benchmark takes minutes to come to its last node. */
  @ParameterizedTest
  @MethodSource("shapes")
  void eachNodeOfTheBenchmarkCanBe(WideNode.Shape shape) {
    var nics = shape.rack().nodes().getFirst().nics();
    assertEquals(shape.devices(), nics.stream().mapToInt(nic -> nic.vfs()).sum());
  }
}

package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortIntentTest {
  /** Claims as {@code connection:port:vlan}, a leading dash drops one; the wanted ports as text. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                              | {}
          a:1:100                         | {1=trunk VLANs 100}
          a:1:100 b:1:100                 | {1=trunk VLANs 100}
          a:1:100 b:1:200                 | {1=trunk VLANs 100,200}
          a:1:200 b:1:100 c:2:300         | {1=trunk VLANs 100,200, 2=trunk VLANs 300}
          a:1:100 a:1:100                 | {1=trunk VLANs 100}
          a:1:100 b:1:100 -a              | {1=trunk VLANs 100}
          a:1:100 b:1:200 -a              | {1=trunk VLANs 200}
          a:1:100 b:1:100 -a -b           | {}
          a:1:100 -a -a                   | {}
          a:1:100 a:2:100                 | {2=trunk VLANs 100}
          """)
  void folds(String steps, String wanted) {
    PortIntent intent = PortIntent.NONE;
    for (String step : steps.isBlank() ? new String[0] : steps.split(" ")) {
      String[] parts = step.split(":");
      intent =
          step.startsWith("-")
              ? intent.without(step.substring(1))
              : intent.with(parts[0], new PortClaim("tor-1", parts[1], Integer.parseInt(parts[2])));
    }
    assertEquals(wanted, intent.wanted().toString());
  }

  @Test
  void aTrunkThatListsNothingCannotBeMade() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Trunk(new TreeSet<>(Arrays.asList()), OptionalInt.empty()));
  }
}

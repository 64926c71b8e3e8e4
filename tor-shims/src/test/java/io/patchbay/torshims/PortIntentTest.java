package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
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

  private static PortWish wish(String service, Integer mtu, boolean description) {
    return new PortWish(service, new FabricService.Port(mtu, description));
  }

  /** What services want of ports: 9 and 4 their MTU, d a description, 0 nothing. */
  private static final Map<String, PortWish> WISHES =
      Map.of(
          "nine", wish("nine", 9000, false),
          "four", wish("four", 4000, true),
          "told", wish("told", null, true),
          "none", wish("none", null, false));

  /** Connections as {@code service:port}, and what is wanted besides VLANs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          none:1               | {}
          nine:1               | {1 [mtu]=9000}
          four:1               | {1 [description]=patchbay: four, 1 [mtu]=4000}
          nine:1 four:1        | {1 [description]=patchbay: four, nine, 1 [mtu]=9000}
          four:1 nine:1        | {1 [description]=patchbay: four, nine, 1 [mtu]=9000}
          none:1 told:1        | {1 [description]=patchbay: none, told}
          told:1 told:1 told:1 | {1 [description]=patchbay: told}
          nine:1 told:2        | {1 [mtu]=9000, 2 [description]=patchbay: told}
          """)
  void mergesWhatServicesWantBesides(String connections, String wanted) {
    PortIntent intent = PortIntent.NONE;
    int number = 0;
    for (String connection : connections.split(" ")) {
      String[] parts = connection.split(":");
      PortClaim claim = new PortClaim("tor-1", parts[1], 100).wishing(WISHES.get(parts[0]));
      intent = intent.with("c" + number++, claim);
    }
    Map<String, PortConfig> all = intent.wanted();
    Map<String, PortConfig> besides = new TreeMap<>(all);
    besides.keySet().removeAll(intent.ports());
    assertEquals(wanted, besides.toString());
    PortIntent same = intent;
    all.forEach((key, config) -> assertEquals(Optional.of(config), same.wanted(key)));
    assertEquals(all, intent.wantedOn(intent.ports()));
    assertEquals(Optional.empty(), same.wanted("3 [mtu]"));
  }

  @Test
  void aTagIsNoLongerThanSwitchesTake() {
    PortIntent intent = PortIntent.NONE;
    for (int i = 0; i < 60; i++) {
      intent =
          intent.with(
              "c" + i,
              new PortClaim("t", "1", 100).wishing(wish("service-" + (10 + i), null, true)));
    }
    String tag = intent.wanted("1 [description]").orElseThrow().toString();
    assertEquals(
        "patchbay: service-10, service-11, service-12, service-13, service-14, service-15,"
            + " service-16, service-17, service-18, 51 more",
        tag);
    String name = "x".repeat(300);
    PortIntent one =
        PortIntent.NONE.with("c", new PortClaim("t", "1", 100).wishing(wish(name, null, true)));
    assertEquals("patchbay: 1 services", one.wanted("1 [description]").orElseThrow().toString());
  }

  /** It is of the file as it is when the shim starts; and older journals are read, too. */
  @Test
  void whatAServiceWantsIsNotWrittenDownWithAClaim() {
    PortClaim claim = new PortClaim("tor-1", "1", 100).wishing(WISHES.get("nine"));
    String json = Json.write(claim);
    assertEquals("{\"switchName\":\"tor-1\",\"port\":\"1\",\"vlan\":100}", json);
    assertEquals(new PortClaim("tor-1", "1", 100), Json.read(json, PortClaim.class));
  }

  @Test
  void aTrunkThatListsNothingCannotBeMade() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Trunk(new TreeSet<>(Arrays.asList()), OptionalInt.empty()));
  }
}

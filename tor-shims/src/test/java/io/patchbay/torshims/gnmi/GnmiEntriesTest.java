package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortReading;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GnmiEntriesTest {
  private static final GnmiPort WORDS = new GnmiPort(Set.of());
  private static final String IN = "Ethernet1 [acl in]";
  private static final String OUT = "Ethernet1 [acl out]";
  private static final String POLICY = "Ethernet1 [qos out]";
  private static final String WEB =
      "{\"openconfig-acl:ingress-acl-set\":[{\"set-name\":\"web\",\"type\":\"openconfig-acl:ACL_L2\",\"config\":{\"set-name\":\"web\",\"type\":\"openconfig-acl:ACL_L2\"}}]}";
  private static final String ENTRY =
      "{\"id\":\"Ethernet1\",\"openconfig-acl:config\":{\"id\":\"Ethernet1\"},\"interface-ref\":{\"config\":{\"interface\":\"Ethernet1\"}},\"openconfig-acl:ingress-acl-sets\":%s}";
  private static final String QOS =
      "{\"interface-id\":\"Ethernet1\",\"config\":{\"interface-id\":\"Ethernet1\"},\"output\":{\"openconfig-qos:scheduler-policy\":{\"config\":{\"name\":\"gold\"}}}}";

  private static PortReading reading(String key, String json) {
    return GnmiPort.reading(
        key, TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json)).build());
  }

  private static String text(Path path) {
    return path.getElemList().stream()
        .map(elem -> elem.getName() + (elem.getKeyMap().isEmpty() ? "" : elem.getKeyMap()))
        .collect(Collectors.joining("/"));
  }

  private static List<String> text(List<Update> updates) {
    return updates.stream()
        .map(update ->
            text(update.getPath()) + "=" + update.getVal().getJsonIetfVal().toStringUtf8())
        .toList();
  }

  @Test
  void asksForTheEntryOfAPort() {
    assertEquals("acl/interfaces/interface{id=Ethernet1}", text(WORDS.path(IN)));
    assertEquals(WORDS.path(IN), WORDS.path(OUT));
    assertEquals("qos/interfaces/interface{interface-id=Ethernet1}", text(WORDS.path(POLICY)));
    assertEquals(
        List.of(IN, OUT),
        WORDS.items(
            Path.getDefaultInstance(), WORDS.path(IN), List.of("Ethernet1", IN, OUT, POLICY)));
  }

  @Test
  void knowsWhatIsBoundWhatIsNotAndWhatHasNoEntry() {
    assertEquals(new AclSet("web", "ACL_L2"), reading(IN, ENTRY.formatted(WEB)).meaning());
    assertEquals(
        new AclSet("web", "ACL_L2"), reading(IN, "[" + ENTRY.formatted(WEB) + "]").meaning());
    assertEquals(PortEntry.EMPTY, reading(OUT, ENTRY.formatted(WEB)).raw());
    assertEquals(PortEntry.EMPTY, reading(IN, ENTRY.formatted("{}")).raw());
    assertEquals(
        PortEntry.EMPTY,
        reading(IN, ENTRY.formatted("{\"openconfig-acl:ingress-acl-set\":[]}")).raw());
    assertEquals(new Leaf("gold"), reading(POLICY, QOS).meaning());
    assertEquals(PortEntry.EMPTY, reading("Ethernet1 [qos in]", QOS).raw());
    for (String key : List.of(IN, POLICY)) {
      assertEquals(PortEntry.NONE, reading(key, "null").raw());
      assertEquals(PortEntry.NONE, GnmiPort.none(key).raw());
    }
  }

  /** Two of them, or one with more to it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "[{\"set-name\"|[{\"set-name\":\"a\",\"type\":\"ACL_L2\"},{\"set-name\"",
        "\"config\":{|\"config\":{\"vendor\":1,",
        "[{\"set-name\"|[{\"vendor\":1,\"set-name\""
      })
  void keepsWhatItDoesNotUnderstand(String from, String to) {
    PortReading reading = reading(IN, ENTRY.formatted(WEB.replace(from, to)));
    assertEquals(reading.raw(), reading.meaning());
    assertEquals(sets(WEB.replace(from, to)), sets(reading.raw().text()));
  }

  private static Set<JsonNode> sets(String json) {
    return Json.read(json, JsonNode.class)
        .get("openconfig-acl:ingress-acl-set")
        .valueStream()
        .collect(Collectors.toSet());
  }

  @Test
  void whatIsTheSameInAnotherOrderIsTheSame() {
    String one = "{\"set-name\":\"a\",\"type\":\"ACL_L2\"}";
    String other = "{\"set-name\":\"b\",\"type\":\"ACL_L2\"}";
    String turned = "{\"type\":\"ACL_L2\",\"set-name\":\"b\"}";
    String sets = "{\"openconfig-acl:ingress-acl-set\":[%s,%s]}";
    assertEquals(
        reading(IN, ENTRY.formatted(sets.formatted(one, other))),
        reading(IN, ENTRY.formatted(sets.formatted(turned, one))));
  }

  private static SetRequest edit(Map<String, PortConfig> wanted, boolean entries) {
    Map<String, PortReading> now = new TreeMap<>();
    wanted.keySet().forEach(key -> now.put(key, PortEntry.absent(entries)));
    return WORDS.edit(new TreeMap<>(wanted), now).build();
  }

  @Test
  void bindsWithAnEntryWhereThereIsNone() {
    Map<String, PortConfig> wanted =
        Map.of(IN, new AclSet("web", "ACL_L2"), POLICY, new Leaf("gold \"x\""));
    List<String> bound =
        List.of(
            "acl/interfaces/interface{id=Ethernet1}/ingress-acl-sets=" + WEB,
            "qos/interfaces/interface{interface-id=Ethernet1}/output/scheduler-policy/config/name=\"gold"
                + " \\\"x\\\"\"");
    SetRequest there = edit(wanted, true);
    assertEquals(bound, text(there.getReplaceList()));
    assertEquals(0, there.getUpdateCount() + there.getDeleteCount());
    SetRequest fresh = edit(wanted, false);
    assertEquals(bound, text(fresh.getReplaceList()));
    assertEquals(
        List.of(
            "acl/interfaces/interface{id=Ethernet1}/config={\"openconfig-acl:id\":\"Ethernet1\"}",
            "acl/interfaces/interface{id=Ethernet1}/interface-ref/config={\"openconfig-acl:interface\":\"Ethernet1\"}",
            "qos/interfaces/interface{interface-id=Ethernet1}/config={\"openconfig-qos:interface-id\":\"Ethernet1\"}",
            "qos/interfaces/interface{interface-id=Ethernet1}/interface-ref/config={\"openconfig-qos:interface\":\"Ethernet1\"}"),
        text(fresh.getUpdateList()));
    assertEquals(
        2,
        edit(Map.of(IN, new AclSet("a", "ACL_L2"), OUT, new AclSet("b", "ACL_L2")), false)
            .getUpdateCount(),
        "one entry for both directions");
  }

  @Test
  void givesBackWhatWasBoundAndTakesAwayWhatWasNot() {
    Raw former = reading(IN, ENTRY.formatted(WEB)).raw();
    SetRequest back = edit(Map.of(IN, former, POLICY, new Raw("=silver")), true);
    assertEquals(
        List.of(
            "acl/interfaces/interface{id=Ethernet1}/ingress-acl-sets=" + former.text(),
            "qos/interfaces/interface{interface-id=Ethernet1}/output/scheduler-policy/config/name=\"silver\""),
        text(back.getReplaceList()));
    SetRequest gone = edit(Map.of(IN, PortEntry.EMPTY, POLICY, PortEntry.EMPTY), true);
    assertEquals(
        List.of(
            "acl/interfaces/interface{id=Ethernet1}/ingress-acl-sets",
            "qos/interfaces/interface{interface-id=Ethernet1}/output/scheduler-policy/config/name"),
        gone.getDeleteList().stream().map(GnmiEntriesTest::text).toList());
    SetRequest entry = edit(Map.of(IN, PortEntry.NONE, OUT, PortEntry.NONE), true);
    assertEquals(
        List.of("acl/interfaces/interface{id=Ethernet1}"),
        entry.getDeleteList().stream().map(GnmiEntriesTest::text).toList());
  }

  private static boolean isOurs(String json, String... going) {
    return GnmiEntries.isOurs(
        PortItem.of(going[0]), Set.of(going), Json.read(json, JsonNode.class));
  }

  @Test
  void anEntryIsTheShimsThatHoldsNothingElse() {
    assertTrue(isOurs(ENTRY.formatted(WEB), IN));
    assertTrue(isOurs(QOS, POLICY));
    assertTrue(isOurs(QOS.replace("\"output\"", "\"input\":{\"x\":{}},\"output\""), POLICY));
    assertFalse(isOurs(ENTRY.formatted(WEB), OUT), "the other direction stays");
    assertFalse(isOurs(QOS, "Ethernet1 [qos in]"), "the other direction stays");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"config\":{|\"config\":{\"vendor\":1,",
        "{\"interface\":\"Ethernet1\"}|{\"interface\":\"Ethernet2\"}",
        "{\"interface\":\"Ethernet1\"}|{\"interface\":\"Ethernet1\",\"subinterface\":0}",
        "{\"id\"|{\"vendor\":1,\"id\""
      })
  void anEntryIsNotThatHoldsAnythingElse(String change) {
    String[] parts = change.split("\\|");
    String entry = ENTRY.formatted(WEB);
    assertFalse(isOurs(entry.replace(parts[0], parts[1]), IN));
    assertFalse(
        isOurs(QOS.replace("{\"config\":{\"name\"", "{\"x\":1,\"config\":{\"name\""), POLICY));
    assertFalse(isOurs(QOS.replace("\"output\":{", "\"output\":{\"classifiers\":1,"), POLICY));
  }
}

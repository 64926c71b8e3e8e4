package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.services.ServiceObject;
import io.patchbay.torshims.services.ServiceObject.Verdict;
import io.patchbay.torshims.services.ServiceObjects;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Services that are objects, beside those of the file. */
class ObjectServicesTest {
  private static final Switches SWITCHES =
      Json.parseYaml("file.yaml", FabricFilesTest.SWITCHES, Switches.class);
  private static final FabricServices FILE =
      Json.parseYaml("file.yaml", FabricFilesTest.FABRIC, FabricServices.class);

  private static final Cables CABLES =
      Json.parseYaml("file.yaml", FabricFilesTest.CABLES, Cables.class);

  private final Objects objects = new Objects();
  private final Map<String, String> objections = new HashMap<>();
  private final ObjectServices services = new ObjectServices(objects);

  /** A cluster's. */
  private static final class Objects implements ServiceObjects {
    private final Map<String, ServiceObject> all = new LinkedHashMap<>();
    private Optional<Failure> away = Optional.empty();
    private int told;

    void put(String name, String spec) {
      putOf("example.com", name, spec);
    }

    void putOf(String domain, String name, String spec) {
      ServiceObject old = all.get(name);
      long generation = old == null ? 1 : old.generation() + 1;
      Verdict verdict = old == null ? Verdict.NONE : old.told();
      all.put(name, new ServiceObject(name, domain, spec, generation, verdict));
    }

    @Override
    public List<ServiceObject> list() {
      away.ifPresent(failure -> {
        throw failure;
      });
      return List.copyOf(all.values());
    }

    @Override
    public void tell(ServiceObject object, Verdict verdict) {
      told++;
      all.put(
          object.name(),
          new ServiceObject(
              object.name(), object.domain(), object.spec(), object.generation(), verdict));
    }

    @Override
    public void close() {}
  }

  private static String spec(String vlans) {
    return "{\"vlans\":[\""
        + vlans
        + "\"],\"addresses\":{\"prefix\":\"10.9.0.0/24\",\"gateway\":\"10.9.0.1\"}}";
  }

  private List<String> names() {
    return services.addTo(FILE, SWITCHES, CABLES, this::objection, true).services().stream()
        .map(FabricService::name)
        .toList();
  }

  private String problem(String name) {
    return objects.all.get(name).told().problem();
  }

  @Test
  void theyComeAfterThoseOfTheFile() {
    assertEquals(List.of("myns", "other"), names());
    objects.put("third", spec("300-310"));
    assertEquals(List.of("myns", "other", "third"), names());
    assertEquals(new Verdict(1, ""), objects.all.get("third").told());
    assertEquals(1, objects.told);
    assertEquals(List.of("myns", "other", "third"), names());
    assertEquals(1, objects.told, "it says so already");
    objects.all.clear();
    assertEquals(List.of("myns", "other"), names());
  }

  /** Several fabrics, each with a shim of its own, may be told of in one namespace. */
  @Test
  void thoseOfOtherFabricsAreTheirs() {
    objects.putOf("example.org", "third", spec("300"));
    objects.putOf("", "fourth", spec("300"));
    assertEquals(List.of("myns", "other"), names());
    assertEquals(0, objects.told);
  }

  @Test
  void oneThatIsWrongSaysWhyAndKeepsNoOtherAway() {
    objects.put("bad", spec("300").replaceFirst("}$", ",\"mtv\":1500}"));
    objects.put("myns", spec("300"));
    objects.put("parked", spec("4094"));
    objects.put("elsewhere", spec("300").replaceFirst("}$", ",\"switches\":[\"tor-9\"]}"));
    objects.put("good", spec("302"));
    assertEquals(List.of("myns", "other", "good"), names());
    assertEquals("service myns is listed twice", problem("myns").replaceFirst("name: ", ""));
    assertEquals("vlans: VLAN 4094 is the parking VLAN", problem("parked"));
    assertEquals("switches: no switch 'tor-9', only " + SWITCHES.names(), problem("elsewhere"));
    assertEquals(
        true, problem("bad").startsWith("(mtv): unknown field 'mtv'; known"), problem("bad"));
    assertEquals("", problem("good"));
  }

  /** Whoever is on it would lose it by a slip of the pen. */
  @Test
  void oneThatWasRightGoesOnAsItWas() {
    objects.put("third", spec("300"));
    assertEquals(List.of("myns", "other", "third"), names());
    objects.put("third", spec("5000"));
    FabricServices all = services.addTo(FILE, SWITCHES, CABLES, this::objection, true);
    assertEquals(Set.of(300), all.find("third").pool());
    assertEquals(true, problem("third").endsWith("; it is offered as it was"), problem("third"));
    objects.put("third", spec("301"));
    assertEquals(
        Set.of(301),
        services.addTo(FILE, SWITCHES, CABLES, this::objection, true).find("third").pool());
    assertEquals("", problem("third"));
    objects.all.clear();
    assertEquals(List.of("myns", "other"), names());
    objects.put("third", spec("5000"));
    assertEquals(List.of("myns", "other"), names(), "it has been taken away since");
  }

  private Optional<String> objection(FabricService service) {
    return Optional.ofNullable(objections.get(service.name()));
  }

  /** As one that has had another VLAN: only what serves can know. */
  @Test
  void whatNoVlanIsLeftForSaysSo() {
    objects.put("third", spec("300"));
    objections.put("third", "no VLAN left");
    assertEquals(List.of("myns", "other"), names());
    assertEquals("no VLAN left", problem("third"));
    objections.clear();
    assertEquals(List.of("myns", "other", "third"), names());
    assertEquals("", problem("third"));
  }

  @Test
  void twoThatFixOneVlanAreTheFirstsAlone() {
    objects.put("third", spec("300"));
    objects.put("fourth", spec("300"));
    assertEquals(List.of("myns", "other", "third"), names());
    assertEquals("vlans: VLAN 300 is service third's", problem("fourth"));
  }

  @Test
  void whoOnlyStandsByTellsNothing() {
    objects.put("third", spec("300"));
    var unused = services.addTo(FILE, SWITCHES, CABLES, this::objection, false);
    assertEquals(0, objects.told);
  }

  @Test
  void whatCannotBeReadIsNoAbsence() {
    objects.away = Optional.of(new Failure(Failure.Kind.UNAVAILABLE, "the API server: away"));
    assertThrows(Failure.class, this::names);
  }

  // ---- what users apply ----

  private static final Path MANIFESTS = Path.of("..", "manifests");

  /** What a service of the file may say an object may say, and nothing else. */
  @Test
  void theDefinitionHasTheFieldsOfAService() {
    JsonNode spec =
        Json.readFile(MANIFESTS.resolve("crds/fabricservices.yaml"), JsonNode.class)
            .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    Set<String> fields = components(FabricService.class);
    fields.remove("name");
    fields.add("domain");
    assertEquals(fields, properties(spec));
    assertEquals(components(Addressing.class), properties(spec.at("/properties/addresses")));
    assertEquals(components(FabricService.Port.class), properties(spec.at("/properties/port")));
    assertEquals(components(Evpn.class), properties(spec.at("/properties/evpn")));
    assertEquals(
        Set.of("switch", "port", "lag"), properties(spec.at("/properties/gatewayPorts/items")));
  }

  private static Set<String> components(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> properties(JsonNode schema) {
    Set<String> names = new TreeSet<>();
    schema.path("properties").fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void theExampleIsAccepted() {
    JsonNode example =
        Json.readFile(MANIFESTS.resolve("examples/fabric-service.yaml"), JsonNode.class)
            .at("/items/0");
    ObjectNode spec = example.path("spec").deepCopy();
    String domain = spec.remove("domain").asText();
    objects.putOf(domain, example.at("/metadata/name").asText(), spec.toString());
    assertEquals(List.of("myns", "other", "storage"), names());
  }
}

package io.patchbay.torshims.gnmi;

import static io.patchbay.torshims.gnmi.GnmiVlans.MODULE;
import static io.patchbay.torshims.gnmi.JsonIetf.field;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.base.Failure;
import io.patchbay.torshims.EvpnInstance;
import io.patchbay.torshims.EvpnReading;
import java.util.Collection;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A network instance with one EVPN instance in the words of OpenConfig as gNMI carries them
 * (contracts tor.md 2 and 3). Pure.
 */
final class GnmiEvpn {
  private static final String TYPES = "openconfig-network-instance-types:";
  private static final String EVPN_TYPES = "openconfig-evpn-types:";

  /** Asks which network instances there are: of one that is not there nothing can be asked. */
  static final GetRequest NAMES = GnmiVlans.question(Stream.of(config("*")));

  private GnmiEvpn() {}

  private static Path config(String instance) {
    Path.Builder path = GnmiVlans.path(instance);
    path.addElemBuilder().setName("config");
    return path.build();
  }

  /** The names of those that are there, of some. */
  static Set<String> names(GetResponse response, Predicate<String> some) {
    return GnmiVlans.updates(response)
        .map(update -> field(GnmiVlans.json(update), "name").asText(""))
        .filter(some)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Asks for these, whole. */
  static GetRequest question(Collection<String> instances) {
    return GnmiVlans.question(instances.stream().map(name -> GnmiVlans.path(name).build()));
  }

  /**
   * What the answer says of these, by their names. A switch may tell of others, too. Throws {@link
   * Failure} of kind INTERNAL where it does not tell of which.
   *
   * @param who the switch
   */
  static SortedMap<String, EvpnReading> readings(
      String who, GetResponse response, Set<String> some) {
    SortedMap<String, EvpnReading> readings = new TreeMap<>();
    GnmiVlans.updates(response)
        .forEach(update -> {
          JsonNode instance = GnmiVlans.json(update);
          String name = name(who, update.getPath(), instance);
          if (some.contains(name)) {
            readings.put(name, reading(name, instance));
          }
        });
    return readings;
  }

  /** It stands in the path or, where a switch has left that empty, in the value. */
  private static String name(String who, Path path, JsonNode instance) {
    int count = path.getElemCount();
    PathElem last = count == 0 ? PathElem.getDefaultInstance() : path.getElem(count - 1);
    String name = last.getName().equals("network-instance") ? last.getKeyOrDefault("name", "") : "";
    String told = name.isEmpty() ? field(instance, "name").asText("") : name;
    if (told.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          who + " answers of no network-instance, at '" + path + "', asked for some by name");
    }
    return told;
  }

  private static EvpnReading reading(String name, JsonNode instance) {
    JsonNode config = field(instance, "config");
    JsonNode segments = field(field(field(instance, "evpn"), "evpn-instances"), "evpn-instance");
    return new EvpnReading(
        name,
        field(config, "type").asText(""),
        field(config, "enabled").asBoolean(true),
        GnmiVlans.vlans(field(instance, "vlans")),
        StreamSupport.stream(segments.spliterator(), false).map(GnmiEvpn::segment).toList());
  }

  private static EvpnReading.Segment segment(JsonNode evpn) {
    JsonNode config = field(evpn, "config");
    JsonNode policy = field(field(evpn, "import-export-policy"), "config");
    return new EvpnReading.Segment(
        field(evpn, "evi").asText(""),
        field(config, "encapsulation-type").asText(""),
        field(config, "service-type").asText(""),
        all(field(policy, "import-route-target")),
        all(field(policy, "export-route-target")),
        field(field(field(evpn, "vxlan"), "config"), "vni").asText(""));
  }

  private static Set<String> all(JsonNode leafList) {
    return StreamSupport.stream(leafList.spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.toSet());
  }

  /** All of it, to be put in the place of what is there. */
  static ObjectNode making(EvpnInstance segment) {
    ObjectNode instance = JsonNodeFactory.instance.objectNode();
    instance.put(MODULE + "name", segment.name());
    instance
        .putObject(MODULE + "config")
        .put("name", segment.name())
        .put("type", TYPES + "L2VSI")
        .put("enabled", true);
    ObjectNode vlan = instance.putObject(MODULE + "vlans").putArray("vlan").addObject();
    vlan.put("vlan-id", segment.vlan());
    vlan.set("config", GnmiVlans.config("", segment.vlan(), segment.name()));
    ObjectNode evpn =
        instance
            .putObject(MODULE + "evpn")
            .putObject("evpn-instances")
            .putArray("evpn-instance")
            .addObject();
    evpn.put("evi", segment.evi());
    evpn.putObject("config")
        .put("evi", segment.evi())
        .put("encapsulation-type", TYPES + "VXLAN")
        .put("service-type", EVPN_TYPES + "VLAN_BASED");
    ObjectNode policy = evpn.putObject("import-export-policy").putObject("config");
    policy.putArray("export-route-target").add(segment.routeTarget());
    policy.putArray("import-route-target").add(segment.routeTarget());
    evpn.putObject("vxlan").putObject("config").put("vni", segment.vni());
    return instance;
  }
}

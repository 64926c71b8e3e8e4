package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchedVlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * Switch ports in the words of OpenConfig: {@code interfaces/interface/ethernet/switched-vlan}
 * (contracts tor.md 2). Writes always replace the whole {@code switched-vlan}, so that nothing of
 * another mode stays behind. Pure.
 *
 * <p>The {@link Raw} text of a port is its {@code switched-vlan} element, or the name of the
 * element that was not there; an {@code ethernet} container without content is the same as none
 * (RFC 7950 section 7.5.1) and is left to the switch.
 */
final class OpenConfigPort {
  static final String INTERFACES = "http://openconfig.net/yang/interfaces";
  static final String ETHERNET = "http://openconfig.net/yang/interfaces/ethernet";
  static final String VLAN = "http://openconfig.net/yang/vlan";
  private static final String NO_INTERFACE = "no interface";
  private static final String NO_SWITCHED_VLAN = "no switched-vlan";
  private static final String TYPE = "ethernetCsmacd";
  // a prefix that no switch declares
  static final String OPERATION =
      " xmlns:patchbay-nc=\"" + Operations.BASE + "\" patchbay-nc:operation=";

  private OpenConfigPort() {}

  /** The subtree filter that selects these ports and no others. */
  static String filter(Collection<String> ports) {
    return ports.stream()
        .map(port -> "<interface><name>" + escape(port) + "</name></interface>")
        .collect(
            Collectors.joining("", "<interfaces xmlns=\"" + INTERFACES + "\">", "</interfaces>"));
  }

  /** One reading for each of the ports, from the answer to a get-config with that filter. */
  static Map<String, PortReading> readings(Element reply, Collection<String> ports) {
    Map<String, Element> found = interfaces(reply);
    Map<String, PortReading> readings = new LinkedHashMap<>();
    for (String port : ports) {
      readings.put(port, reading(Optional.ofNullable(found.get(port))));
    }
    return readings;
  }

  private static Map<String, Element> interfaces(Element reply) {
    return child(reply, Operations.BASE, "data").stream()
        .flatMap(data -> children(data, INTERFACES, "interfaces").stream())
        .flatMap(list -> children(list, INTERFACES, "interface").stream())
        .collect(Collectors.toMap(OpenConfigPort::name, port -> port, (first, second) -> first));
  }

  /** The ports whose interface is to go with all that is in it. */
  static Set<String> doomed(Map<String, PortConfig> wanted) {
    return wanted.entrySet().stream()
        .filter(port -> port.getValue().equals(new Raw(NO_INTERFACE)))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /**
   * The same, but that an interface stays, without VLANs, that holds anything that this shim does
   * not write.
   *
   * @param reply the answer to a get-config with the {@link #filter} of the {@link #doomed}
   */
  static Map<String, PortConfig> sparing(Map<String, PortConfig> wanted, Element reply) {
    Map<String, PortConfig> spared = new TreeMap<>(wanted);
    Map<String, Element> found = interfaces(reply);
    for (String port : doomed(wanted)) {
      if (Optional.ofNullable(found.get(port)).filter(there -> !isOurs(there)).isPresent()) {
        spared.put(port, new Raw(NO_SWITCHED_VLAN));
      }
    }
    return spared;
  }

  /** Whether an interface holds nothing but what {@link #edit} has to write to make it. */
  private static boolean isOurs(Element port) {
    return children(port).stream()
        .allMatch(part ->
            switch (part.getLocalName()) {
              case "name" -> true;
              case "config" -> children(part).stream().allMatch(OpenConfigPort::isIdentity);
              case "ethernet" ->
                  children(part).stream().allMatch(inside -> Xml.is(inside, VLAN, "switched-vlan"));
              default -> false;
            });
  }

  private static boolean isIdentity(Element leaf) {
    return switch (leaf.getLocalName()) {
      case "name" -> true;
      case "type" -> Xml.text(leaf).endsWith(TYPE);
      default -> false;
    };
  }

  private static String name(Element port) {
    return child(port, INTERFACES, "name").map(Xml::text).orElse("");
  }

  private static PortReading reading(Optional<Element> port) {
    Optional<Element> vlan =
        port.flatMap(element -> child(element, ETHERNET, "ethernet"))
            .flatMap(ethernet -> child(ethernet, VLAN, "switched-vlan"));
    String absent = port.isPresent() ? NO_SWITCHED_VLAN : NO_INTERFACE;
    Raw raw = new Raw(vlan.map(XmlText::write).orElse(absent));
    return new PortReading(raw, vlan.flatMap(OpenConfigPort::meaning).orElse(raw));
  }

  /** What a {@code switched-vlan} says; empty when it says more than is understood here. */
  private static Optional<PortConfig> meaning(Element vlan) {
    List<Element> parts = children(vlan);
    if (parts.size() != 1 || !Xml.is(parts.getFirst(), VLAN, "config")) {
      return Optional.empty();
    }
    Map<String, List<String>> leaves = new HashMap<>();
    for (Element leaf : children(parts.getFirst())) {
      leaves.computeIfAbsent(leaf.getLocalName(), name -> new ArrayList<>()).add(Xml.text(leaf));
    }
    return SwitchedVlan.meaning(leaves);
  }

  /**
   * The configuration that makes the ports so.
   *
   * @param now what is there before
   * @param removes whether the switch knows the operation {@code remove}, which came with base 1.1;
   *     else it is told to delete what is there
   */
  static String edit(
      Map<String, PortConfig> wanted, Map<String, PortReading> now, boolean removes) {
    StringBuilder edit = new StringBuilder("<interfaces xmlns=\"").append(INTERFACES).append("\">");
    wanted.forEach((port, config) -> {
      PortReading reading = now.get(port);
      String there = reading == null ? NO_INTERFACE : reading.raw().text();
      if (removes || !new Raw(there).equals(config)) {
        edit.append(edit(port, config, there, removes ? "remove" : "delete"));
      }
    });
    return edit.append("</interfaces>").toString();
  }

  private static String edit(String port, PortConfig wanted, String there, String removal) {
    String name = "<name>" + escape(port) + "</name>";
    if (wanted instanceof Raw(String text) && text.equals(NO_INTERFACE)) {
      return "<interface" + OPERATION + "\"" + removal + "\">" + name + "</interface>";
    }
    boolean isNew = there.equals(NO_INTERFACE);
    boolean stays = isNew && wanted instanceof Raw(String text) && text.equals(NO_SWITCHED_VLAN);
    return "<interface>"
        + name
        + (isNew ? identity(name) : "")
        + (stays ? "" : ethernet(wanted, removal))
        + "</interface>";
  }

  /** What a switch must be told of an interface that it has no configuration for. */
  private static String identity(String name) {
    return "<config>"
        + name
        + "<type"
        + " xmlns:ianaift=\"urn:ietf:params:xml:ns:yang:iana-if-type\">ianaift:"
        + TYPE
        + "</type>"
        + "</config>";
  }

  private static String ethernet(PortConfig wanted, String removal) {
    return "<ethernet xmlns=\"" + ETHERNET + "\">" + switchedVlan(wanted, removal) + "</ethernet>";
  }

  private static String switchedVlan(PortConfig wanted, String removal) {
    return switch (wanted) {
      case Access(int vlan) -> replacement("ACCESS", "<access-vlan>" + vlan + "</access-vlan>");
      case Trunk(SortedSet<Integer> vlans, OptionalInt untagged) ->
          replacement(
              "TRUNK",
              (untagged.isPresent() ? "<native-vlan>" + untagged.getAsInt() + "</native-vlan>" : "")
                  + vlans.stream()
                      .map(vlan -> "<trunk-vlans>" + vlan + "</trunk-vlans>")
                      .collect(Collectors.joining()));
      case Raw(String text) when text.equals(NO_SWITCHED_VLAN) ->
          "<switched-vlan xmlns=\"" + VLAN + "\"" + OPERATION + "\"" + removal + "\"/>";
      // behind the name of the element that was read
      case Raw(String text) -> text.replaceFirst("[\\s/>]", OPERATION + "\"replace\"$0");
    };
  }

  private static String replacement(String mode, String leaves) {
    return "<switched-vlan xmlns=\""
        + VLAN
        + "\""
        + OPERATION
        + "\"replace\"><config><interface-mode>"
        + mode
        + "</interface-mode>"
        + leaves
        + "</config></switched-vlan>";
  }
}

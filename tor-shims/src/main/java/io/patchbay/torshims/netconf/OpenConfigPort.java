package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchedVlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
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
import java.util.stream.Stream;
import org.w3c.dom.Element;

/**
 * Switch ports in the words of OpenConfig: {@code interfaces/interface/ethernet/switched-vlan}, for
 * a LAG {@code interfaces/interface/aggregation/switched-vlan}, and leaves of {@code
 * interfaces/interface/config} (contracts tor.md 2). Writes always replace the whole {@code
 * switched-vlan}, so that nothing of another mode stays behind, and of {@code config} nothing but
 * the leaf itself. Ports are named by the keys of their items, see {@link PortItem}. Pure.
 *
 * <p>The {@link Raw} text of a port is its {@code switched-vlan} element, or the name of the
 * element that was not there; an {@code ethernet} container without content is the same as none
 * (RFC 7950 section 7.5.1) and is left to the switch.
 */
final class OpenConfigPort {
  static final String INTERFACES = "http://openconfig.net/yang/interfaces";
  static final String ETHERNET = "http://openconfig.net/yang/interfaces/ethernet";
  static final String AGGREGATE = "http://openconfig.net/yang/interfaces/aggregate";
  static final String VLAN = "http://openconfig.net/yang/vlan";
  private static final String NO_INTERFACE = "no interface";
  private static final String NO_SWITCHED_VLAN = "no switched-vlan";
  private static final String TYPE = "ethernetCsmacd";

  /** The container of an interface in which its VLANs are. */
  private record Container(String namespace, String name) {
    static final Container ETHERNET = new Container(OpenConfigPort.ETHERNET, "ethernet");
    static final Container LAG = new Container(AGGREGATE, "aggregation");
  }

  // a prefix that no switch declares
  static final String OPERATION =
      " xmlns:patchbay-nc=\"" + Operations.BASE + "\" patchbay-nc:operation=";

  /** The subtree filter that selects these items, and no model that none of them is of. */
  static String filter(Collection<String> keys) {
    List<String> bound = keys.stream().filter(OpenConfigPort::isBound).toList();
    if (bound.size() == keys.size()) {
      return OpenConfigEntries.filter(bound);
    }
    return keys.stream()
        .filter(key -> !isBound(key))
        .map(key -> PortItem.of(key).port())
        .distinct()
        .map(port -> "<interface><name>" + escape(port) + "</name></interface>")
        .collect(
            Collectors.joining(
                "",
                "<interfaces xmlns=\"" + INTERFACES + "\">",
                "</interfaces>" + OpenConfigEntries.filter(bound)));
  }

  private static boolean isBound(String key) {
    return PortItem.of(key).isBound();
  }

  private final Set<String> lags;

  /**
   * @param lags the ports that are LAGs
   */
  OpenConfigPort(Set<String> lags) {
    this.lags = Set.copyOf(lags);
  }

  private Container container(String port) {
    return lags.contains(port) ? Container.LAG : Container.ETHERNET;
  }

  /** One reading for each of the ports, from the answer to a get-config with that filter. */
  Map<String, PortReading> readings(Element reply, Collection<String> keys) {
    Map<String, Element> found = interfaces(reply);
    Map<String, PortReading> readings = new LinkedHashMap<>();
    for (String key : keys) {
      PortItem item = PortItem.of(key);
      if (item.isBound()) {
        readings.put(key, OpenConfigEntries.reading(reply, key));
        continue;
      }
      Optional<Element> port = Optional.ofNullable(found.get(item.port()));
      readings.put(
          key,
          leaf(item.aspect())
              .map(name -> leaf(port, name))
              .orElseGet(() -> reading(port, container(item.port()))));
    }
    return readings;
  }

  /** The leaf of {@code config} that holds an item; none for what is elsewhere. */
  private static Optional<String> leaf(Aspect aspect) {
    return switch (aspect) {
      case VLANS, ACL_IN, ACL_OUT, QOS_IN, QOS_OUT -> Optional.empty();
      case MTU -> Optional.of("mtu");
      case DESCRIPTION -> Optional.of("description");
    };
  }

  /** To the byte: what people have written may begin with a space. */
  private static PortReading leaf(Optional<Element> port, String name) {
    return Leaf.reading(
        port.flatMap(element -> child(element, INTERFACES, "config"))
            .flatMap(config -> child(config, INTERFACES, name))
            .map(Element::getTextContent));
  }

  private static Map<String, Element> interfaces(Element reply) {
    return child(reply, Operations.BASE, "data").stream()
        .flatMap(data -> children(data, INTERFACES, "interfaces").stream())
        .flatMap(list -> children(list, INTERFACES, "interface").stream())
        .collect(Collectors.toMap(OpenConfigPort::name, port -> port, (first, second) -> first));
  }

  /** The items with which an entry of a list is to go with all that is in it. */
  static Set<String> doomed(Map<String, PortConfig> wanted) {
    Set<String> doomed = OpenConfigEntries.doomed(wanted);
    doomed.addAll(interfaces(wanted));
    return doomed;
  }

  /** The ports whose interface is to go. */
  private static Set<String> interfaces(Map<String, PortConfig> wanted) {
    return wanted.entrySet().stream()
        .filter(port -> port.getValue().equals(new Raw(NO_INTERFACE)))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /**
   * The same, but that an interface stays, without VLANs, that holds anything that this shim does
   * not write; and likewise what others need of {@link OpenConfigEntries}.
   *
   * @param reply the answer to a get-config with the {@link #filter} of the {@link #doomed}
   */
  static Map<String, PortConfig> sparing(Map<String, PortConfig> wanted, Element reply) {
    Map<String, PortConfig> spared = OpenConfigEntries.sparing(wanted, reply);
    Map<String, Element> found = interfaces(reply);
    for (String port : interfaces(wanted)) {
      Set<String> going = going(port, wanted);
      if (Optional.ofNullable(found.get(port)).filter(there -> !isOurs(there, going)).isPresent()) {
        spared.put(port, new Raw(NO_SWITCHED_VLAN));
      }
    }
    return spared;
  }

  /** The leaves of a port that are to go. */
  private static Set<String> going(String port, Map<String, PortConfig> wanted) {
    return Stream.of(Aspect.values())
        .filter(aspect ->
            Optional.ofNullable(wanted.get(new PortItem(port, aspect).key()))
                .filter(config -> leaf(aspect).isPresent() && Leaf.written(config).isEmpty())
                .isPresent())
        .flatMap(aspect -> leaf(aspect).stream())
        .collect(Collectors.toSet());
  }

  /**
   * Whether an interface holds nothing but what {@link #edit} has to write to make it.
   *
   * @param going the leaves that are to go from it
   */
  private static boolean isOurs(Element port, Set<String> going) {
    return children(port).stream()
        .allMatch(part ->
            switch (part.getLocalName()) {
              case "name" -> true;
              case "config" ->
                  children(part).stream()
                      .allMatch(leaf -> isIdentity(leaf) || going.contains(leaf.getLocalName()));
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

  private static PortReading reading(Optional<Element> port, Container container) {
    Optional<Element> vlan =
        port.flatMap(element -> child(element, container.namespace(), container.name()))
            .flatMap(inside -> child(inside, VLAN, "switched-vlan"));
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
   *     else it is told to delete what is there. Throws {@link Failure} of kind NOT_FOUND for a LAG
   *     that is not there: which members it has the shim cannot know
   */
  String edit(Map<String, PortConfig> wanted, Map<String, PortReading> now, boolean removes) {
    Map<String, Map<Aspect, PortConfig>> byPort = new LinkedHashMap<>();
    Map<String, PortConfig> bound = new TreeMap<>(wanted);
    bound.keySet().removeIf(key -> !isBound(key));
    wanted.forEach((key, config) -> {
      PortItem item = PortItem.of(key);
      if (item.isBound()) {
        return;
      }
      if (removes || !new Raw(there(key, now)).equals(config)) {
        byPort
            .computeIfAbsent(item.port(), port -> new EnumMap<>(Aspect.class))
            .put(item.aspect(), config);
      }
    });
    String entries = OpenConfigEntries.edit(bound, now, removes);
    if (byPort.isEmpty() && !entries.isEmpty()) {
      return entries;
    }
    StringBuilder edit = new StringBuilder("<interfaces xmlns=\"").append(INTERFACES).append("\">");
    byPort.forEach((port, configs) ->
        edit.append(edit(port, configs, there(port, now), removes ? "remove" : "delete")));
    return edit.append("</interfaces>").append(entries).toString();
  }

  /** What is there before; a port whose VLANs nobody has looked at is one that is there. */
  private static String there(String key, Map<String, PortReading> now) {
    PortReading reading = now.get(key);
    if (reading != null) {
      return reading.raw().text();
    }
    boolean leavesOnly = now.keySet().stream().anyMatch(other -> isLeafOf(key, other));
    return leavesOnly ? NO_SWITCHED_VLAN : NO_INTERFACE;
  }

  private static boolean isLeafOf(String port, String key) {
    PortItem item = PortItem.of(key);
    return item.port().equals(port) && leaf(item.aspect()).isPresent();
  }

  private String edit(String port, Map<Aspect, PortConfig> wanted, String there, String removal) {
    Container container = container(port);
    String name = "<name>" + escape(port) + "</name>";
    Optional<PortConfig> vlans = Optional.ofNullable(wanted.get(Aspect.VLANS));
    if (vlans.equals(Optional.of(new Raw(NO_INTERFACE)))) {
      return "<interface" + OPERATION + "\"" + removal + "\">" + name + "</interface>";
    }
    boolean isNew = there.equals(NO_INTERFACE);
    if (isNew && container == Container.LAG) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "the switch has no LAG " + port + "; make it, with its members");
    }
    boolean stays = isNew && vlans.equals(Optional.of(new Raw(NO_SWITCHED_VLAN)));
    String config = (isNew ? identity(name) : "") + leaves(wanted, removal);
    return "<interface>"
        + name
        + (config.isEmpty() ? "" : "<config>" + config + "</config>")
        + vlans
            .filter(each -> !stays)
            .map(each -> inside(container, switchedVlan(each, removal)))
            .orElse("")
        + "</interface>";
  }

  private static String leaves(Map<Aspect, PortConfig> wanted, String removal) {
    StringBuilder leaves = new StringBuilder();
    wanted.forEach((aspect, config) ->
        leaf(aspect).ifPresent(name -> leaves.append(leaf(name, Leaf.written(config), removal))));
    return leaves.toString();
  }

  private static String leaf(String name, Optional<String> value, String removal) {
    return value
        .map(text -> "<%1$s%2$s\"replace\">%3$s</%1$s>".formatted(name, OPERATION, escape(text)))
        .orElseGet(() -> "<%s%s\"%s\"/>".formatted(name, OPERATION, removal));
  }

  /** What a switch must be told of an interface that it has no configuration for. */
  private static String identity(String name) {
    return name
        + "<type"
        + " xmlns:ianaift=\"urn:ietf:params:xml:ns:yang:iana-if-type\">ianaift:"
        + TYPE
        + "</type>";
  }

  private static String inside(Container container, String content) {
    return "<%1$s xmlns=\"%2$s\">%3$s</%1$s>"
        .formatted(container.name(), container.namespace(), content);
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
      case Leaf leaf -> throw notVlans(leaf);
      case AclSet acl -> throw notVlans(acl);
      case Raw(String text) when text.equals(NO_SWITCHED_VLAN) ->
          "<switched-vlan xmlns=\"" + VLAN + "\"" + OPERATION + "\"" + removal + "\"/>";
      // behind the name of the element that was read
      case Raw(String text) -> text.replaceFirst("[\\s/>]", OPERATION + "\"replace\"$0");
    };
  }

  private static IllegalArgumentException notVlans(PortConfig config) {
    return new IllegalArgumentException("'" + config + "' says nothing of VLANs");
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

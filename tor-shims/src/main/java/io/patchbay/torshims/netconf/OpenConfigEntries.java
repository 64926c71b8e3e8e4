package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.OpenConfigPort.OPERATION;
import static io.patchbay.torshims.netconf.XmlText.escape;

import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.PortReading;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * What is bound to switch ports in the words of OpenConfig: {@code ingress-acl-sets} and {@code
 * egress-acl-sets} of {@code acl/interfaces/interface}, and the {@code scheduler-policy} of {@code
 * input} and {@code output} of {@code qos/interfaces/interface} (contracts tor.md 2). The first are
 * always replaced whole, for all of them act on the port; of the second only the name is written.
 * An entry of a port that is not there is made, with a reference to the interface of its name. See
 * {@link PortEntry}. Pure.
 *
 * <p>The {@link Raw} text of ACLs is their element.
 */
final class OpenConfigEntries {
  /** A list that has an entry for each port. */
  private enum Entries {
    ACL("acl", "id"),
    QOS("qos", "interface-id");

    private final String root;
    private final String id;

    Entries(String root, String id) {
      this.root = root;
      this.id = id;
    }

    private String namespace() {
      return "http://openconfig.net/yang/" + root;
    }

    private String around(String content) {
      return "<%1$s xmlns=\"%2$s\"><interfaces>%3$s</interfaces></%1$s>"
          .formatted(root, namespace(), content);
    }

    private String key(String port) {
      return "<%1$s>%2$s</%1$s>".formatted(id, escape(port));
    }

    /** The entry of a port. */
    private Optional<Element> find(Element reply, String port) {
      return child(reply, Operations.BASE, "data").stream()
          .flatMap(data -> children(data, namespace(), root).stream())
          .flatMap(top -> children(top, namespace(), "interfaces").stream())
          .flatMap(list -> children(list, namespace(), "interface").stream())
          .filter(entry -> child(entry, namespace(), id).map(Xml::text).equals(Optional.of(port)))
          .findFirst();
    }
  }

  private static final Set<String> DIRECTIONS =
      Aspect.BOUND.stream()
          .map(OpenConfigEntries::direction)
          .collect(Collectors.toUnmodifiableSet());

  private OpenConfigEntries() {}

  private static Entries entries(String key) {
    return switch (PortItem.of(key).aspect()) {
      case ACL_IN, ACL_OUT -> Entries.ACL;
      case QOS_IN, QOS_OUT -> Entries.QOS;
      case VLANS, MTU, DESCRIPTION -> throw new IllegalArgumentException(key + " is not bound");
    };
  }

  /** The container of an entry that is for one direction. */
  private static String direction(Aspect aspect) {
    return switch (aspect) {
      case ACL_IN -> "ingress-acl-sets";
      case ACL_OUT -> "egress-acl-sets";
      case QOS_IN -> "input";
      case QOS_OUT -> "output";
      case VLANS, MTU, DESCRIPTION -> throw new IllegalArgumentException(aspect + " is not bound");
    };
  }

  /** The subtree filter that selects the entries of these items; empty for none. */
  static String filter(Collection<String> keys) {
    Map<Entries, List<String>> byList =
        keys.stream()
            .collect(
                Collectors.groupingBy(
                    OpenConfigEntries::entries,
                    () -> new EnumMap<>(Entries.class),
                    Collectors.toList()));
    StringBuilder filter = new StringBuilder();
    byList.forEach((list, mine) ->
        filter.append(
            list.around(
                mine.stream()
                    .map(PortItem::of)
                    .map(item -> "<interface>" + list.key(item.port()) + "</interface>")
                    .distinct()
                    .collect(Collectors.joining()))));
    return filter.toString();
  }

  // ---- what is there ----

  /** One item, from the answer to a get-config with that filter. */
  static PortReading reading(Element reply, String key) {
    PortItem item = PortItem.of(key);
    Entries list = entries(key);
    Optional<Element> entry = list.find(reply, item.port());
    Optional<Element> direction =
        entry.flatMap(found -> child(found, list.namespace(), direction(item.aspect())));
    return direction
        .flatMap(found -> list == Entries.ACL ? acls(found, item.aspect()) : policy(found))
        .orElseGet(() -> PortEntry.absent(entry.isPresent()));
  }

  private static Optional<PortReading> policy(Element direction) {
    String namespace = Entries.QOS.namespace();
    return child(direction, namespace, "scheduler-policy")
        .flatMap(policy -> child(policy, namespace, "config"))
        .flatMap(config -> child(config, namespace, "name"))
        .map(name -> Leaf.reading(Optional.of(name.getTextContent())));
  }

  /** A container without content is the same as none (RFC 7950 section 7.5.1). */
  private static Optional<PortReading> acls(Element sets, Aspect aspect) {
    if (children(sets).isEmpty()) {
      return Optional.empty();
    }
    Raw raw = new Raw(XmlText.write(sets));
    return Optional.of(new PortReading(raw, only(sets, set(aspect)).orElse(raw)));
  }

  /** The name of a list of ACLs, from that of the container around it. */
  private static String set(Aspect aspect) {
    String container = direction(aspect);
    return container.substring(0, container.length() - 1);
  }

  /** The one ACL that is bound; empty where there are more, or more is said of it. */
  private static Optional<PortConfig> only(Element sets, String name) {
    String namespace = Entries.ACL.namespace();
    List<Element> all = children(sets);
    if (all.size() != 1 || !Xml.is(all.getFirst(), namespace, name)) {
      return Optional.empty();
    }
    Element set = all.getFirst();
    Set<String> known = Set.of("set-name", "type", "config");
    boolean plain =
        children(set).stream().allMatch(part -> known.contains(part.getLocalName()))
            && child(set, namespace, "config").stream()
                .flatMap(config -> children(config).stream())
                .allMatch(leaf -> known.contains(leaf.getLocalName()));
    Optional<String> type = child(set, namespace, "type").map(Xml::text);
    return child(set, namespace, "set-name")
        .map(Element::getTextContent)
        .filter(found -> plain && type.isPresent())
        .map(found -> new AclSet(found, unprefixed(type.orElseThrow())));
  }

  private static String unprefixed(String identity) {
    return identity.substring(identity.indexOf(':') + 1);
  }

  // ---- entries that go ----

  /** The items whose entry is to go with them. */
  static Set<String> doomed(Map<String, PortConfig> wanted) {
    return wanted.keySet().stream()
        .filter(key -> PortItem.of(key).isBound() && PortEntry.NONE.equals(wanted.get(key)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * The same, but that an entry stays that holds anything that this shim does not write, or the
   * other direction still needs.
   *
   * @param reply the answer to a get-config with the {@link #filter} of the {@link #doomed}
   */
  static Map<String, PortConfig> sparing(Map<String, PortConfig> wanted, Element reply) {
    Map<String, PortConfig> spared = new TreeMap<>(wanted);
    Set<String> doomed = doomed(wanted);
    for (String key : doomed) {
      Entries list = entries(key);
      String port = PortItem.of(key).port();
      Set<String> going =
          doomed.stream()
              .filter(other -> entries(other) == list && PortItem.of(other).port().equals(port))
              .map(other -> direction(PortItem.of(other).aspect()))
              .collect(Collectors.toSet());
      Optional<Element> entry = list.find(reply, port);
      boolean free = entry.filter(there -> !isOurs(there, list, port, going)).isEmpty();
      if (entry.isPresent() && !(free && PortEntry.goes(key, wanted))) {
        spared.put(key, PortEntry.EMPTY);
      }
    }
    return spared;
  }

  /** Whether an entry holds nothing but what {@link #edit} has to write to make it. */
  private static boolean isOurs(Element entry, Entries list, String port, Set<String> going) {
    return children(entry).stream()
        .allMatch(part -> {
          String name = part.getLocalName();
          if (going.contains(name)) {
            return list == Entries.ACL || isPolicyOnly(part);
          }
          return switch (name) {
            case "config" -> children(part).stream().allMatch(leaf -> is(leaf, list.id, port));
            case "interface-ref" ->
                children(part).stream()
                    .flatMap(config -> children(config).stream())
                    .allMatch(leaf -> is(leaf, "interface", port));
            default ->
                name.equals(list.id) || (DIRECTIONS.contains(name) && Xml.text(part).isEmpty());
          };
        });
  }

  private static boolean is(Element leaf, String name, String value) {
    return leaf.getLocalName().equals(name) && Xml.text(leaf).equals(value);
  }

  private static boolean isPolicyOnly(Element direction) {
    return children(direction).stream()
        .allMatch(part ->
            part.getLocalName().equals("scheduler-policy")
                && children(part).stream()
                    .flatMap(config -> children(config).stream())
                    .allMatch(leaf -> leaf.getLocalName().equals("name")));
  }

  // ---- what is to be there ----

  /**
   * The configuration that makes the items so; empty where nothing has to be said.
   *
   * @param now what is there before
   * @param removes whether the switch knows the operation {@code remove}; else it is told to delete
   *     what is there
   */
  static String edit(
      Map<String, PortConfig> wanted, Map<String, PortReading> now, boolean removes) {
    Map<Entries, Map<String, Map<Aspect, PortConfig>>> byList = new EnumMap<>(Entries.class);
    wanted.forEach((key, config) -> {
      boolean there = !raw(key, now).equals(config);
      if (removes || there) {
        PortItem item = PortItem.of(key);
        byList
            .computeIfAbsent(entries(key), list -> new TreeMap<>())
            .computeIfAbsent(item.port(), port -> new EnumMap<>(Aspect.class))
            .put(item.aspect(), config);
      }
    });
    StringBuilder edit = new StringBuilder();
    byList.forEach((list, byPort) -> {
      StringBuilder entries = new StringBuilder();
      byPort.forEach((port, configs) ->
          entries.append(entry(list, port, configs, now, removes ? "remove" : "delete")));
      edit.append(list.around(entries.toString()));
    });
    return edit.toString();
  }

  private static Raw raw(String key, Map<String, PortReading> now) {
    return Objects.requireNonNull(now.get(key), key).raw();
  }

  private static String entry(
      Entries list,
      String port,
      Map<Aspect, PortConfig> configs,
      Map<String, PortReading> now,
      String removal) {
    Map<String, PortConfig> wanted = new TreeMap<>();
    configs.forEach((aspect, config) -> wanted.put(new PortItem(port, aspect).key(), config));
    if (wanted.keySet().stream().allMatch(key -> PortEntry.goes(key, wanted))) {
      return "<interface" + OPERATION + "\"" + removal + "\">" + list.key(port) + "</interface>";
    }
    boolean isNew = wanted.keySet().stream().anyMatch(key -> raw(key, now).equals(PortEntry.NONE));
    StringBuilder entry = new StringBuilder("<interface>").append(list.key(port));
    if (isNew) {
      entry
          .append("<config>")
          .append(list.key(port))
          .append("</config><interface-ref><config><interface>")
          .append(escape(port))
          .append("</interface></config></interface-ref>");
    }
    configs.forEach((aspect, config) -> {
      if (!isNew || !PortEntry.isAbsent(config)) {
        entry.append(
            list == Entries.ACL ? acls(aspect, config, removal) : policy(aspect, config, removal));
      }
    });
    return entry.append("</interface>").toString();
  }

  private static String acls(Aspect aspect, PortConfig wanted, String removal) {
    String container = direction(aspect);
    if (PortEntry.isAbsent(wanted)) {
      return "<%s%s\"%s\"/>".formatted(container, OPERATION, removal);
    }
    if (wanted instanceof AclSet(String name, String type)) {
      String leaves =
          "<set-name>%s</set-name><type>oc-acl:%s</type>".formatted(escape(name), escape(type));
      // its usual prefix: netconfd holds a key against its leaf letter by letter
      return "<%1$s xmlns:oc-acl=\"%5$s\"%2$s\"replace\"><%3$s>%4$s<config>%4$s</config></%3$s></%1$s>"
          .formatted(container, OPERATION, set(aspect), leaves, Entries.ACL.namespace());
    }
    // behind the name of the element that was read
    return wanted instanceof Raw(String text)
        ? text.replaceFirst("[\\s/>]", OPERATION + "\"replace\"$0")
        : unbindable(wanted);
  }

  private static String unbindable(PortConfig wanted) {
    throw new IllegalArgumentException("'" + wanted + "' is no ACL");
  }

  private static String policy(Aspect aspect, PortConfig wanted, String removal) {
    String name =
        PortEntry.policy(wanted)
            .map(text -> "<name%s\"replace\">%s</name>".formatted(OPERATION, escape(text)))
            .orElseGet(() -> "<name%s\"%s\"/>".formatted(OPERATION, removal));
    return "<%1$s><scheduler-policy><config>%2$s</config></scheduler-policy></%1$s>"
        .formatted(direction(aspect), name);
  }
}

package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;
import static io.patchbay.torshims.netconf.OpenConfigPort.INTERFACES;

import io.patchbay.base.Xml;
import io.patchbay.torshims.OperStatus;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/** Whether ports have a link, in the words of OpenConfig (contracts tor.md 2). Pure. */
final class OpenConfigState {
  private OpenConfigState() {}

  /** The subtree filter that selects the {@code oper-status} of these ports, and nothing else. */
  static String filter(Collection<String> ports) {
    return ports.stream()
        .map(port ->
            "<interface><name>"
                + XmlText.escape(port)
                + "</name><state><oper-status/></state></interface>")
        .collect(
            Collectors.joining("", "<interfaces xmlns=\"" + INTERFACES + "\">", "</interfaces>"));
  }

  /** By port whether it has a link, from the answer to a get with {@link #filter}. */
  static Map<String, Boolean> links(Element reply) {
    Map<String, Boolean> links = new TreeMap<>();
    child(reply, Operations.BASE, "data").stream()
        .flatMap(data -> children(data, INTERFACES, "interfaces").stream())
        .flatMap(list -> children(list, INTERFACES, "interface").stream())
        .forEach(port ->
            child(port, INTERFACES, "state")
                .flatMap(state -> child(state, INTERFACES, "oper-status"))
                .flatMap(status -> OperStatus.isUp(Xml.text(status)))
                .ifPresent(up ->
                    child(port, INTERFACES, "name")
                        .ifPresent(name -> links.put(Xml.text(name), up))));
    return links;
  }
}

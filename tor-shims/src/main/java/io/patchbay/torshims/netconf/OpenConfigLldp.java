package io.patchbay.torshims.netconf;

import static io.patchbay.base.Xml.child;
import static io.patchbay.base.Xml.children;

import io.patchbay.base.Xml;
import io.patchbay.torshims.MacText;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.w3c.dom.Element;

/** Neighbours in the words of OpenConfig (contracts tor.md 2). Pure. */
final class OpenConfigLldp {
  static final String LLDP = "http://openconfig.net/yang/lldp";

  /** Selects the neighbours of all ports, and nothing else. */
  static final String FILTER =
      "<lldp xmlns=\"%s\"><interfaces><interface><name/><neighbors/></interface></interfaces></lldp>"
          .formatted(LLDP);

  private OpenConfigLldp() {}

  /** By port, the MAC addresses of the answer to a get with {@link #FILTER}. */
  static Map<String, Set<String>> neighbours(Element reply) {
    Map<String, Set<String>> all = new TreeMap<>();
    child(reply, Operations.BASE, "data")
        .flatMap(data -> child(data, LLDP, "lldp"))
        .flatMap(lldp -> child(lldp, LLDP, "interfaces"))
        .ifPresent(list ->
            children(list, LLDP, "interface")
                .forEach(port ->
                    child(port, LLDP, "name")
                        .ifPresent(name -> all.put(Xml.text(name), macs(port)))));
    return all;
  }

  private static Set<String> macs(Element port) {
    Set<String> macs = new TreeSet<>();
    child(port, LLDP, "neighbors")
        .ifPresent(list ->
            children(list, LLDP, "neighbor")
                .forEach(neighbour ->
                    child(neighbour, LLDP, "state")
                        .flatMap(OpenConfigLldp::mac)
                        .ifPresent(macs::add)));
    return macs;
  }

  private static Optional<String> mac(Element state) {
    String type = child(state, LLDP, "port-id-type").map(Xml::text).orElse("");
    String id = child(state, LLDP, "port-id").map(Xml::text).orElse("");
    return MacText.ofPortId(type, id);
  }
}

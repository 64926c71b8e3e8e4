package io.patchbay.hwsim.netconf;

import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.RpcError.Layer;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.w3c.dom.Element;

/** The parameters of one operation. Refuses, in the words of RFC 6241, what does not fit. */
final class Parameters {
  private final Element operation;

  /** Checks that an operation has no other parameters than these. */
  Parameters(Element operation, String... known) {
    this.operation = operation;
    for (Element parameter : Xml.children(operation)) {
      if (!ours(parameter) || !List.of(known).contains(parameter.getLocalName())) {
        throw wrong(Tag.UNKNOWN_ELEMENT, "unknown", parameter.getLocalName());
      }
    }
  }

  /** A parameter that may be absent. */
  Optional<Element> find(String name) {
    return Xml.children(operation).stream()
        .filter(parameter -> parameter.getLocalName().equals(name))
        .findFirst();
  }

  /** A parameter that must be there. */
  Element require(String name) {
    return find(name).orElseThrow(() -> wrong(Tag.MISSING_ELEMENT, "missing", name));
  }

  /** The text of a parameter, empty if it is absent. */
  String text(String name) {
    return find(name).map(Xml::text).orElse("");
  }

  /** What a parameter's text stands for, or the fallback if it is absent. */
  <T> T parsed(String name, T fallback, Function<String, Optional<T>> parser) {
    return find(name)
        .map(parameter ->
            parser
                .apply(Xml.text(parameter))
                .orElseThrow(() -> wrong(Tag.INVALID_VALUE, "no good value for", name)))
        .orElse(fallback);
  }

  /** The datastore a parameter such as source or target names. */
  Datastores.Name datastore(String name) {
    List<Element> stores = Xml.children(require(name));
    return switch (stores.isEmpty() ? "" : stores.getFirst().getLocalName()) {
      case "running" -> Datastores.Name.RUNNING;
      case "candidate" -> Datastores.Name.CANDIDATE;
      case "startup" -> Datastores.Name.STARTUP;
      case "" -> throw wrong(Tag.MISSING_ELEMENT, "no datastore named in", name);
      case String other ->
          throw wrong(Tag.INVALID_VALUE, "there is no datastore " + other + " for", name);
    };
  }

  /** A refusal about one parameter. */
  RpcError.Refusal wrong(Tag tag, String why, String parameter) {
    return RpcError.of(Layer.PROTOCOL, tag, operation.getLocalName() + ": " + why + " " + parameter)
        .with("bad-element", parameter)
        .refusal();
  }

  private static boolean ours(Element parameter) {
    return YangModule.NETCONF.namespace().equals(Xml.namespace(parameter));
  }
}

package io.patchbay.hwsim.netconf;

import io.patchbay.base.Xml;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * A subtree filter (RFC 6241 section 6): what it leaves of a tree. Entries that pass keep their
 * keys, so that they can be told apart. Pure.
 */
final class SubtreeFilter {
  private final List<Element> top;

  /** The filter whose elements stand below this one. */
  SubtreeFilter(Element filter) {
    this.top = Xml.children(filter);
  }

  /** What passes; the root always does. */
  Data apply(Data root) {
    return below(root, top);
  }

  private static Data below(Data node, List<Element> filters) {
    return new Data(
        node.schema(),
        node.value(),
        node.children().stream().flatMap(child -> pass(child, filters).stream()).toList());
  }

  /** What of a node passes the filters that stand at its level. */
  private static Optional<Data> pass(Data node, List<Element> siblings) {
    List<Element> matching =
        siblings.stream()
            .filter(filter -> named(node, filter) && contentMatches(node, filter))
            .toList();
    if (matching.isEmpty()) {
      return Optional.empty();
    }
    if (matching.stream().anyMatch(SubtreeFilter::selectsAll)) {
      return Optional.of(node);
    }
    List<Element> inner =
        matching.stream().flatMap(filter -> Xml.children(filter).stream()).toList();
    Data passed = below(node, inner);
    if (passed.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        node.schema() instanceof Schema.Entries list ? withKeys(passed, list, node) : passed);
  }

  private static Data withKeys(Data passed, Schema.Entries list, Data whole) {
    Data entry = passed;
    for (String key : list.keys()) {
      entry = entry.with(whole.child(key).orElseThrow());
    }
    return entry;
  }

  private static boolean named(Data node, Element filter) {
    String namespace = Xml.namespace(filter);
    return filter.getLocalName().equals(node.schema().name())
        && (namespace.isEmpty() || namespace.equals(node.schema().module().namespace()));
  }

  /** Whether each leaf the filter gives a value for has that value. */
  private static boolean contentMatches(Data node, Element filter) {
    if (isContentMatch(filter)) {
      return valueMatches(node, filter);
    }
    return Xml.children(filter).stream()
        .filter(SubtreeFilter::isContentMatch)
        .allMatch(wanted ->
            node.children().stream()
                .anyMatch(leaf -> named(leaf, wanted) && valueMatches(leaf, wanted)));
  }

  private static boolean valueMatches(Data leaf, Element wanted) {
    LeafType type =
        switch (leaf.schema()) {
          case Schema.Leaf one -> one.type();
          case Schema.LeafList many -> many.type();
          case Schema.Container _, Schema.Entries _ -> (text, prefixes) -> text;
        };
    try {
      String text = type.canonical(Xml.text(wanted), prefix -> Xml.namespace(wanted, prefix));
      return leaf.value().equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A node without children and text, or one whose children all only compare values. */
  private static boolean selectsAll(Element filter) {
    return Xml.children(filter).stream().allMatch(SubtreeFilter::isContentMatch);
  }

  private static boolean isContentMatch(Element filter) {
    return Xml.children(filter).isEmpty() && !Xml.text(filter).isEmpty();
  }
}

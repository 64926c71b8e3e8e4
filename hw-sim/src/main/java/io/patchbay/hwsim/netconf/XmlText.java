package io.patchbay.hwsim.netconf;

import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Writes XML: one element per line, indented, a default namespace declared where it changes. The
 * same data always gives the same text. Not safe for threads: one writer, one text.
 */
public final class XmlText {
  private static final Pattern NOT_IN_XML =
      Pattern.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

  private final StringBuilder text = new StringBuilder();
  private int depth;

  /** Opens an element; {@code attributes} is written behind its name as it is. */
  public XmlText open(String name, String attributes) {
    indent().append('<').append(name).append(attributes).append(">\n");
    depth++;
    return this;
  }

  /** Opens an element of the namespace around it. */
  public XmlText open(String name) {
    return open(name, "");
  }

  /** Closes what was opened last. */
  public XmlText close(String name) {
    depth--;
    indent().append("</").append(name).append(">\n");
    return this;
  }

  /** An element that holds text only. */
  public XmlText leaf(String name, String value) {
    return leaf(name, "", value);
  }

  /** An element with attributes, written as they are, that holds text only. */
  public XmlText leaf(String name, String attributes, String value) {
    indent().append('<').append(name).append(attributes);
    if (value.isEmpty()) {
      text.append("/>\n");
    } else {
      text.append('>').append(escaped(value)).append("</").append(name).append(">\n");
    }
    return this;
  }

  /** A datastore's content: all below its root. */
  public XmlText content(Data root) {
    root.children().forEach(child -> data(child, root.schema().module()));
    return this;
  }

  /** One rpc-error. */
  public XmlText error(RpcError error) {
    open("rpc-error");
    leaf("error-type", error.layer().name().toLowerCase(Locale.ROOT));
    leaf("error-tag", error.tag().wireName());
    leaf("error-severity", "error");
    if (!error.appTag().isEmpty()) {
      leaf("error-app-tag", error.appTag());
    }
    error.place().ifPresent(place -> path("error-path", place));
    leaf("error-message", " xml:lang=\"en\"", error.message());
    if (!error.details().isEmpty()) {
      open("error-info");
      error.details().forEach(detail -> leaf(detail.name(), detail.value()));
      close("error-info");
    }
    return close("rpc-error");
  }

  /** An attribute, with the blank before it. */
  public static String attribute(String name, String value) {
    return " " + name + "=\"" + escaped(value).replace("\"", "&quot;") + '"';
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** A leaf that holds a path, with the prefixes in it declared. */
  public XmlText path(String name, InstancePath path) {
    StringBuilder prefixes = new StringBuilder();
    path.modules().stream()
        .sorted(Comparator.comparing(YangModule::prefix))
        .forEach(module -> prefixes.append(prefix(module)));
    return leaf(name, prefixes.toString(), path.toString());
  }

  private void data(Data data, YangModule around) {
    Schema schema = data.schema();
    String namespace =
        schema.module().equals(around) ? "" : attribute("xmlns", schema.module().namespace());
    switch (schema) {
      case Schema.Leaf leaf -> leaf(leaf.name(), namespace + prefix(leaf.type()), data.value());
      case Schema.LeafList list -> leaf(list.name(), namespace + prefix(list.type()), data.value());
      case Schema.Container _, Schema.Entries _ -> {
        open(schema.name(), namespace);
        data.children().forEach(child -> data(child, schema.module()));
        close(schema.name());
      }
    }
  }

  private static String prefix(LeafType type) {
    return type.qualifiedBy().map(XmlText::prefix).orElse("");
  }

  private static String prefix(YangModule module) {
    return attribute("xmlns:" + module.prefix(), module.namespace());
  }

  private StringBuilder indent() {
    return text.repeat("  ", depth);
  }

  /**
   * What XML cannot hold, such as octets of a neighbour's LLDP, becomes a replacement character.
   */
  private static String escaped(String value) {
    String sound = NOT_IN_XML.matcher(value).replaceAll("\uFFFD");
    return sound.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}

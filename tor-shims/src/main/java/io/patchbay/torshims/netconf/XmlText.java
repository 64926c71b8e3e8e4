package io.patchbay.torshims.netconf;

import io.patchbay.base.Xml;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/** XML as text that stands alone. Pure. */
final class XmlText {
  private static final Pattern WITHOUT_PREFIX = Pattern.compile("<[^/:>\\s]+[\\s/>]");

  private XmlText() {}

  /** Text made safe inside an element or a quoted attribute. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /**
   * An element as text that stands alone: with those namespaces declared around it that it uses,
   * without the white space between elements. Equal elements give equal text.
   */
  static String write(Element element) {
    Map<String, String> around = new TreeMap<>();
    for (Node node = element; node instanceof Element outer; node = outer.getParentNode()) {
      declarations(outer).forEach(around::putIfAbsent);
    }
    StringBuilder text = new StringBuilder();
    write(element, Map.of(), text);
    around.keySet().removeIf(name -> !uses(text, name));
    StringBuilder whole = new StringBuilder();
    write(element, around, whole);
    return whole.toString();
  }

  /**
   * Whether a text may use what an attribute declares: names without a prefix use {@code xmlns}, a
   * prefix can stand in a name or in a value (an identity such as {@code vlan-types:TRUNK}).
   */
  private static boolean uses(CharSequence text, String declaration) {
    return declaration.equals(XMLConstants.XMLNS_ATTRIBUTE)
        ? WITHOUT_PREFIX.matcher(text).find()
        : text.toString().contains(declaration.substring(declaration.indexOf(':') + 1) + ":");
  }

  private static void write(Element element, Map<String, String> declared, StringBuilder to) {
    Map<String, String> attributes = new TreeMap<>(declared);
    NamedNodeMap own = element.getAttributes();
    for (int i = 0; i < own.getLength(); i++) {
      attributes.put(own.item(i).getNodeName(), own.item(i).getNodeValue());
    }
    to.append('<').append(element.getTagName());
    attributes.forEach((name, value) ->
        to.append(' ').append(name).append("=\"").append(escape(value)).append('"'));
    List<Element> children = Xml.children(element);
    if (children.isEmpty() && element.getTextContent().isEmpty()) {
      to.append("/>");
      return;
    }
    to.append('>');
    if (children.isEmpty()) {
      to.append(escape(element.getTextContent()));
    } else {
      children.forEach(child -> write(child, Map.of(), to));
    }
    to.append("</").append(element.getTagName()).append('>');
  }

  private static Map<String, String> declarations(Element element) {
    Map<String, String> declarations = new TreeMap<>();
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      if (attributes.item(i) instanceof Attr attribute
          && XMLConstants.XMLNS_ATTRIBUTE_NS_URI.equals(attribute.getNamespaceURI())) {
        declarations.put(attribute.getName(), attribute.getValue());
      }
    }
    return declarations;
  }
}

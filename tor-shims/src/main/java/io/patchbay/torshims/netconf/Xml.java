package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * XML from a switch, which is not trusted: no document types, no entities, nothing fetched. Pure.
 */
final class Xml {
  private static final Pattern WITHOUT_PREFIX = Pattern.compile("<[^/:>\\s]+[\\s/>]");
  private static final DocumentBuilderFactory FACTORY = factory();

  private Xml() {}

  private static DocumentBuilderFactory factory() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      factory.setNamespaceAware(true);
      factory.setCoalescing(true);
      factory.setIgnoringComments(true);
      return factory;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this JDK's XML parser cannot be made safe", e);
    }
  }

  /** The root of a document. Throws {@link Failure} of kind INTERNAL when it is not XML. */
  static Element parse(byte[] document) {
    try {
      DocumentBuilder builder;
      synchronized (FACTORY) {
        builder = FACTORY.newDocumentBuilder();
      }
      builder.setErrorHandler(new Throwing());
      return builder.parse(new ByteArrayInputStream(document)).getDocumentElement();
    } catch (SAXException | IOException e) {
      throw new Failure(Failure.Kind.INTERNAL, "not the XML of NETCONF: " + Failure.text(e), e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The child elements, in their order. */
  static List<Element> children(Element parent) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element) {
        children.add(element);
      }
    }
    return children;
  }

  /** The child elements of that namespace and name. */
  static List<Element> children(Element parent, String namespace, String name) {
    return children(parent).stream().filter(child -> is(child, namespace, name)).toList();
  }

  /** The first child element of that namespace and name. */
  static Optional<Element> child(Element parent, String namespace, String name) {
    return children(parent, namespace, name).stream().findFirst();
  }

  static boolean is(Element element, String namespace, String name) {
    return name.equals(element.getLocalName()) && namespace.equals(element.getNamespaceURI());
  }

  /** The text inside, without white space around it. */
  static String text(Element element) {
    return element.getTextContent().strip();
  }

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
    List<Element> children = children(element);
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

  /** Turns everything the parser dislikes into an exception, where its default prints. */
  private static final class Throwing implements ErrorHandler {
    @Override
    public void warning(SAXParseException problem) throws SAXException {
      throw problem;
    }

    @Override
    public void error(SAXParseException problem) throws SAXException {
      throw problem;
    }

    @Override
    public void fatalError(SAXParseException problem) throws SAXException {
      throw problem;
    }
  }
}

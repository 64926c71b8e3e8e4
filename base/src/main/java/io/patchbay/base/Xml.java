package io.patchbay.base;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Reads XML of somebody who is not trusted: no document types, so no entities, nothing fetched from
 * elsewhere, and no document that is too deep for who walks it.
 */
public final class Xml {
  /** Some times deeper than any model here; what reads documents recurses. */
  private static final int DEPTH_MAX = 100;

  private static final ErrorHandler THROWING =
      new ErrorHandler() {
        @Override
        public void warning(SAXParseException e) throws SAXException {
          throw e;
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
          throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
          throw e;
        }
      };

  private Xml() {}

  /** The root of a document. Throws {@link Failure} of kind INVALID when it is not well-formed. */
  public static Element parse(byte[] document) {
    try {
      DocumentBuilder builder = factory().newDocumentBuilder();
      builder.setErrorHandler(THROWING);
      return builder.parse(new ByteArrayInputStream(document)).getDocumentElement();
    } catch (SAXException | IOException e) {
      throw new Failure(Failure.Kind.INVALID, "not well-formed XML: " + Failure.text(e), e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this JDK's XML parser lacks secure processing", e);
    }
  }

  /** The elements directly below, in their order. */
  public static List<Element> children(Element parent) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element) {
        children.add(element);
      }
    }
    return children;
  }

  /** The elements directly below that are of that namespace and name. */
  public static List<Element> children(Element parent, String namespace, String name) {
    return children(parent).stream().filter(child -> is(child, namespace, name)).toList();
  }

  /** The first of them. */
  public static Optional<Element> child(Element parent, String namespace, String name) {
    return children(parent, namespace, name).stream().findFirst();
  }

  /** Whether an element is of that namespace and name. */
  public static boolean is(Element element, String namespace, String name) {
    return name.equals(element.getLocalName()) && namespace.equals(element.getNamespaceURI());
  }

  /** The text of an element, without blanks around it. */
  public static String text(Element element) {
    return element.getTextContent().strip();
  }

  /** The namespace of an element, empty for none. */
  public static String namespace(Element element) {
    return Optional.ofNullable(element.getNamespaceURI()).orElse("");
  }

  /** The namespace a prefix stands for at an element; the empty prefix is the default one. */
  public static String namespace(Element element, String prefix) {
    String found = element.lookupNamespaceURI(prefix.isEmpty() ? null : prefix);
    return Optional.ofNullable(found).orElse("");
  }

  private static DocumentBuilderFactory factory() throws ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
    factory.setAttribute("jdk.xml.maxElementDepth", DEPTH_MAX);
    factory.setXIncludeAware(false);
    factory.setExpandEntityReferences(false);
    factory.setCoalescing(true);
    factory.setIgnoringComments(true);
    return factory;
  }
}

package io.patchbay.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/** What documents are refused before anybody looks at them. */
class XmlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<a",
        "<a></b>",
        "<p:a/>",
        "<a/><b/>",
        "not XML",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a/>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<a>&e;</a>"
      })
  void documentsThatAreNotSoundAreRefused(String document) {
    assertEquals(Failure.Kind.INVALID, assertThrows(Failure.class, () -> parse(document)).kind());
  }

  @Test
  void documentsDeeperThanAnyModelAreRefused() {
    assertThrows(Failure.class, () -> parse("<a>".repeat(200_000) + "</a>".repeat(200_000)));
    parse("<a>".repeat(90) + "</a>".repeat(90));
  }

  @Test
  void textIsJoinedOverItsParts() {
    assertEquals("a<b c", Xml.text(parse("<a> a<![CDATA[<b]]><!-- no --> c </a>")));
  }

  @Test
  void namesAreComparedWithTheirNamespace() {
    Element root = parse("<r xmlns='urn:r' xmlns:a='urn:a'><x/><a:x/><x/></r>");
    assertEquals(2, Xml.children(root, "urn:r", "x").size());
    assertEquals("a:x", Xml.child(root, "urn:a", "x").orElseThrow().getTagName());
    assertEquals("urn:a", Xml.namespace(root, "a"));
    assertEquals("urn:r", Xml.namespace(root, ""));
    assertEquals("", Xml.namespace(root, "b"));
  }

  private static Element parse(String document) {
    return Xml.parse(document.getBytes(StandardCharsets.UTF_8));
  }
}

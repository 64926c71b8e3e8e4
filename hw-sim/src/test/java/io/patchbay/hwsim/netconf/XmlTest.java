package io.patchbay.hwsim.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
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
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<a>&e;</a>"
      })
  void documentsThatAreNotSoundAreRefused(String document) {
    assertThrows(Failure.class, () -> parse(document));
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

  private static Element parse(String document) {
    return Xml.parse(document.getBytes(StandardCharsets.UTF_8));
  }
}

package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Xml;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class XmlTextTest {
  private static Element parse(String text) {
    return Xml.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The first child of the root, written so that it stands alone. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          <r xmlns="urn:r" xmlns:a="urn:a"><x/></r>            | <x xmlns="urn:r"/>
          <r xmlns="urn:r"><x xmlns="urn:x"><y/></x></r>       | <x xmlns="urn:x"><y/></x>
          <r xmlns="urn:r" xmlns:a="urn:a"><a:x/></r>          | <a:x xmlns:a="urn:a"/>
          <r xmlns="urn:r" xmlns:a="urn:a"><a:x><y/></a:x></r> | <a:x xmlns="urn:r" xmlns:a="urn:a"><y/></a:x>
          <r xmlns:a="urn:a"><x>a:TRUNK</x></r>                | <x xmlns:a="urn:a">a:TRUNK</x>
          <r><x b="2" a="1">  <y> z </y>  </x></r>             | <x a="1" b="2"><y> z </y></x>
          <r><x>&lt;&amp;&gt;"é</x></r>                        | <x>&lt;&amp;&gt;&quot;é</x>
          <r><x><![CDATA[a<b]]></x></r>                        | <x>a&lt;b</x>
          <r><x><!-- no --><y/></x></r>                        | <x><y/></x>
          """)
  void writesWhatStandsAlone(String document, String text) {
    Element child = Xml.children(parse(document)).getFirst();
    assertEquals(text, XmlText.write(child));
    assertEquals(text, XmlText.write(parse(text)), "written again it is the same");
  }

  @Test
  void escapes() {
    assertEquals("&lt;a b=&quot;c&quot;&gt;&amp;", XmlText.escape("<a b=\"c\">&"));
  }
}

package io.patchbay.hwsim.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What subtree filters let pass (RFC 6241 section 6). */
class SubtreeFilterTest {
  private static final String A = "<box><name>a</name><size>1</size></box>";
  private static final String B = "<box><name>b</name><size>2</size></box>";
  private static final Data TREE = Shelf.tree("<shelf><label>top</label>" + A + B + "</shelf>");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | ''",
        "<shelf/> | <shelf><label>top</label>" + A + B + "</shelf>",
        "<shelf><label/></shelf> | <shelf><label>top</label></shelf>",
        "<shelf><box/></shelf> | <shelf>" + A + B + "</shelf>",
        "<shelf><box><name>b</name></box></shelf> | <shelf>" + B + "</shelf>",
        "<shelf><box><name>b</name><size/></box></shelf> | <shelf>" + B + "</shelf>",
        "<shelf><box><size/></box></shelf> | <shelf>" + A + B + "</shelf>",
        "<shelf><box><name/></box></shelf> |"
            + " <shelf><box><name>a</name></box><box><name>b</name></box></shelf>",
        "<shelf><box><name>a</name></box><box><name>b</name></box></shelf> | <shelf>"
            + A
            + B
            + "</shelf>",
        "<shelf><box><name>a</name></box><label/></shelf> | <shelf><label>top</label>"
            + A
            + "</shelf>",
        "<shelf><box><size>1</size><name/></box></shelf> |"
            + " <shelf><box><name>a</name><size>1</size></box></shelf>",
        "<shelf><box><name>c</name></box></shelf> | ''",
        "<shelf><label>other</label><box/></shelf> | ''",
        "<shelf><label>top</label></shelf> | <shelf><label>top</label>" + A + B + "</shelf>",
        "<shelf xmlns='urn:other'><label/></shelf> | ''",
      })
  void filters(String filter, String passed) {
    String inside =
        filter.replace("<shelf xmlns='urn:other'>", "<other:shelf xmlns:other='urn:o'>");
    Data left =
        new SubtreeFilter(Shelf.parse(inside.replace("</shelf>", closing(inside)))).apply(TREE);
    assertEquals(passed, Shelf.text(left));
  }

  private static String closing(String filter) {
    return filter.startsWith("<other:") ? "</other:shelf>" : "</shelf>";
  }
}

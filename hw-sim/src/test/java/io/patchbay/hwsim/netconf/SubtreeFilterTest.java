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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<place><row>1</row></place> | 1L=a 1R=b",
        "<place><side>L</side></place> | 1L=a 2L=c",
        "<place><row>1</row><side>s:R</side></place> | 1R=b",
        "<place><row>1</row><side>R</side><holds/></place> | 1R=b",
        "<place><row>2</row><side>R</side></place> | ''",
        "<place><holds>c</holds><row/></place> | 2L=c",
        "<place><row/></place> | 1L 1R 2L",
      })
  void entriesWithTwoKeysAreFoundByEitherAndKeepBoth(String filter, String passed) {
    Data places = Shelf.tree(shelf(place("1L=a") + place("1R=b") + place("2L=c")));
    Data left = new SubtreeFilter(Shelf.parse(shelf(filter))).apply(places);
    StringBuilder inside = new StringBuilder();
    for (String each : passed.isEmpty() ? new String[0] : passed.split(" ")) {
      inside.append(place(each));
    }
    assertEquals(passed.isEmpty() ? "" : "<shelf>" + inside + "</shelf>", Shelf.text(left));
  }

  private static String shelf(String inside) {
    return "<shelf xmlns:s='urn:shelf'>" + inside + "</shelf>";
  }

  /** Of row, side and what it holds, if anything. */
  private static String place(String text) {
    String holds = text.length() > 2 ? "<holds>" + text.substring(3) + "</holds>" : "";
    return "<place><row>%s</row><side>s:%s</side>%s</place>"
        .formatted(text.charAt(0), text.charAt(1), holds);
  }

  private static String closing(String filter) {
    return filter.startsWith("<other:") ? "</other:shelf>" : "</shelf>";
  }
}

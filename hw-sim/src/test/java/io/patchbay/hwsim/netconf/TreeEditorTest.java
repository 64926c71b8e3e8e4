package io.patchbay.hwsim.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.hwsim.netconf.TreeEditor.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each operation does to what is there, and what it refuses. */
class TreeEditorTest {
  private static final String A = "<box><name>a</name><size>1</size><colour>red</colour></box>";
  private static final String B = "<box><name>b</name><size>2</size></box>";
  private static final Data START = Shelf.tree("<shelf>" + A + B + "</shelf>");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // merge
        "MERGE | <box><name>a</name><size>3</size></box> |"
            + " <box><name>a</name><size>3</size><colour>red</colour></box>"
            + B,
        "MERGE | <box><name>a</name><colour>blue</colour></box> |"
            + " <box><name>a</name><size>1</size><colour>red</colour><colour>blue</colour></box>"
            + B,
        "MERGE | <box><name>c</name></box> | " + A + B + "<box><name>c</name></box>",
        // replace
        "MERGE | <box nc:operation='replace'><name>a</name><size>3</size></box> |"
            + " <box><name>a</name><size>3</size></box>"
            + B,
        "MERGE | <box nc:operation='replace'><name>c</name></box> | "
            + A
            + B
            + "<box><name>c</name></box>",
        "REPLACE | <box><name>c</name></box> | <box><name>c</name></box>",
        // create
        "MERGE | <box nc:operation='create'><name>c</name><size>3</size></box> | "
            + A
            + B
            + "<box><name>c</name><size>3</size></box>",
        "MERGE | <box><name>b</name><colour nc:operation='create'>red</colour></box> | "
            + A
            + "<box><name>b</name><size>2</size><colour>red</colour></box>",
        // delete and remove
        "MERGE | <box nc:operation='delete'><name>a</name></box> | " + B,
        "MERGE | <box><name>a</name><size nc:operation='delete'/></box> |"
            + " <box><name>a</name><colour>red</colour></box>"
            + B,
        "MERGE | <box><name>a</name><colour nc:operation='delete'>red</colour></box> |"
            + " <box><name>a</name><size>1</size></box>"
            + B,
        "MERGE | <box nc:operation='remove'><name>a</name></box> | " + B,
        "MERGE | <box nc:operation='remove'><name>c</name></box> | " + A + B,
        // none
        "NONE | <box><name>a</name></box> | " + A + B,
        "NONE | <box><name>a</name><size nc:operation='merge'>5</size></box> |"
            + " <box><name>a</name><size>5</size><colour>red</colour></box>"
            + B,
        "NONE | <box nc:operation='delete'><name>b</name></box> | " + A,
      })
  void operationsEdit(String byDefault, String edit, String after) {
    Data edited = edit(Operation.valueOf(byDefault), "<shelf>" + edit + "</shelf>");
    assertEquals("<shelf>" + after + "</shelf>", Shelf.text(edited));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<box nc:operation='create'><name>a</name></box> | data-exists |"
            + " /s:shelf/s:box[s:name='a']",
        "<box><name>a</name><colour nc:operation='create'>red</colour></box> | data-exists |"
            + " /s:shelf/s:box[s:name='a']/s:colour[.='red']",
        "<box nc:operation='delete'><name>c</name></box> | data-missing |"
            + " /s:shelf/s:box[s:name='c']",
        "<box><name>b</name><colour nc:operation='delete'>red</colour></box> | data-missing |"
            + " /s:shelf/s:box[s:name='b']/s:colour[.='red']",
        "<label nc:operation='delete'/> | data-missing | /s:shelf/s:label",
        "<box nc:operation='none'><name>a</name></box> | bad-attribute | /s:shelf/s:box[s:name='']",
        "<box><name>a</name><size>10</size></box> | invalid-value |"
            + " /s:shelf/s:box[s:name='a']/s:size",
        "<box><size>1</size></box> | missing-element | /s:shelf/s:box[s:name='']",
        "<box><name>a</name><weight>1</weight></box> | unknown-element |"
            + " /s:shelf/s:box[s:name='a']",
        "<state><weight>1</weight></state> | unknown-element | /s:shelf",
        "<x:box xmlns:x='urn:x'><name>a</name></x:box> | unknown-namespace | /s:shelf",
      })
  void whatDoesNotFitIsRefusedWithItsPlace(String edit, String tag, String path) {
    RpcError error = refusal(Operation.MERGE, "<shelf>" + edit + "</shelf>");
    assertEquals(tag, error.tag().wireName());
    assertEquals(path, error.path().toString());
  }

  @Test
  void noneWantsTheEntriesItPassesToExist() {
    RpcError error =
        refusal(
            Operation.NONE,
            "<shelf><box><name>c</name><size nc:operation='merge'>1</size></box></shelf>");
    assertEquals(RpcError.Tag.DATA_MISSING, error.tag());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<place><row>2</row><side>s:R</side><holds>x</holds></place> |"
            + " ONE_L TWO_L <place><row>2</row><side>s:R</side><holds>x</holds></place> TEN_L",
        "<place><side>L</side><holds>y</holds><row>1</row></place> |"
            + " <place><row>1</row><side>s:L</side><holds>y</holds></place> TWO_L TEN_L",
        "<place nc:operation='delete'><row>2</row><side>L</side></place> | ONE_L TEN_L",
        "<place nc:operation='replace'><row>1</row><side>L</side></place> |"
            + " <place><row>1</row><side>s:L</side></place> TWO_L TEN_L",
        "<place nc:operation='create'><row>1</row><side>L</side></place> | data-exists at"
            + " /s:shelf/s:place[s:row='1'][s:side='s:L']",
        "<place nc:operation='delete'><row>1</row><side>R</side></place> | data-missing at"
            + " /s:shelf/s:place[s:row='1'][s:side='s:R']",
        "<place><row>1</row></place> | missing-element at"
            + " /s:shelf/s:place[s:row='1'][s:side='']",
        "<place><row>1</row><side>x:L</side></place> | invalid-value at"
            + " /s:shelf/s:place[s:row='1'][s:side='']/s:side",
      })
  void entriesOfAListWithTwoKeysAreToldByBoth(String edit, String after) {
    Data start =
        Shelf.tree("<shelf xmlns:s='urn:shelf'>" + places("ONE_L TWO_L TEN_L") + "</shelf>");
    String result;
    try {
      Data edited =
          new TreeEditor(false)
              .edit(
                  start,
                  Shelf.parse("<shelf xmlns:s='urn:shelf'>" + edit + "</shelf>"),
                  Operation.MERGE);
      result = Shelf.text(edited);
    } catch (RpcError.Refusal e) {
      RpcError error = e.errors().getFirst();
      result = error.tag().wireName() + " at " + error.path();
    }
    assertEquals(
        after.contains(" at ") ? after : "<shelf>" + places(after).replace(" ", "") + "</shelf>",
        result);
  }

  /** Each word of a row and a side is such a place. */
  private static String places(String words) {
    return words
        .replace("ONE_L", "<place><row>1</row><side>s:L</side><holds>a</holds></place>")
        .replace("TWO_L", "<place><row>2</row><side>s:L</side><holds>b</holds></place>")
        .replace("TEN_L", "<place><row>10</row><side>s:L</side><holds>c</holds></place>");
  }

  @Test
  void aContainerLeftEmptyVanishes() {
    Data one = Shelf.tree("<shelf><label>x</label></shelf>");
    Data none =
        new TreeEditor(false)
            .edit(
                one, Shelf.parse("<shelf><label nc:operation='remove'/></shelf>"), Operation.MERGE);
    assertEquals(Shelf.EMPTY, Shelf.text(none));
  }

  @Test
  void goingOnKeepsWhatFitsAndGathersTheRest() {
    TreeEditor editor = new TreeEditor(true);
    Data edited =
        editor.edit(
            START,
            Shelf.parse(
                "<shelf><box nc:operation='create'><name>a</name></box><label>x</label>"
                    + "<box><name>b</name><size>0</size></box></shelf>"),
            Operation.MERGE);
    assertEquals("<shelf><label>x</label>" + A + B + "</shelf>", Shelf.text(edited));
    assertEquals(2, editor.errors().size());
  }

  @Test
  void orderOfEditingDoesNotShow() {
    assertEquals(
        START,
        Shelf.tree(
            "<shelf>" + B + "<box><name>a</name><colour>red</colour><size>1</size></box></shelf>"));
    assertEquals(
        "<shelf><box><name>2</name></box><box><name>10</name></box></shelf>",
        Shelf.text(
            Shelf.tree("<shelf><box><name>10</name></box><box><name>2</name></box></shelf>")));
  }

  private static Data edit(Operation byDefault, String config) {
    return new TreeEditor(false).edit(START, Shelf.parse(config), byDefault);
  }

  private static RpcError refusal(Operation byDefault, String config) {
    return assertThrows(RpcError.Refusal.class, () -> edit(byDefault, config)).errors().getFirst();
  }
}

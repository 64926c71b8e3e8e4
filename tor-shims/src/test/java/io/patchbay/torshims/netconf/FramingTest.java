package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both framings of RFC 6242, byte by byte. In the tables a ~ stands for a line feed. */
class FramingTest {
  private static ByteArrayInputStream in(String text) {
    return new ByteArrayInputStream(text.replace('~', '\n').getBytes(StandardCharsets.UTF_8));
  }

  private static String read(Framing framing, String text) throws IOException {
    return new String(framing.read(in(text), 100), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "<a/>]]>]]>, <a/>",
    "]]>]]>, ''",
    "]]]>]]>, ]",
    "]]>]]]>]]>, ]]>]",
    "]]>]]]]>]]>, ]]>]]",
    "a]]>b]]>]]>, a]]>b",
    "]>]]>]]>, ]>",
  })
  void endOfMessageReads(String bytes, String message) throws IOException {
    assertEquals(message, read(Framing.END_OF_MESSAGE, bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "~#4~<a/>~##~, <a/>",
    "~#1~<~#3~a/>~##~, <a/>",
    "~#2~~#~##~, ~#",
    "~#10~0123456789~##~, 0123456789",
  })
  void chunkedReads(String bytes, String message) throws IOException {
    assertEquals(message.replace('~', '\n'), read(Framing.CHUNKED, bytes));
  }

  @Test
  void chunksMaySplitACharacter() throws IOException {
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte octet : euro) {
      bytes.writeBytes("\n#1\n".getBytes(StandardCharsets.US_ASCII));
      bytes.write(octet);
    }
    bytes.writeBytes("\n##\n".getBytes(StandardCharsets.US_ASCII));
    byte[] read = Framing.CHUNKED.read(new ByteArrayInputStream(bytes.toByteArray()), 100);
    assertEquals("€", new String(read, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "#4~<a/>~##~",
        "~4~<a/>~##~",
        "~#04~<a/>~##~",
        "~#0~~##~",
        "~#-1~a~##~",
        "~#1 ~a~##~",
        "~#4294967296~a",
        "~#99999999999999999999~a",
        "~##~",
        "~#1~a##~",
        "~#1~a~## ",
      })
  void chunkedRefuses(String bytes) {
    Failure failure = assertThrows(Failure.class, () -> read(Framing.CHUNKED, bytes));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "~#", "~#1", "~#3~ab", "~#1~a", "~#1~a~", "~#1~a~#", "~#1~a~##"})
  void chunkedEndsWithTheStream(String bytes) {
    assertThrows(EOFException.class, () -> read(Framing.CHUNKED, bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<a/>", "<a/>]]>]]"})
  void endOfMessageEndsWithTheStream(String bytes) {
    assertThrows(EOFException.class, () -> read(Framing.END_OF_MESSAGE, bytes));
  }

  @Test
  void bothRefuseMoreThanTheLimit() throws IOException {
    assertEquals("0123", new String(Framing.CHUNKED.read(in("~#4~0123~##~"), 4)));
    assertThrows(Failure.class, () -> Framing.CHUNKED.read(in("~#5~01234~##~"), 4));
    assertThrows(Failure.class, () -> Framing.CHUNKED.read(in("~#3~012~#2~34~##~"), 4));
    assertThrows(Failure.class, () -> Framing.CHUNKED.read(in("~#4294967295~"), 4));
    assertEquals("0123", new String(Framing.END_OF_MESSAGE.read(in("0123]]>]]>"), 4)));
    assertThrows(Failure.class, () -> Framing.END_OF_MESSAGE.read(in("01234567890]]>]]>"), 4));
  }

  @Test
  void readsMessageAfterMessage() throws IOException {
    ByteArrayInputStream in = in("<a/>]]>]]>~#4~<b/>~##~~#4~<c/>~##~");
    assertEquals("<a/>", new String(Framing.END_OF_MESSAGE.read(in, 10)));
    assertEquals("<b/>", new String(Framing.CHUNKED.read(in, 10)));
    assertEquals("<c/>", new String(Framing.CHUNKED.read(in, 10)));
  }

  @Test
  void writes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Framing.END_OF_MESSAGE.write(out, "<é/>".getBytes(StandardCharsets.UTF_8));
    Framing.CHUNKED.write(out, "<é/>".getBytes(StandardCharsets.UTF_8));
    assertEquals("<é/>]]>]]>\n#5\n<é/>\n##\n", out.toString(StandardCharsets.UTF_8));
  }
}

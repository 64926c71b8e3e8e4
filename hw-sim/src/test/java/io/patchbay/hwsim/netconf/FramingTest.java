package io.patchbay.hwsim.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages octet by octet. */
class FramingTest {
  @Test
  void bothFramingsAreWrittenAsTheRfcSays() throws IOException {
    assertEquals("<a>é</a>]]>]]>", written(Framing.END_OF_MESSAGE, "<a>é</a>"));
    assertEquals("\n#9\n<a>é</a>\n##\n", written(Framing.CHUNKED, "<a>é</a>"));
  }

  @Test
  void chunksMaySplitACharacter() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    wire.writeBytes(ascii("\n#4\n<a>"));
    wire.write(euro[0]);
    wire.writeBytes(ascii("\n#2\n"));
    wire.write(euro, 1, 2);
    wire.writeBytes(ascii("\n#4\n</a>\n##\n"));
    assertEquals("<a>€</a>", text(Framing.CHUNKED.read(stream(wire.toByteArray()))));
  }

  @ParameterizedTest
  @CsvSource({
    "a]]>]]>, a",
    "a]]]>]]>, a]",
    "a]]>]]]>]]>, a]]>]",
    "a]]>]]>b, a",
    "a]]>x]]>]]>, a]]>x",
    "]]>]]>, ''"
  })
  void theEndMarkIsFoundBehindWhatLooksLikeIt(String wire, String message) throws IOException {
    assertEquals(message, text(Framing.END_OF_MESSAGE.read(stream(ascii(wire)))));
  }

  @ParameterizedTest
  @EnumSource
  void messagesComeOneByOneAndThenTheEnd(Framing framing) throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    framing.write(wire, ascii("one\n#3\n"));
    framing.write(wire, ascii("two"));
    InputStream in = stream(wire.toByteArray());
    assertEquals("one\n#3\n", text(framing.read(in)));
    assertEquals("two", text(framing.read(in)));
    assertEquals(Optional.empty(), framing.read(in));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "\nx",
        "\n##\n",
        "\n#\n",
        "\n#0\na",
        "\n#03\nabc",
        "\n#-1\na",
        "\n#3x\nabc",
        "\n#3\nabcx",
        "\n#3\nabc\n#x",
        "\n#4294967295\n",
        "\n#99999999999\n",
        "\n#4194305\n"
      })
  void brokenChunksAreRefused(String wire) {
    Failure e = assertThrows(Failure.class, () -> Framing.CHUNKED.read(stream(ascii(wire))));
    assertEquals(Failure.Kind.INVALID, e.kind());
  }

  @ParameterizedTest
  @CsvSource({
    "CHUNKED, '\n#3\nab'",
    "CHUNKED, '\n#3'",
    "CHUNKED, '\n#3\nabc\n'",
    "CHUNKED, '\n'",
    "END_OF_MESSAGE, 'a]]>'"
  })
  void anEndInsideAMessageIsALoss(Framing framing, String wire) {
    Failure e = assertThrows(Failure.class, () -> framing.read(stream(ascii(wire))));
    assertEquals(Failure.Kind.UNAVAILABLE, e.kind());
  }

  @Test
  void aMessageWithoutEndIsCutAtTheBound() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThrows(Failure.class, () -> Framing.END_OF_MESSAGE.read(endless));
  }

  private static String written(Framing framing, String message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    framing.write(out, message.getBytes(StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String text(Optional<byte[]> message) {
    return new String(message.orElseThrow(), StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static InputStream stream(byte[] octets) {
    return new ByteArrayInputStream(octets);
  }
}

package io.patchbay.systemtest;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes inputs that are nearly right: examples cut, doubled, spliced and sprinkled. */
final class Mutations {
  private static final List<String> WORDS =
      List.of(
          "://",
          "@",
          "@@",
          ":",
          "::",
          "/",
          "//",
          "?",
          "&",
          "=",
          "%",
          "%zz",
          "%00",
          "[",
          "]",
          "[]",
          ",",
          ",,",
          ".",
          "..",
          "\"",
          "\\",
          "{",
          "}",
          "{}",
          "null",
          "\n",
          "\0",
          " ",
          "\t",
          "-1",
          "0",
          "99999999999999999999",
          "2147483648",
          "1e999999999",
          "a@b@c",
          "::1",
          "0.0.0.0/0",
          "\u00e9",
          "\uD83D\uDE00",
          "\uFFFF",
          "unix:",
          "tcp://:",
          "inode://",
          "Z",
          "T",
          "+25:00");

  private static final int LONGEST = 1 << 16;

  private final RandomGenerator random;

  Mutations(RandomGenerator random) {
    this.random = random;
  }

  String text(List<String> examples) {
    StringBuilder text = new StringBuilder(pick(examples));
    for (int step = random.nextInt(6); step > 0; step--) {
      int from = random.nextInt(text.length() + 1);
      int to = from + random.nextInt(text.length() - from + 1);
      switch (random.nextInt(8)) {
        case 0 -> text.delete(from, to);
        case 1 -> text.insert(from, pick(WORDS));
        case 2 -> text.insert(from, text.substring(from, to));
        case 3 -> text.insert(from, (char) random.nextInt(1 << 16));
        case 4 -> text.replace(from, to, pick(WORDS));
        case 5 -> text.setLength(from);
        case 6 -> text.append(pick(examples));
        default -> {
          if (random.nextInt(20) == 0) {
            text.insert(from, pick(WORDS).repeat(random.nextInt(10_000)));
          }
        }
      }
      text.setLength(Math.min(text.length(), LONGEST));
    }
    return text.toString();
  }

  byte[] bytes(List<byte[]> examples) {
    byte[] bytes = pick(examples).clone();
    for (int step = random.nextInt(8); step > 0 && bytes.length > 0; step--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0 : 0xff);
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
        default -> {
          byte[] other = pick(examples);
          int length = Math.min(other.length, bytes.length - at);
          System.arraycopy(other, 0, bytes, at, length);
        }
      }
    }
    return bytes;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}

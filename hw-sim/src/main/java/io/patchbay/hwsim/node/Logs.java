package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The files that processes of one host write to, and the last words in them. */
record Logs(Path folder) {
  private static final int TAIL_BYTES = 2048;
  private static final int TAIL_LINES = 3;
  private static final int READ_BYTES = 64 << 10;

  /** The file of this name; its folder is made. */
  Path file(String name) {
    try {
      return Files.createDirectories(folder).resolve(name + ".log");
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot make " + folder + ": " + Failure.text(e), e);
    }
  }

  /** The last lines of a file that are not blank, on one line; empty if there are none. */
  static String tail(Path file) {
    try {
      List<String> lines =
          end(file, 0, TAIL_BYTES)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      return lines.stream()
          .skip(Math.max(0, lines.size() - TAIL_LINES))
          .collect(Collectors.joining(" | "));
    } catch (IOException e) {
      return "(no log: " + Failure.text(e) + ")";
    }
  }

  /** What was added to a file since it had so many bytes: the last 64 KiB of that. */
  static String readSince(long size, Path file) {
    try {
      return end(file, size, READ_BYTES);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + file, e);
    }
  }

  private static String end(Path file, long from, int most) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
      long start = Math.max(from, open.length() - most);
      byte[] bytes = new byte[(int) (open.length() - start)];
      open.seek(start);
      open.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}

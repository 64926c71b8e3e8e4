package io.patchbay.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows for the eyes: columns aligned, what there is not as a dash. */
final class Columns {
  private static final String NOTHING = "-";

  private Columns() {}

  /** A line each, ending with a newline; all rows have as many cells as the first. */
  static String aligned(List<List<String>> rows) {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size())
            .mapToObj(column ->
                rows.stream().mapToInt(row -> shown(row, column).length()).max().orElse(0))
            .toList();
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
  }

  private static String shown(List<String> row, int column) {
    String text = row.get(column);
    return text.isEmpty() ? NOTHING : text;
  }

  private static String line(List<String> row, List<Integer> widths) {
    return IntStream.range(0, row.size())
            .mapToObj(column -> padded(shown(row, column), widths.get(column)))
            .collect(Collectors.joining("  "))
            .stripTrailing()
        + "\n";
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }
}

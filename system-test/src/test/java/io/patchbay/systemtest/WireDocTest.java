package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/wire.md names what is there: every class, every test; and leaves no cell empty. */
class WireDocTest {
  private static final Path DOC = Sources.ROOT.resolve("docs/wire.md");
  private static final Pattern NAME = Pattern.compile("`([A-Z][A-Za-z0-9]+)(?:\\.([a-z]\\w+))?`");
  private static final int FEWEST_ROWS = 80;

  private static List<String[]> rows() {
    return Sources.text(DOC)
        .lines()
        .filter(line -> line.startsWith("| ") && !line.equals("| Fact | Where | Proof |"))
        .map(line -> line.substring(1).split("\\|", -1))
        .toList();
  }

  @Test
  void noCellIsEmpty() {
    List<String[]> rows = rows();
    assertTrue(rows.size() > FEWEST_ROWS, rows.size() + " rows");
    List<String> wrong = new ArrayList<>();
    for (String[] row : rows) {
      boolean full = row.length == 4 && !row[0].isBlank() && !row[1].isBlank() && !row[2].isBlank();
      if (!full) {
        wrong.add(String.join("|", row));
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void whatIsNamedExists() {
    Map<String, String> sources = new HashMap<>();
    for (Path file : Sources.java()) {
      String name = String.valueOf(file.getFileName()).replace(".java", "");
      sources.merge(name, Sources.text(file), String::concat);
    }
    List<String> wrong = new ArrayList<>();
    for (String[] row : rows()) {
      boolean proof = false;
      for (String cell : List.of(row[1], row[2])) {
        Matcher named = NAME.matcher(cell);
        while (named.find()) {
          String source = sources.get(named.group(1));
          boolean there =
              source != null
                  && (named.group(2) == null || source.contains(" " + named.group(2) + "("));
          if (!there || proof && !named.group(1).endsWith("Test")) {
            wrong.add(named.group());
          }
        }
        proof = true;
      }
    }
    assertEquals(List.of(), wrong);
  }
}

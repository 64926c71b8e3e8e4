package io.patchbay.hwsim.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code ${NAME}} stands for in the commands and environments of a rack file. A reference that
 * is a whole word may stand for several words, as {@code ${PATCHBAY}} does for the launcher's java
 * command line; inside a longer word it must stand for exactly one.
 */
public record Words(Map<String, List<String>> values) {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([A-Z_]+)\\}");

  public Words {
    values = Map.copyOf(values);
  }

  /** These words and one more name. */
  public Words with(String name, String value) {
    Map<String, List<String>> more = new LinkedHashMap<>(values);
    more.put(name, List.of(value));
    return new Words(more);
  }

  /** A command with its references resolved. Throws {@link io.patchbay.base.Failure} (INVALID). */
  public List<String> command(List<String> template) {
    List<String> words = new ArrayList<>();
    for (String word : template) {
      Matcher whole = REFERENCE.matcher(word);
      if (whole.matches()) {
        words.addAll(value(whole.group(1)));
      } else {
        words.add(text(word));
      }
    }
    return words;
  }

  /** An environment with its references resolved. Throws as {@link #command} does. */
  public Map<String, String> environment(Map<String, String> template) {
    Map<String, String> environment = new LinkedHashMap<>();
    template.forEach((name, value) -> environment.put(name, text(value)));
    return environment;
  }

  private String text(String template) {
    return REFERENCE
        .matcher(template)
        .replaceAll(match -> Matcher.quoteReplacement(single(match.group(1), template)));
  }

  private String single(String name, String template) {
    List<String> value = value(name);
    if (value.size() != 1) {
      throw Check.wrong("'" + template + "'", "holds ${" + name + "}, which is several words");
    }
    return value.getFirst();
  }

  private List<String> value(String name) {
    List<String> value = values.get(name);
    if (value == null) {
      throw Check.wrong("${" + name + "}", "stands for nothing; there are " + values.keySet());
    }
    return value;
  }
}

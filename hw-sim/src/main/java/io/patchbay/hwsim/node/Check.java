package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the records of a rack file demand of their fields. The file's reader adds file, line and the
 * way to the field.
 */
final class Check {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?");

  private Check() {}

  static Failure wrong(String field, String what) {
    return new Failure(Failure.Kind.INVALID, field + " " + what);
  }

  /** Text that must be there. */
  static String text(String field, @Nullable String text) {
    if (text == null || text.isBlank()) {
      throw wrong(field, "is missing");
    }
    return text;
  }

  /** A name that also fits into an interface name behind three more letters. */
  static String name(String field, @Nullable String name) {
    return matching(field, name, NAME, "at most 12 lower-case letters, digits and '-'");
  }

  static String matching(String field, @Nullable String text, Pattern pattern, String form) {
    if (!pattern.matcher(text(field, text)).matches()) {
      throw wrong(field, "must be " + form + ", not '" + text + "'");
    }
    return text(field, text);
  }

  static int within(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw wrong(field, "must be in %d..%d, not %d".formatted(least, most, value));
    }
    return value;
  }

  static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  static <T> Map<String, T> map(@Nullable Map<String, T> map) {
    return map == null ? Map.of() : Map.copyOf(map);
  }

  /** Refuses the second use of one thing and says who has it. */
  static final class Unique {
    private final Map<Object, String> owners = new HashMap<>();

    void take(Object thing, String field) {
      String owner = owners.putIfAbsent(thing, field);
      if (owner != null) {
        throw wrong(field, "uses " + thing + ", which " + owner + " has already");
      }
    }
  }
}

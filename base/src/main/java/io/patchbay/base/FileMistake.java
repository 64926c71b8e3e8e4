package io.patchbay.base;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * What is wrong with a file that a person wrote, in one line and in that person's terms: Jackson's
 * are a Java programmer's.
 */
final class FileMistake {
  /** What Jackson advises a programmer to change. */
  private static final Pattern HINT = Pattern.compile(" \\(set DeserializationConfig[^)]*\\)");

  private FileMistake() {}

  /** A failure thrown by a record's constructor explains itself better than Jackson does. */
  static String reason(JsonProcessingException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof Failure || cause instanceof IllegalArgumentException) {
        return Failure.text(cause);
      }
    }
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          "unknown field '%s'; known are %s"
              .formatted(unknown.getPropertyName(), unknown.getKnownPropertyIds());
      case ValueInstantiationException refused
          when refused.getCause() instanceof NullPointerException ->
          "a field or an entry of a list is empty";
      case InvalidFormatException format when format.getTargetType() != null ->
          "'" + format.getValue() + "': wanted is " + kind(format.getTargetType());
      case MismatchedInputException other when other.getTargetType() != null ->
          (other.getOriginalMessage().contains("`null`") ? "not given; " : "")
              + "wanted is "
              + kind(other.getTargetType());
      default -> oneLine(HINT.matcher(e.getOriginalMessage()).replaceFirst(""));
    };
  }

  /** Where the text stops being YAML, as {@code :line:column}; empty when it is YAML. */
  static Optional<String> syntaxPlace(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException syntax) {
        return Optional.ofNullable(syntax.getProblemMark())
            .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1));
      }
    }
    return Optional.empty();
  }

  private static String kind(Class<?> type) {
    if (List.of(int.class, long.class, Integer.class, Long.class).contains(type)) {
      return "a whole number (" + (type == int.class || type == Integer.class ? 32 : 64) + " bits)";
    }
    if (List.of(double.class, Double.class).contains(type)) {
      return "a number";
    }
    if (List.of(boolean.class, Boolean.class).contains(type)) {
      return "true or false";
    }
    if (type.isEnum()) {
      return "one of " + List.of(type.getEnumConstants());
    }
    if (Collection.class.isAssignableFrom(type)) {
      return "a list ('- ' before each entry)";
    }
    boolean fields = type.isRecord() || Map.class.isAssignableFrom(type);
    return fields ? "a block of fields ('name: value')" : "a text";
  }

  /** The YAML parser shows the places in lines of their own, which are indented. */
  private static String oneLine(String text) {
    return text.lines()
        .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
        .collect(Collectors.joining(", "));
  }
}

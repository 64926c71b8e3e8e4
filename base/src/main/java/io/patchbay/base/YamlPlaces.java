package io.patchbay.base;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where in a YAML text each field and each entry of a list begins. Immutable. */
final class YamlPlaces {
  private static final YAMLFactory YAML = new YAMLFactory();

  /** A step on the way to a field as messages begin with it: {@code cables[1].to['a/b']}. */
  private static final Pattern STEP =
      Pattern.compile("\\G(?:\\.?([A-Za-z_]\\w*)|\\[(\\d+)]|\\['([^']+)'])");

  private final Map<JsonPointer, JsonLocation> begins;

  private YamlPlaces(Map<JsonPointer, JsonLocation> begins) {
    this.begins = Map.copyOf(begins);
  }

  /** Looks through a text; one that breaks off is known up to there. */
  static YamlPlaces of(String text) {
    Map<JsonPointer, JsonLocation> begins = new HashMap<>();
    try (JsonParser parser = YAML.createParser(text)) {
      while (parser.nextToken() != null) {
        begins.putIfAbsent(
            parser.getParsingContext().pathAsPointer(), parser.currentTokenLocation());
      }
    } catch (IOException e) {
      return new YamlPlaces(begins);
    }
    return new YamlPlaces(begins);
  }

  /**
   * The place, as {@link #written}, of the field below {@code record} that a message begins with,
   * or of the closest thing around it that is in the text.
   */
  String beginOf(JsonPointer record, String message) {
    for (JsonPointer pointer = follow(record, message); pointer != null; pointer = pointer.head()) {
      JsonLocation begin = begins.get(pointer);
      if (begin != null) {
        return written(begin);
      }
    }
    return "";
  }

  private static JsonPointer follow(JsonPointer start, String way) {
    JsonPointer pointer = start;
    for (Matcher step = STEP.matcher(way); step.find(); ) {
      pointer =
          step.group(2) != null
              ? pointer.appendIndex(Integer.parseInt(step.group(2)))
              : pointer.appendProperty(step.group(1) != null ? step.group(1) : step.group(3));
    }
    return pointer;
  }

  /** {@code :line:column}, or nothing where there is no place. */
  static String written(@Nullable JsonLocation place) {
    return place == null ? "" : ":" + place.getLineNr() + ":" + place.getColumnNr();
  }
}

package io.patchbay.base;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Records to and from JSON, and from YAML files that people write. */
public final class Json {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();
  private static final ObjectMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  /** One line of JSON, maps in the order of their keys. */
  public static String write(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write as JSON: " + value.getClass(), e);
    }
  }

  /** Indented JSON for people. */
  public static String pretty(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write as JSON: " + value.getClass(), e);
    }
  }

  /**
   * Reads what {@link #write} wrote. Throws {@link Failure} of kind INTERNAL when it is not that.
   */
  public static <T> T read(String json, Class<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new Failure(Failure.Kind.INTERNAL, "not a " + type.getSimpleName() + ": " + json, e);
    }
  }

  /**
   * Reads a file that a person wrote, YAML or JSON. Unknown keys are errors. Throws {@link Failure}
   * of kind INVALID with file, line and column, or NOT_FOUND.
   */
  public static <T> T readFile(Path file, Class<T> type) {
    try {
      return parseYaml(file.toString(), Files.readString(file), type);
    } catch (NoSuchFileException e) {
      throw new Failure(Failure.Kind.NOT_FOUND, "no such file: " + file, e);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Reads YAML text; {@code name} stands for it in errors. Throws as {@link #readFile} does. */
  public static <T> T parseYaml(String name, String text, Class<T> type) {
    try {
      if (text.isBlank()) {
        throw new Failure(Failure.Kind.INVALID, name + ": the file is empty");
      }
      return YAML.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new Failure(Failure.Kind.INVALID, name + at(e) + ": " + reason(e), e);
    }
  }

  /** Line and column where the reader stood, and the path of the field it was filling. */
  private static String at(JsonProcessingException e) {
    JsonLocation where = e.getLocation();
    String line = where == null ? "" : ":" + where.getLineNr() + ":" + where.getColumnNr();
    if (!(e instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return line;
    }
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : mapping.getPath()) {
      String name = step.getFieldName();
      path.append(name == null ? "[" + step.getIndex() + "]" : path.isEmpty() ? name : "." + name);
    }
    return line + " (" + path + ")";
  }

  /** A failure thrown by a record's constructor explains itself better than Jackson does. */
  private static String reason(JsonProcessingException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof Failure || cause instanceof IllegalArgumentException) {
        return Failure.text(cause);
      }
    }
    return e.getOriginalMessage();
  }
}

package io.patchbay.base;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

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

  /** The same line in UTF-8. */
  static byte[] bytes(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
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

  /** Reads a part of what holds lines of {@link #bytes}; throws as the other does. */
  static <T> T read(byte[] json, int from, int to, Class<T> type) {
    try {
      return JSON.readValue(json, from, to - from, type);
    } catch (IOException e) {
      String text = new String(json, from, to - from, StandardCharsets.UTF_8);
      throw new Failure(Failure.Kind.INTERNAL, "not a " + type.getSimpleName() + ": " + text, e);
    }
  }

  /**
   * Reads a file that a person wrote, YAML or JSON. Unknown keys are errors. Throws {@link Failure}
   * of kind INVALID with file, line and column, or NOT_FOUND.
   *
   * <p>A record's constructor that refuses gets the line where the record begins in the file, or,
   * if its message begins with the way to a field ({@code cables[1].port: ...}), the field's line.
   */
  public static <T> T readFile(Path file, Class<T> type) {
    return readFile(file, type, value -> {});
  }

  /**
   * Reads a file as {@link #readFile(Path, Class)} does, and has it checked against what other
   * files say: what the check throws gets its line as if a constructor had thrown it.
   */
  public static <T> T readFile(Path file, Class<T> type, Consumer<T> check) {
    return interpretFile(
        file,
        type,
        value -> {
          check.accept(value);
          return value;
        });
  }

  /**
   * Reads a file as {@link #readFile(Path, Class)} does and makes something of what it says: what
   * {@code make} throws gets its line as if a constructor had thrown it.
   */
  public static <T, R> R interpretFile(Path file, Class<T> type, Function<T, R> make) {
    return interpretYaml(file.toString(), text(file), type, make);
  }

  /** Reads YAML text as {@link #interpretFile} does; {@code name} stands for it in errors. */
  public static <T, R> R interpretYaml(
      String name, String text, Class<T> type, Function<T, R> make) {
    T value = parseYaml(name, text, type);
    try {
      return make.apply(value);
    } catch (Failure e) {
      String place = YamlPlaces.of(text).beginOf(JsonPointer.empty(), Failure.text(e));
      throw new Failure(e.kind(), name + place + ": " + Failure.text(e), e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new Failure(Failure.Kind.NOT_FOUND, "no such file: " + file, e);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Reads YAML text; {@code name} stands for it in errors. Throws as {@link #readFile} does. */
  public static <T> T parseYaml(String name, String text, Class<T> type) {
    try {
      if (text.lines()
          .map(String::strip)
          .allMatch(line -> line.isEmpty() || line.startsWith("#"))) {
        throw new Failure(Failure.Kind.INVALID, name + ": the file is empty");
      }
      return YAML.readValue(text, type);
    } catch (JsonProcessingException e) {
      String reason = FileMistake.reason(e);
      throw new Failure(Failure.Kind.INVALID, name + at(e, text, reason) + ": " + reason, e);
    }
  }

  /** Line and column of the mistake, and the way to what was being filled. */
  private static String at(JsonProcessingException e, String text, String reason) {
    Optional<String> syntax = FileMistake.syntaxPlace(e);
    if (syntax.isPresent()) {
      return syntax.get();
    }
    if (!(e instanceof JsonMappingException mapping)) {
      return YamlPlaces.written(e.getLocation());
    }
    List<Reference> steps = mapping.getPath();
    boolean refused = e instanceof ValueInstantiationException;
    String place =
        refused || e instanceof MismatchedInputException
            ? YamlPlaces.of(text).beginOf(pointer(steps), refused ? reason : "")
            : YamlPlaces.written(e.getLocation());
    return steps.isEmpty() ? place : place + " (" + written(steps) + ")";
  }

  private static JsonPointer pointer(List<Reference> steps) {
    JsonPointer pointer = JsonPointer.empty();
    for (Reference step : steps) {
      pointer =
          step.getFieldName() == null
              ? pointer.appendIndex(step.getIndex())
              : pointer.appendProperty(step.getFieldName());
    }
    return pointer;
  }

  private static String written(List<Reference> steps) {
    StringBuilder path = new StringBuilder();
    for (Reference step : steps) {
      String name = step.getFieldName();
      path.append(name == null ? "[" + step.getIndex() + "]" : path.isEmpty() ? name : "." + name);
    }
    return path.toString();
  }
}
